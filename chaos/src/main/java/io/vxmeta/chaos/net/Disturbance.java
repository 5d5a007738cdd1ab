package io.vxmeta.chaos.net;

/// A trouble in force on some ways.
public interface Disturbance {
  /// How often this very disturbance stopped or changed something so far: bytes, packets or
  /// connections.
  long hindered();

  /// Ends it; others on the same ways stay. Doing it twice is harmless.
  void lift();
}
