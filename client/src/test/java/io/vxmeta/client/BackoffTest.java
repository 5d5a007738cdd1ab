package io.vxmeta.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class BackoffTest {
  private final long seed = Long.getLong("vx.seed", System.nanoTime());
  private final Backoff backoff = new Backoff(new Random(seed));

  /// Milliseconds at most of one pause after the other.
  private static final List<Long> LONGEST =
      Stream.of(
              Collections.nCopies(Backoff.EVEN, 8L),
              Collections.nCopies(Backoff.ELECTING, 32L),
              List.of(64L, 128L, 250L, 250L))
          .flatMap(List::stream)
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
  void pausesAreEvenForAsLongAsAnElectionAndThenDoubleToTheCap() {
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
