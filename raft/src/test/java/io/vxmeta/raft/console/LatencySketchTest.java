package io.vxmeta.raft.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.raft.console.LatencySketch.Window;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Quantiles of a sorted array are the twin.
final class LatencySketchTest {
  private final LatencySketch sketch = new LatencySketch();

  @Test
  void quantilesAreAtMostAnEighthAboveTheTruthAndNeverBelow() {
    long seed = Long.getLong("vx.seed", System.nanoTime());
    Random random = new Random(seed);
    for (int round = 0; round < 50; round++) {
      long[] twin = new long[1 + random.nextInt(500)];
      for (int i = 0; i < twin.length; i++) {
        twin[i] = random.nextLong() >>> (1 + random.nextInt(63));
        sketch.record(twin[i]);
      }
      Arrays.sort(twin);
      Window window = sketch.turn();
      String replay = "replay with -Dvx.seed=" + seed;
      assertEquals(twin.length, window.count(), replay);
      assertBounds(twin[(twin.length + 1) / 2 - 1], window.p50Nanos(), replay);
      assertBounds(twin[twin.length - twin.length / 100 - 1], window.p99Nanos(), replay);
      assertBounds(twin[twin.length - 1], window.maxNanos(), replay);
    }
  }

  private static void assertBounds(long truth, long told, String replay) {
    assertTrue(
        told >= truth && told - truth <= truth / 8,
        () -> "truth=" + truth + " told=" + told + "; " + replay);
  }

  @Test
  void whatWasToldIsNotToldAgain() {
    sketch.record(5_000);
    assertEquals(1, sketch.turn().count());
    assertEquals(Window.EMPTY, sketch.turn());
  }

  @Test
  void aClockThatRunsBackIsNoTime() {
    sketch.record(-7);
    assertEquals(new Window(1, 0, 0, 0), sketch.turn());
  }
}
