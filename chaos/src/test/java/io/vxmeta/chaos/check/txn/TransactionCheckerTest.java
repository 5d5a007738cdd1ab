package io.vxmeta.chaos.check.txn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.chaos.history.Operation;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TransactionCheckerTest {
  @Test
  void outcomeWithoutACallIsUndecided() {
    undecided("learns the outcome of a call that it never made", event(0, 4, Operation.Type.OK));
  }

  @Test
  void secondOutcomeOfOneCallIsUndecided() {
    undecided(
        "learns the outcome of a call that it had learned before",
        event(0, 4, Operation.Type.INVOKE),
        event(1, 4, Operation.Type.OK),
        event(2, 4, Operation.Type.FAIL));
  }

  @Test
  void secondCallBeforeTheOutcomeIsUndecided() {
    undecided(
        "calls again before it learned the outcome of its last call",
        event(0, 4, Operation.Type.INVOKE),
        event(1, 4, Operation.Type.INVOKE));
  }

  @Test
  void processThatGoesOnAfterAnUnknownOutcomeIsUndecided() {
    undecided(
        "goes on after an unknown outcome",
        event(0, 4, Operation.Type.INVOKE),
        event(1, 4, Operation.Type.INFO),
        event(2, 4, Operation.Type.INVOKE));
  }

  @Test
  void processesDoNotDisturbEachOther() {
    Journal journal =
        Journal.of(
            List.of(
                event(0, 4, Operation.Type.INVOKE),
                event(1, 5, Operation.Type.INVOKE),
                event(2, 5, Operation.Type.INFO),
                event(3, 4, Operation.Type.FAIL),
                event(4, 4, Operation.Type.INVOKE)));
    assertEquals("", journal.disorder());
    assertEquals(3, journal.partner(0));
    assertEquals(1, journal.partner(2));
    assertEquals(Calls.NONE, journal.partner(4));
  }

  @Test
  void exhaustedBudgetIsUndecidedAndSaysSo() {
    Verdict verdict = judge(0, "ax1 ry[]", "ay1 rx[]", "rx[1] ry[1]");
    assertEquals(Verdict.Outcome.UNKNOWN, verdict.outcome());
    assertTrue(verdict.reason().contains("within 0 steps"), verdict.reason());
  }

  @Test
  void whatWasFoundBeforeTheBudgetEndedConvicts() {
    Verdict verdict = judge(0, "ax1 ry[]", "ay1 rx[]", "rx[1] ry[1]", "rz[1]");
    assertEquals(Verdict.Outcome.INVALID, verdict.outcome());
    assertEquals(List.of("garbage-read"), verdict.names());
  }

  @Test
  void validHistoryNeedsNoBudget() {
    assertEquals(Verdict.Outcome.VALID, judge(0, "ax1", "rx[1]").outcome());
  }

  @Test
  void proofsOfOneNameAreBounded() {
    Journal journal = new Journal();
    int[] garbage = {7};
    for (int i = 0; i < 3 * Findings.PROOFS_MAX; i++) {
      journal.begin(2L * i, i, 1, Operation.Type.INVOKE);
      journal.read(i);
      journal.begin(2L * i + 1, i, 1, Operation.Type.OK);
      journal.read(i, garbage, 1);
    }
    Verdict verdict = TransactionChecker.check(journal, Model.SERIALIZABLE);
    assertEquals(Findings.PROOFS_MAX, verdict.anomalies().size());
  }

  private static Verdict judge(long budget, String... transactions) {
    Journal journal = Journal.of(Shapes.concurrent(transactions).operations());
    return TransactionChecker.check(journal, false, Map.of(), Model.SERIALIZABLE, budget);
  }

  private static void undecided(String reason, Operation... events) {
    Verdict verdict = TransactionChecker.check(Journal.of(List.of(events)), Model.SERIALIZABLE);
    assertEquals(Verdict.Outcome.UNKNOWN, verdict.outcome());
    assertTrue(verdict.reason().contains(reason), verdict.reason());
    assertTrue(verdict.reason().contains("process=4 index=" + (events.length - 1)));
  }

  private static Operation event(int index, int process, Operation.Type type) {
    return new Operation(index, index, process, type, List.of(), Map.of());
  }
}
