package io.vxmeta.chaos.run;

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
  /// Takes every name as it stands.
  private static final PlanFile.Choices AS_WRITTEN =
      new PlanFile.Choices() {
        @Override
        public List<String> faults(List<String> asked) {
          return asked;
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
    ChaosPlan plan = parse("{seed: 42, minutes: 10, faults: [a, b, c], workloads: [w]}");
    assertEquals(42, plan.seed());
    assertEquals(List.of("a", "b", "c"), plan.faults());
    assertEquals(Driver.PROCESSES, plan.driver());
    assertEquals(Duration.ofMinutes(1), plan.liveness());
    assertTrue(plan.length().compareTo(Duration.ofMinutes(9)) > 0);
  }

  @Test
  void aWrittenPlanIsReadBackAsItWas() {
    ChaosPlan plan = parse("{seed: 3, minutes: 4, faults: [a, b], workloads: [v, w]}");
    ChaosPlan again = parse(PlanFile.text(plan));
    assertEquals(plan.periods(), again.periods());
    assertEquals(plan.liveness(), again.liveness());
    assertEquals(plan.workloads(), again.workloads());
    assertEquals(plan.seed(), again.seed());
    assertEquals(PlanFile.text(plan), PlanFile.text(again));
  }

  @Test
  void aSeededBugStaysInThePlanThatARunWrites() {
    ChaosPlan plan = parse("{seed: 3, minutes: 4, faults: [a], workloads: [w]}");
    ChaosPlan again = parse(PlanFile.text(plan.withSeedBug("read-barrier-off")));
    assertEquals(Optional.of("read-barrier-off"), again.seedBug());
    assertEquals(Optional.empty(), parse(PlanFile.text(plan)).seedBug());
  }

  @Test
  void whatAClusterCanNotHaveLeavesAPlanWhole() {
    ChaosPlan plan = parse("{seed: 3, minutes: 4, faults: [a, b], workloads: [w]}");
    ChaosPlan without = plan.without(java.util.Set.of("a"));
    assertEquals(List.of("b"), without.faults());
    assertTrue(without.periods().stream().noneMatch(period -> period.faults().contains("a")));
    assertEquals(
        without.periods(), parse("{seed: 3, minutes: 4, faults: [b], workloads: [w]}").periods());
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
        "{driver: magic} | in-process",
        "{faults: a} | faults",
        "{workloads: []} | workloads",
        "{periods: [{seconds: soon}]} | seconds",
        "{periods: [{}]} | seconds",
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
}
