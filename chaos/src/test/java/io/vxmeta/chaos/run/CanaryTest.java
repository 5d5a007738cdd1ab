package io.vxmeta.chaos.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vxmeta.client.Bytes;
import io.vxmeta.client.Outcome;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// How long a group was silent, by whose fault.
final class CanaryTest {
  private static Canary.Gap gap(long fromSeconds, long toSeconds) {
    return new Canary.Gap(nanos(fromSeconds), nanos(toSeconds));
  }

  private static long nanos(long seconds) {
    return TimeUnit.SECONDS.toNanos(seconds);
  }

  @Test
  void aGapIsThatOfTheFaultItBeganUnder() {
    assertEquals(46_000, gap(10, 56).millisBegunIn(nanos(8), nanos(12)));
    assertEquals(0, gap(10, 56).millisBegunIn(nanos(20), nanos(60)));
  }

  /// A stall in the middle of the liveness phase counts, however early the first acknowledgement
  /// was, and so does the part in it of one that began before.
  @Test
  void aStallCountsForTheTimeItLiesIn() {
    assertEquals(nanos(46), gap(10, 56).nanosWithin(nanos(0), nanos(60)));
    assertEquals(nanos(36), gap(10, 56).nanosWithin(nanos(20), nanos(60)));
    assertEquals(nanos(5), gap(10, 56).nanosWithin(nanos(0), nanos(15)));
    assertEquals(0, gap(10, 56).nanosWithin(nanos(57), nanos(60)));
  }

  /// One group's call breaks; the other group is sung to as before.
  @Test
  @Timeout(value = 2, unit = TimeUnit.MINUTES)
  void aCallThatBreaksIsToldAndTheOtherGroupsAreStillWatched() throws InterruptedException {
    List<RuntimeException> told = new CopyOnWriteArrayList<>();
    CountDownLatch broke = new CountDownLatch(1);
    CountDownLatch wentOn = new CountDownLatch(3);
    AtomicReference<Bytes> unlucky = new AtomicReference<>();
    try (Canary _ =
        new Canary(
                PaperShards.withDataGroups(2),
                (transaction, _) -> {
                  Bytes key = transaction.mutations().getFirst().key();
                  if (unlucky.compareAndSet(null, key)) {
                    throw new IllegalStateException("a bug of the client");
                  }
                  if (broke.getCount() == 0) {
                    wentOn.countDown();
                  }
                  return new Outcome.Unknown<>("never answered: key=" + key);
                },
                () -> {},
                bug -> {
                  told.add(bug);
                  broke.countDown();
                })
            .start()) {
      broke.await();
      wentOn.await();
    }
    assertEquals(
        List.of("a bug of the client"), told.stream().map(RuntimeException::getMessage).toList());
  }
}
