package io.vxmeta.client;

import java.util.List;
import java.util.Optional;

/// The records of some keys of one shard group at one instant, and who says so.
record GroupAnswer(List<Optional<StoredRecord>> records, Freshness freshness) {}
