package io.vxmeta.chaos.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import picocli.CommandLine.TypeConversionException;

class PlacementCaseTest {
  @Test
  void lineHasTheFieldsOfThePlanner() {
    assertEquals(
        "{\"bench\":\"placement\",\"case\":\"planner\",\"n\":5,\"seconds\":0.250}",
        new PlacementCase.Result(PlacementCase.PLANNER, 5, 0.25).json());
  }

  @Test
  void aSmallClusterOfItsKindIsPlanned() {
    assertTrue(new PlannerCase(7, 200, 500).slowestSeconds() > 0);
  }

  @Test
  void anUnknownCaseIsRefusedWithTheOnesThereAre() {
    PlacementBenchCommand.CaseName names = new PlacementBenchCommand.CaseName();
    assertEquals(PlacementCase.PLANNER, names.convert("planner"));
    TypeConversionException refusal =
        assertThrows(TypeConversionException.class, () -> names.convert("shard_move"));
    assertEquals("unknown case: expected one of [planner]; found shard_move", refusal.getMessage());
  }
}
