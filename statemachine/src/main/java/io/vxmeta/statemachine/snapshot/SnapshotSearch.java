package io.vxmeta.statemachine.snapshot;

import java.util.List;
import java.util.Optional;

/// What a search for the newest valid snapshot found.
///
/// @param valid the newest whose every byte is as its manifest says
/// @param bad newer ones that are not, newest first
public record SnapshotSearch(Optional<Snapshot> valid, List<BadSnapshot> bad) {
  public SnapshotSearch {
    bad = List.copyOf(bad);
  }
}
