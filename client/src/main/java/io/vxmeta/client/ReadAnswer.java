package io.vxmeta.client;

import java.util.List;
import java.util.Optional;

/// The records found, in the order of the keys asked for, and who answered how freshly: one entry
/// per shard group, or per call for larger reads. Records of one shard group were read at one
/// instant, up to 1,024 keys.
public record ReadAnswer(List<Optional<StoredRecord>> records, List<Freshness> freshness) {

  public ReadAnswer {
    records = List.copyOf(records);
    freshness = List.copyOf(freshness);
  }
}
