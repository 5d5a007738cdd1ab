package io.vxmeta.chaos.check.txn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.chaos.check.txn.Tiny.Form;
import io.vxmeta.chaos.check.txn.Tiny.Step;
import io.vxmeta.chaos.check.txn.Tiny.Transaction;
import io.vxmeta.chaos.history.Operation;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The checker against every order, on tiny random histories.
///
/// Claimed, for serializable, strong session serializable, strict serializable and snapshot
/// isolation: what some order explains is never convicted, for lists, and for registers with every
/// source of version order that the model itself guarantees. And for lists that were read to their
/// end: what no order explains is always convicted.
class EveryOrderTest {
  /// Of each kind; both together make a hundred thousand.
  private static final int HISTORIES = Integer.getInteger("vx.tiny.histories", 50_000);

  private static final long FIRST_SEED = 20_261_123_000_000L;

  private static final List<Model> MODELS =
      List.of(
          Model.SERIALIZABLE,
          Model.STRONG_SESSION_SERIALIZABLE,
          Model.STRICT_SERIALIZABLE,
          Model.SNAPSHOT_ISOLATION);

  @Test
  void listsAreConvictedWhereNoOrderExplainsThemAndNowhereElse() {
    Tally tally = new Tally();
    for (long seed = FIRST_SEED; seed < FIRST_SEED + HISTORIES; seed++) {
      Tiny tiny = TinyStore.history(seed, Form.LIST);
      Journal journal = Journal.of(tiny.operations());
      boolean readToTheEnd = readToTheEnd(tiny);
      for (Model model : MODELS) {
        tally.compare(seed, model, tiny, journal, readToTheEnd);
      }
    }
    tally.report("lists");
    assertTrue(
        tally.missable >= HISTORIES / 10, "too few that must be convicted: " + tally.missable);
  }

  @Test
  void registersAreNeverConvictedWhereSomeOrderExplainsThem() {
    Tally tally = new Tally();
    for (long seed = FIRST_SEED; seed < FIRST_SEED + HISTORIES; seed++) {
      Tiny tiny = TinyStore.history(seed, Form.REGISTER);
      Journal journal = Journal.of(tiny.operations());
      for (Model model : MODELS) {
        tally.compare(seed, model, tiny, journal, false);
      }
    }
    tally.report("registers");
  }

  /// A judged history that another checker found strictly serializable, cut down to five of its
  /// transactions. Each lacks what another wrote or shows it, in a circle: T1 < T2 < T3 < T4 < T5 <
  /// T1.
  @Test
  void noOrderExplainsFiveTransactionsThatAnotherCheckerLetPass() {
    Tiny tiny =
        new Tiny(
            Form.REGISTER,
            List.of(
                ok(1, 0, 6, new Step(false, 0, 1), new Step(false, 1, 0)),
                new Transaction(
                    2,
                    Operation.Type.INFO,
                    2,
                    7,
                    List.of(new Step(true, 1, 1), new Step(true, 2, 1))),
                ok(3, 3, 4, new Step(false, 2, 1)),
                ok(4, 5, 9, new Step(false, 3, 0)),
                ok(5, 1, 8, new Step(true, 0, 1), new Step(true, 3, 1))));
    assertFalse(EveryOrder.explains(tiny, Model.STRICT_SERIALIZABLE));
    assertTrue(EveryOrder.explains(tiny, Model.SERIALIZABLE));
    assertEquals(
        List.of("G-nonadjacent-item-realtime"),
        TransactionChecker.check(Journal.of(tiny.operations()), Model.STRICT_SERIALIZABLE).names());
  }

  private static Transaction ok(int process, int called, int ended, Step... steps) {
    return new Transaction(process, Operation.Type.OK, called, ended, List.of(steps));
  }

  /// Whether reads show the place of every append that may matter: each ok one was read, and of an
  /// unknown transaction all or none. Then version orders are known, and nothing is left to guess.
  private static boolean readToTheEnd(Tiny tiny) {
    for (Transaction transaction : tiny.transactions()) {
      List<Step> writes = transaction.steps().stream().filter(Step::writes).toList();
      long read = writes.stream().filter(write -> wasRead(tiny, write)).count();
      boolean known =
          switch (transaction.type()) {
            case OK -> read == writes.size();
            case INFO -> read == 0 || read == writes.size();
            case FAIL, INVOKE -> true;
          };
      if (!known) {
        return false;
      }
    }
    return true;
  }

  private static boolean wasRead(Tiny tiny, Step write) {
    return tiny.transactions().stream()
        .filter(Transaction::ok)
        .flatMap(transaction -> transaction.steps().stream())
        .anyMatch(step ->
            !step.writes()
                && step.key() == write.key()
                && Tiny.contains(step.value(), write.value()));
  }

  private static final class Tally {
    private final Map<Model, Integer> explained = new EnumMap<>(Model.class);
    private final Map<Model, Integer> convicted = new EnumMap<>(Model.class);
    private int missable;

    void compare(long seed, Model model, Tiny tiny, Journal journal, boolean readToTheEnd) {
      Verdict verdict =
          TransactionChecker.check(
              journal,
              tiny.form() == Form.REGISTER,
              model.guarantees(),
              model,
              Budget.EDGES_DEFAULT);
      boolean explains = EveryOrder.explains(tiny, model);
      if (verdict.outcome() == Verdict.Outcome.INVALID) {
        convicted.merge(model, 1, Integer::sum);
      }
      if (explains) {
        explained.merge(model, 1, Integer::sum);
        assertNotEquals(
            Verdict.Outcome.INVALID, verdict.outcome(), () -> facts(seed, model, tiny, verdict));
      } else if (readToTheEnd) {
        missable++;
        assertTrue(
            verdict.outcome() == Verdict.Outcome.INVALID, () -> facts(seed, model, tiny, verdict));
      }
    }

    private static String facts(long seed, Model model, Tiny tiny, Verdict verdict) {
      Stream<String> lines =
          tiny.operations().stream()
              .filter(Operation::completes)
              .map(operation -> "\n  " + operation);
      return "seed="
          + seed
          + " model="
          + model.title()
          + " verdict="
          + verdict.outcome()
          + verdict.reason()
          + lines.reduce("", String::concat)
          + verdict.anomalies().stream().map(one -> "\n" + one.proof()).reduce("", String::concat);
    }

    void report(String what) {
      System.out.println(
          what
              + ": histories="
              + HISTORIES
              + " seeds="
              + FIRST_SEED
              + ".. explained="
              + explained
              + " convicted="
              + convicted
              + " mustBeConvicted="
              + missable);
      for (Model model : MODELS) {
        assertTrue(explained.getOrDefault(model, 0) >= HISTORIES / 10, "too few explained");
        assertTrue(convicted.getOrDefault(model, 0) >= HISTORIES / 10, "too few convicted");
      }
    }
  }
}
