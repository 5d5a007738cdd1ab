package io.vxmeta.chaos.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// What a seed makes of a list of faults.
final class ScheduleTest {
  private static final List<String> FAULTS =
      IntStream.range(0, 20).mapToObj(number -> "fault-" + number).toList();

  private static List<Period> schedule(long seed, Duration time) {
    return Schedule.of(seed, FAULTS, time, Duration.ofSeconds(5), Duration.ofSeconds(15));
  }

  @Test
  void oneSeedMakesOneScheduleAndAnotherSeedAnother() {
    Duration time = Duration.ofMinutes(10);
    assertEquals(schedule(7, time), schedule(7, time));
    assertNotEquals(schedule(7, time), schedule(8, time));
  }

  @Test
  void ofFourPeriodsInARowExactlyOneIsCalm() {
    for (long seed = 0; seed < 50; seed++) {
      List<Period> periods = schedule(seed, Duration.ofMinutes(20));
      for (int first = 0; first + 4 <= periods.size(); first += 4) {
        assertEquals(
            1,
            periods.subList(first, first + 4).stream().filter(Period::calm).count(),
            "seed=" + seed + " first=" + first);
      }
    }
  }

  @Test
  void everyKindComesBeforeAnyComesAThirdTime() {
    for (long seed = 0; seed < 50; seed++) {
      List<String> dealt =
          schedule(seed, Duration.ofMinutes(20)).stream()
              .flatMap(period -> period.faults().stream())
              .toList();
      Set<String> first = new HashSet<>(dealt.subList(0, 2 * FAULTS.size()));
      assertEquals(new HashSet<>(FAULTS), first, "seed=" + seed);
    }
  }

  @Test
  void everySeedOfAShortRunDealsManyFaults() {
    for (long seed = 0; seed < 200; seed++) {
      List<Period> periods = schedule(seed, Duration.ofSeconds(135));
      int faults = periods.stream().mapToInt(period -> period.faults().size()).sum();
      int broken = (int) periods.stream().filter(period -> !period.calm()).count();
      // Of four, seven; of what is left at the end, one each at least.
      int least = broken / 4 * 7 + broken % 4;
      assertTrue(faults >= least, "seed=" + seed + " faults=" + faults + " least=" + least);
    }
  }

  @Test
  void periodsFillTheTimeAndOnlyTheLastMayBeLonger() {
    for (long seed = 0; seed < 50; seed++) {
      List<Period> periods = schedule(seed, Duration.ofMinutes(5));
      Duration sum = periods.stream().map(Period::length).reduce(Duration.ZERO, Duration::plus);
      assertEquals(Duration.ofMinutes(5), sum, "seed=" + seed);
      for (Period period : periods) {
        assertTrue(period.length().toSeconds() >= 5 && period.length().toSeconds() <= 20);
        assertTrue(period.faults().size() <= 3);
        assertEquals(period.faults().size(), new HashSet<>(period.faults()).size());
      }
    }
  }

  @Test
  void withoutFaultsEveryPeriodIsCalm() {
    List<Period> periods =
        Schedule.of(
            1, List.of(), Duration.ofMinutes(1), Duration.ofSeconds(5), Duration.ofSeconds(15));
    assertTrue(periods.stream().allMatch(Period::calm));
  }
}
