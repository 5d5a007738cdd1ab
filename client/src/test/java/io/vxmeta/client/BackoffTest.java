package io.vxmeta.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class BackoffTest {
  private final long seed = Long.getLong("vx.seed", System.nanoTime());
  private final Backoff backoff = new Backoff(new Random(seed));

  /// Milliseconds at most of one pause after the other.
  private static final List<Long> LONGEST =
      Stream.concat(
              IntStream.range(0, Backoff.EVEN).mapToObj(i -> 8L),
              Stream.of(16L, 32L, 64L, 128L, 250L, 250L))
          .toList();

  private void assertPauses() {
    for (long most : LONGEST) {
      Duration pause = backoff.next();
      assertTrue(
          pause.compareTo(Duration.ofMillis(most)) <= 0
              && pause.multipliedBy(2).compareTo(Duration.ofMillis(most)) >= 0,
          "seed=" + seed + " most_ms=" + most + " pause=" + pause);
    }
  }

  @Test
  void pausesAreEvenAtFirstAndThenDoubleToTheCap() {
    assertPauses();
    for (int i = 0; i < 100; i++) {
      assertTrue(backoff.next().compareTo(Backoff.CAP) <= 0);
    }
  }

  @Test
  void aSuccessBeginsAnew() {
    assertPauses();
    backoff.onSuccess();
    assertPauses();
    assertEquals(Duration.ofMillis(250), Backoff.CAP);
  }
}
