package io.vxmeta.chaos.check.txn;

import java.util.List;
import java.util.Optional;

/// Something a history shows that some isolation level forbids.
///
/// @param proof in words
/// @param picture of the cycle, where it is one
/// @param lines the events of the history that the proof rests on, as JSON, in their order
public record Anomaly(
    String name, String proof, Optional<CyclePicture> picture, List<String> lines) {
  public Anomaly {
    lines = List.copyOf(lines);
  }

  @Override
  public String toString() {
    return proof;
  }
}
