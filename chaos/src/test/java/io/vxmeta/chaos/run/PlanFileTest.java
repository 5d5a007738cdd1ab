package io.vxmeta.chaos.run;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Plans as people write them and as runs leave them.
final class PlanFileTest {
  /// Takes every name as it stands; `all` means one.
  private static final PlanFile.Choices AS_WRITTEN =
      new PlanFile.Choices() {
        @Override
        public List<String> faults(List<String> asked) {
          return asked.equals(List.of("all")) ? List.of("kill-all") : asked;
        }

        @Override
        public List<String> workloads(List<String> asked) {
          return asked;
        }
      };

  private static ChaosPlan parse(String text) {
    return PlanFile.parse(text, AS_WRITTEN);
  }

  @Test
  void aShortPlanIsFilledFromItsSeed() {
    ChaosPlan plan =
        parse("{seed: 42, minutes: 10, faults: [kill-leader, delay, unplug], workloads: [w]}");
    assertEquals(42, plan.seed());
    assertEquals(List.of("kill-leader", "delay", "unplug"), plan.faults());
    assertEquals(Driver.PROCESSES, plan.driver());
    assertEquals(Duration.ofMinutes(1), plan.liveness());
    assertTrue(plan.length().compareTo(Duration.ofMinutes(9)) > 0);
  }

  @Test
  void aWrittenPlanIsReadBackAsItWas() {
    ChaosPlan plan =
        parse("{seed: 3, minutes: 4, faults: [kill-leader, delay], workloads: [v, w]}");
    ChaosPlan again = parse(PlanFile.text(plan));
    assertEquals(plan.periods(), again.periods());
    assertEquals(plan.liveness(), again.liveness());
    assertEquals(plan.workloads(), again.workloads());
    assertEquals(plan.seed(), again.seed());
    assertEquals(PlanFile.text(plan), PlanFile.text(again));
  }

  @Test
  void aSeededBugStaysInThePlanThatARunWrites() {
    ChaosPlan plan = parse("{seed: 3, minutes: 4, faults: [kill-leader], workloads: [w]}");
    ChaosPlan again = parse(PlanFile.text(plan.withSeedBug("read-barrier-off")));
    assertEquals(Optional.of("read-barrier-off"), again.seedBug());
    assertEquals(Optional.empty(), parse(PlanFile.text(plan)).seedBug());
  }

  @Test
  void whatAClusterCanNotHaveLeavesAPlanWhole() {
    ChaosPlan plan = parse("{seed: 3, minutes: 4, faults: [kill-leader, delay], workloads: [w]}");
    ChaosPlan without = plan.without(java.util.Set.of("kill-leader"));
    assertEquals(List.of("delay"), without.faults());
    assertTrue(
        without.periods().stream().noneMatch(period -> period.faults().contains("kill-leader")));
    assertEquals(
        without.periods(),
        parse("{seed: 3, minutes: 4, faults: [delay], workloads: [w]}").periods());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{fautls: [a]} | fautls",
        "{minutes: 0} | minutes",
        "{minutes: -1} | minutes",
        "{minutes: .nan} | minutes",
        "{minutes: 9999} | 24 hours",
        "{nodes: 99} | nodes",
        "{nodes: many} | nodes",
        "{nodes: 4294967299, workloads: [w]} | 4294967299",
        "{processes: 4294967298, workloads: [w]} | 4294967298",
        "{operations-per-second: -4294967295, workloads: [w]} | -4294967295",
        "{seed: 36893488147419103233} | seed",
        "{driver: magic} | in-process",
        "{faults: a} | faults",
        "{workloads: []} | workloads",
        "{periods: [{seconds: soon}]} | seconds",
        "{periods: [{}]} | seconds",
        "{periods: [{seconds: 5, seed: abc}]} | abc",
        "{periods: [{seconds: 5, seed: 1.5}]} | 1.5",
        "{faults: } | faults",
        "{minutes: } | minutes",
        "[1, 2] | keys and values",
        "{seed: 1.5} | seed",
        "{workloads: [w], seed-bug: no-such-bug} | read-barrier-off",
        "{workloads: [w], seed-bug: checker-drops-rw} | seed-bug",
        "{workloads: [w], driver: in-process, seed-bug: read-barrier-off} | driver",
        "{unclosed | YAML"
      })
  void whatIsWrongIsNamed(String text, String named) {
    PlanInvalid refused = assertThrows(PlanInvalid.class, () -> parse(text));
    assertTrue(String.valueOf(refused.getMessage()).contains(named), refused.getMessage());
  }

  @Test
  void bracketsWithoutEndAreInvalidYaml() {
    PlanInvalid refused = assertThrows(PlanInvalid.class, () -> parse("[".repeat(100_000)));
    assertTrue(String.valueOf(refused.getMessage()).contains("PLAN"), refused.getMessage());
  }

  /// A heap whose judges hold a million operations of each workload.
  private static final long HEAP_BYTES = 4_000_000_000L;

  @Test
  void aPlanThatRecordsWhatCanBeJudgedIsTaken() {
    for (String plan :
        List.of(
            "{minutes: 120, faults: [kill-leader], workloads: [w]}",
            "{minutes: 1440, faults: [kill-leader], workloads: [w], operations-per-second: 11}",
            "{minutes: 5, faults: [kill-leader], workloads: [v, w], operations-least: 2000000}")) {
      assertDoesNotThrow(() -> parse(plan).requireJudgeable(HEAP_BYTES), plan);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{minutes: 180, faults: [kill-leader], workloads: [w]} | at most 92 for 10800 s",
        "{minutes: 240, faults: [kill-leader], workloads: [w]} | VX_JAVA_OPTS=-Xmx6g",
        "{minutes: 1440, faults: [kill-leader], workloads: [w]} | shorter run found",
        "{minutes: 5, faults: [kill-leader], workloads: [v, w], operations-least: 2000001} | at most 2000000"
      })
  void aPlanThatRecordsMoreThanCanBeJudgedIsRefused(String text, String named) {
    PlanInvalid refused =
        assertThrows(PlanInvalid.class, () -> parse(text).requireJudgeable(HEAP_BYTES));
    assertTrue(String.valueOf(refused.getMessage()).contains(named), refused.getMessage());
  }
}
