package io.vxmeta.chaos.nemesis;

import java.util.Locale;

/// What a fault breaks; a plan may ask for whole families.
public enum FaultFamily {
  PROCESS,
  PAUSE,
  NETWORK,
  DISK,
  CLOCK,
  RESOURCE,
  RAFT,
  SNAPSHOT,
  FAIL_POINT;

  public String title() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
