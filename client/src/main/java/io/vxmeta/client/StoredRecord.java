package io.vxmeta.client;

import io.vxmeta.shardmap.Revision;

/// A key with what is stored under it. `expiresAtMs` is in the leader's milliseconds since 1970, 0
/// = never; `value` is empty when only keys were asked for.
public record StoredRecord(
    Bytes key,
    Bytes value,
    Revision version,
    Revision createVersion,
    int flags,
    long expiresAtMs) {}
