package io.vxmeta.chaos.nemesis;

import java.util.Locale;

/// What a fault breaks; a plan may ask for whole families.
public enum FaultFamily {
  /// Nodes are killed, or stopped.
  PROCESS,
  /// Nodes stand still.
  PAUSE,
  /// Who hears whom.
  PARTITION,
  /// Connections that break, or forget.
  CONNECTION,
  /// What passes comes late, slowly, or not all of it.
  LINK,
  POWER,
  /// A disk that is full, hangs, is slow, or fails.
  DISK,
  /// Files with wrong bytes, or without their end.
  CORRUPTION,
  /// Files that are older ones again.
  ROLLBACK,
  CLOCK,
  MEMORY,
  /// Processor time, open files.
  RESOURCE,
  RAFT,
  SNAPSHOT,
  FAIL_POINT;

  public String title() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
