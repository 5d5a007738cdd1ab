package io.vxmeta.chaos.workload;

/// One kind of traffic with its generator and its checker.
public interface Workload {
  /// As plans and reports name it: `list-append`.
  String name();

  /// One line for people.
  String summary();

  /// Starts its clients; returns at once.
  Traffic start(Stage stage);
}
