package io.vxmeta.chaos.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.chaos.nemesis.Fault;
import io.vxmeta.chaos.nemesis.FaultFamily;
import io.vxmeta.chaos.nemesis.Faults;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// What a seed makes of a list of faults.
final class ScheduleTest {
  private static final List<String> FAULTS = Faults.all().stream().map(Fault::name).toList();
  private static final int FAMILIES =
      Math.toIntExact(FAULTS.stream().map(ScheduleTest::family).distinct().count());

  private static List<Period> schedule(long seed, Duration time) {
    return Schedule.of(seed, FAULTS, time, Duration.ofSeconds(5), Duration.ofSeconds(15));
  }

  private static FaultFamily family(String fault) {
    return Faults.named(fault).family();
  }

  private static List<Period> broken(List<Period> periods) {
    return periods.stream().filter(period -> !period.calm()).toList();
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
      List<Period> periods = schedule(seed, Duration.ofHours(1));
      for (int first = 0; first + 4 <= periods.size(); first += 4) {
        assertEquals(
            1,
            periods.subList(first, first + 4).stream().filter(Period::calm).count(),
            "seed=" + seed + " first=" + first);
      }
    }
  }

  @Test
  void oneFaultOfEachFamilyComesAloneBeforeFaultsMeet() {
    for (long seed = 0; seed < 50; seed++) {
      List<Period> first = broken(schedule(seed, Duration.ofHours(1))).subList(0, FAMILIES);
      assertTrue(first.stream().allMatch(period -> period.faults().size() == 1), "seed=" + seed);
      assertEquals(
          FAMILIES,
          first.stream().map(period -> family(period.faults().getFirst())).distinct().count(),
          "seed=" + seed);
    }
  }

  @Test
  void theFirstRoundEndsWithTheLastFamily() {
    for (long seed = 0; seed < 50; seed++) {
      List<Period> periods = schedule(seed, Duration.ofHours(1));
      int round = Schedule.firstRound(periods, FAULTS);
      assertEquals(FAMILIES, broken(periods.subList(0, round)).size(), "seed=" + seed);
      assertFalse(periods.get(round - 1).calm(), "seed=" + seed);
    }
    assertEquals(0, Schedule.firstRound(schedule(1, Duration.ofHours(1)), List.of()));
    assertEquals(3, Schedule.firstRound(schedule(1, Duration.ofHours(1)).subList(0, 3), FAULTS));
  }

  @Test
  void everyKindComesBeforeAnyComesAThirdTime() {
    for (long seed = 0; seed < 50; seed++) {
      List<Period> broken = broken(schedule(seed, Duration.ofHours(1)));
      List<String> dealt =
          broken.subList(FAMILIES, broken.size()).stream()
              .flatMap(period -> period.faults().stream())
              .toList();
      Set<String> first = new HashSet<>(dealt.subList(0, 2 * FAULTS.size()));
      assertEquals(new HashSet<>(FAULTS), first, "seed=" + seed);
    }
  }

  @Test
  void everySeedDealsManyFaultsOnceTheyMeet() {
    for (long seed = 0; seed < 200; seed++) {
      List<Period> all = broken(schedule(seed, Duration.ofMinutes(10)));
      List<Period> periods = all.subList(FAMILIES, all.size());
      int faults = periods.stream().mapToInt(period -> period.faults().size()).sum();
      int broken = periods.size();
      // Of four, seven; of what is left at the end, one each at least.
      int least = broken / 4 * 7 + broken % 4;
      assertTrue(faults >= least, "seed=" + seed + " faults=" + faults + " least=" + least);
    }
  }

  @Test
  void noTwoFaultsMeetAfterWhichANodeNeedsTheOthers() {
    for (long seed = 0; seed < 50; seed++) {
      for (Period period : schedule(seed, Duration.ofHours(1))) {
        assertTrue(
            period.faults().stream()
                    .filter(fault -> Faults.named(fault).turn() == Fault.Turn.FIRST)
                    .count()
                < 2,
            "seed=" + seed + " " + period);
      }
    }
  }

  @Test
  void periodsFillTheTimeAndOnlyTheLastMayBeLonger() {
    for (long seed = 0; seed < 50; seed++) {
      List<Period> periods = schedule(seed, Duration.ofMinutes(10));
      Duration sum = periods.stream().map(Period::length).reduce(Duration.ZERO, Duration::plus);
      assertEquals(Duration.ofMinutes(10), sum, "seed=" + seed);
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
