package io.vxmeta.chaos.workload;

import java.util.List;

/// Stub.
public final class Workloads {
  private Workloads() {}

  public static List<Workload> all() {
    return List.of();
  }

  public static Workload named(String n) {
    return all().stream().filter(f -> f.name().equals(n)).findFirst().orElseThrow();
  }
}
