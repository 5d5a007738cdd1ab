package io.vxmeta.chaos.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.chaos.check.txn.Model;
import io.vxmeta.chaos.check.txn.TransactionChecker;
import io.vxmeta.chaos.check.txn.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CheckerCaseTest {
  @ParameterizedTest
  @EnumSource
  void simulatedHistoriesAreValid(CheckerCase one) {
    CheckerCase.Result result = one.measure(7, 3_000);
    assertTrue(result.json().startsWith("{\"bench\":\"checker\",\"case\":\"" + one.word()));
  }

  @Test
  void lineHasTheFieldsOfItsKind() {
    assertEquals(
        "{\"bench\":\"checker\",\"case\":\"list-append-1m\",\"txns\":1000000,\"seconds\":2.50,"
            + "\"peak_mb\":640}",
        new CheckerCase.Result(CheckerCase.LIST_APPEND_1M, 1_000_000, 2.5, 640).json());
    assertEquals(
        "{\"bench\":\"checker\",\"case\":\"linear-l1\",\"operations\":3000,\"seconds\":0.500,"
            + "\"peak_mb\":9,\"operations_per_s\":6000}",
        new CheckerCase.Result(CheckerCase.LINEAR_L1, 3_000, 0.5, 9).json());
  }

  @Test
  void simulatedListsAreValidUnderEveryModel() {
    for (Model model : Model.values()) {
      assertEquals(
          Verdict.Outcome.VALID,
          TransactionChecker.check(new SimulatedLists(3, 20).run(2_000), model).outcome(),
          model.title());
    }
  }
}
