package io.vxmeta.raft.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// A transfer keeps to its rate however its chunks come, and a pause buys no more than a small
/// burst.
final class SendPaceTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final long RATE = 1_000_000;

  /// What goes at once after a pause: ten milliseconds' worth.
  private static final long BURST = RATE / 100;

  private long nowNanos = 7 * SECOND;
  private final SendPace pace = new SendPace(RATE, nowNanos);
  private long sent;

  private void send(int bytes) {
    nowNanos += pace.delayNanos(bytes, nowNanos);
    sent += bytes;
  }

  @Test
  void asMuchAsTheRateGoesInASecond() {
    long begun = nowNanos;
    for (int i = 0; i <= 100; i++) {
      send(10_000);
    }
    assertEquals(
        SECOND, nowNanos - begun, "the last chunk goes when those before it have had their time");
  }

  @Test
  void noStretchOfTimeSeesMoreThanTheRateAndABurst() {
    Random random = new Random(4);
    long begun = nowNanos;
    int largest = 30_000;
    for (int i = 0; i < 5_000; i++) {
      // Disk and network take their time as well, now less and now more than the pace.
      nowNanos += random.nextInt(40_000_000);
      send(1 + random.nextInt(largest));
      long allowed = (nowNanos - begun) * RATE / SECOND + BURST + largest;
      assertTrue(sent <= allowed, () -> "sent=" + sent + " allowed=" + allowed);
    }
  }

  @Test
  void aPauseIsNotSavedUp() {
    send(1);
    nowNanos += 1_000 * SECOND;
    long begun = nowNanos;
    for (int i = 0; i <= 100; i++) {
      send(10_000);
    }
    assertEquals(SECOND - SECOND / 100, nowNanos - begun);
  }
}
