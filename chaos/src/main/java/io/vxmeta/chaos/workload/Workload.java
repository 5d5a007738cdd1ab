package io.vxmeta.chaos.workload;

import java.io.IOException;
import java.nio.file.Path;

/// One kind of traffic with its generator and its checker.
public interface Workload {
  /// As plans and reports name it: `list-append`.
  String name();

  /// One line for people.
  String summary();

  /// Starts its clients; returns at once.
  Traffic start(Stage stage);

  /// Judges a recorded history of this workload, final reads included: at the end of a run, and
  /// whenever somebody asks again.
  Ruling judge(Path history) throws IOException;
}
