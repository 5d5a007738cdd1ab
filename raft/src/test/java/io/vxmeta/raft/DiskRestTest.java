package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/// A disk that is slow again soon after each rest rests ever longer; one that was well begins anew.
final class DiskRestTest {
  private static final Duration FIRST = Duration.ofMinutes(10);

  private final DiskRest rest = new DiskRest(FIRST);
  private long nowNanos;

  private Duration after(Duration time) {
    nowNanos += time.toNanos();
    rest.onSlow(nowNanos);
    return rest.left(nowNanos);
  }

  @Test
  void aDiskThatWasNeverSlowNeedsNone() {
    assertEquals(Duration.ZERO, rest.left(0));
  }

  @Test
  void aRestLastsAsLongAsTheDiskIsSlowAndOnceMore() {
    assertEquals(FIRST, after(Duration.ZERO));
    assertEquals(FIRST, after(Duration.ofMinutes(9)));
    assertEquals(Duration.ofMinutes(1), rest.left(nowNanos + Duration.ofMinutes(9).toNanos()));
    assertEquals(Duration.ZERO, rest.left(nowNanos + FIRST.toNanos()));
  }

  @Test
  void eachRestThatFollowsSoonIsTwiceAsLongUpToABound() {
    Duration expected = FIRST;
    assertEquals(expected, after(Duration.ZERO));
    for (int i = 0; i < 4; i++) {
      Duration over = expected.plusMinutes(1);
      expected = expected.multipliedBy(2);
      assertEquals(expected, after(over));
    }
    assertEquals(FIRST.multipliedBy(DiskRest.LONGEST), expected);
    assertEquals(expected, after(expected.plusMinutes(1)));
  }

  @Test
  void aDiskThatWasWellForAsLongAsItRestedBeginsAnew() {
    after(Duration.ZERO);
    assertEquals(FIRST.multipliedBy(2), after(FIRST.plusMinutes(1)));
    assertEquals(FIRST, after(FIRST.multipliedBy(4)));
  }
}
