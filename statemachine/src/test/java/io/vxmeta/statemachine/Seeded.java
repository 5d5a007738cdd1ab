package io.vxmeta.statemachine;

import java.util.Random;

/// Runs a test many times with different seeds; a failure names the seed that repeats it.
///
/// `-Dvx.seed=N` runs that seed alone.
public final class Seeded {
  /// A test that draws everything it needs from the given source.
  public interface Body {
    void run(Random random) throws Exception;
  }

  private Seeded() {}

  /// Runs seeds `first` .. `first + runs - 1`.
  public static void runs(long first, int runs, Body body) {
    Long only = Long.getLong("vx.seed");
    if (only != null) {
      run(only, body);
      return;
    }
    for (long seed = first; seed < first + runs; seed++) {
      run(seed, body);
    }
  }

  private static void run(long seed, Body body) {
    try {
      body.run(new Random(seed));
    } catch (Throwable failure) {
      throw new AssertionError(
          "failed with seed " + seed + "; repeat with -Dvx.seed=" + seed, failure);
    }
  }
}
