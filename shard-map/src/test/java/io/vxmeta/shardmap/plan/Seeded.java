package io.vxmeta.shardmap.plan;

import java.util.Random;
import java.util.function.Consumer;

/// Runs a test many times with different seeds; a failure names the seed that repeats it.
///
/// `-Dvx.seed=N` runs that seed alone.
final class Seeded {
  private Seeded() {}

  /// Runs seeds `1` .. `runs`.
  static void runs(int runs, Consumer<Random> body) {
    Long only = Long.getLong("vx.seed");
    if (only != null) {
      run(only, body);
      return;
    }
    for (long seed = 1; seed <= runs; seed++) {
      run(seed, body);
    }
  }

  private static void run(long seed, Consumer<Random> body) {
    try {
      body.accept(new Random(seed));
    } catch (RuntimeException | AssertionError failure) {
      throw new AssertionError(
          "failed with seed " + seed + "; repeat with -Dvx.seed=" + seed, failure);
    }
  }
}
