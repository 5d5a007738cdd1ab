package io.vxmeta.statemachine;

import io.vxmeta.statemachine.table.Verdict;

/// What a walk over one table of a live group found.
///
/// @param revision of the group at the end of the walk
public record WalkedTable(int shard, long revision, Verdict verdict) {}
