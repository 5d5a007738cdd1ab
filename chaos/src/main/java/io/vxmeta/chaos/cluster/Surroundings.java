package io.vxmeta.chaos.cluster;

import java.util.List;

/// What a node's process is started with, besides what every node needs.
///
/// @param prefix words before the Java command, a program that runs it: `env X=1`, `prlimit ...`
public record Surroundings(List<String> prefix, List<String> jvmOptions) {
  public static final Surroundings USUAL = new Surroundings(List.of(), List.of());

  public Surroundings {
    prefix = List.copyOf(prefix);
    jvmOptions = List.copyOf(jvmOptions);
  }

  public static Surroundings run(String... prefix) {
    return new Surroundings(List.of(prefix), List.of());
  }
}
