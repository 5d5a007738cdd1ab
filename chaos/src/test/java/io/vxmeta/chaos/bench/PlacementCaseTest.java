package io.vxmeta.chaos.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.TypeConversionException;

class PlacementCaseTest {
  @Test
  void lineHasTheFieldsOfThePlanner() {
    assertEquals(
        "{\"bench\":\"placement\",\"case\":\"planner\",\"n\":5,\"seconds\":0.250}",
        PlacementCase.Result.of(PlacementCase.PLANNER).with("n", 5).with("seconds", 0.25).json());
  }

  @Test
  void aSmallClusterOfItsKindIsPlanned() {
    assertTrue(new PlannerCase(7, 200, 500).slowestSeconds() > 0);
  }

  @Test
  void percentilesOfGapsAreThoseOfTheNearestRank() {
    HandOverCase.Gaps gaps =
        new HandOverCase.Gaps(IntStream.rangeClosed(1, 100).mapToObj(i -> 101.0 - i).toList(), 0);
    assertEquals(50, gaps.percentile(50));
    assertEquals(99, gaps.percentile(99));
    assertEquals(7, new HandOverCase.Gaps(List.of(7.0), 0).percentile(99));
  }

  @Test
  void anUnknownCaseIsRefusedWithTheOnesThereAre() {
    PlacementBenchCommand.CaseName names = new PlacementBenchCommand.CaseName();
    assertEquals(PlacementCase.PLANNER, names.convert("planner"));
    TypeConversionException refusal =
        assertThrows(TypeConversionException.class, () -> names.convert("election"));
    assertEquals(
        "unknown case: expected one of [planner, leader_transfer, leader_kill, shard_move, idle]; found election",
        refusal.getMessage());
  }
}
