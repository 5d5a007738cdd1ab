package io.vxmeta.chaos.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

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
}
