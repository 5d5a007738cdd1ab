package io.vxmeta.chaos.check.linear;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.chaos.check.linear.ObjectHistories.Call;
import io.vxmeta.chaos.check.linear.ObjectHistories.Kind;
import io.vxmeta.chaos.history.HistoryReader;
import io.vxmeta.chaos.history.HistoryText;
import io.vxmeta.chaos.history.Micro;
import io.vxmeta.chaos.history.Operation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The search by models agrees with every order of an object's calls, and the quick judges of
/// single objects never convict what has an order.
class SequentialModelTest {
  private static final int HISTORIES = Integer.getInteger("vx.tiny.histories", 2_000);
  private static final int CALLS_MAX = 6;
  private static final int BUDGET = 100_000;

  @TempDir private Path folder;

  private static List<Call> drawn(Kind kind, int seed) {
    Random random = new Random(seed);
    List<Call> calls = ObjectHistories.honest(kind, random, 1 + random.nextInt(CALLS_MAX));
    for (int faults = random.nextInt(3); faults > 0; faults--) {
      calls = ObjectHistories.falsified(random, calls);
    }
    return calls;
  }

  private static Verdict searched(Kind kind, List<Call> calls) {
    return OrderSearch.judge(kind.model(), ObjectHistories.events(calls), BUDGET);
  }

  /// Both ways: what has an order is not convicted, and what has none is.
  @ParameterizedTest
  @EnumSource
  void searchAgreesWithEveryOrder(Kind kind) {
    int broken = 0;
    for (int seed = 0; seed < HISTORIES; seed++) {
      List<Call> calls = drawn(kind, seed);
      Verdict verdict = searched(kind, calls);
      boolean explained = ObjectHistories.explained(kind, calls);
      assertEquals(!explained, verdict instanceof Verdict.Broken, () -> told(kind, calls, verdict));
      broken += explained ? 0 : 1;
    }
    assertTrue(broken > HISTORIES / 20 && broken < 19 * HISTORIES / 20, "broken=" + broken);
  }

  private static String told(Kind kind, List<Call> calls, Verdict verdict) {
    return kind + " " + verdict + "\n" + ObjectHistories.events(calls);
  }

  @ParameterizedTest
  @EnumSource
  void longHonestHistoryHolds(Kind kind) {
    List<Call> calls = ObjectHistories.honest(kind, new Random(11), 150);
    assertEquals(new Verdict.Holds(), searched(kind, calls));
  }

  /// By values; the whole way that a recorded history of registers takes.
  @Test
  void registersAreConvictedExactlyWhereNoOrderExists() {
    int broken = 0;
    for (int seed = 0; seed < HISTORIES; seed++) {
      List<Call> calls = drawn(Kind.REGISTER, seed);
      Registers registers = new Registers();
      ObjectHistories.events(calls).forEach(registers::add);
      Verdict verdict = registers.judge().values();
      boolean explained = ObjectHistories.explained(Kind.REGISTER, calls);
      assertEquals(
          !explained, verdict instanceof Verdict.Broken, () -> told(Kind.REGISTER, calls, verdict));
      broken += explained ? 0 : 1;
    }
    assertTrue(broken > HISTORIES / 20, "broken=" + broken);
  }

  @Test
  void judgeOfSetsConvictsOnlyWhatHasNoOrder() {
    int convicted = 0;
    for (int seed = 0; seed < HISTORIES; seed++) {
      List<Call> calls = drawn(Kind.SET, seed);
      Verdict verdict = setReads(calls);
      if (verdict instanceof Verdict.Broken) {
        assertInstanceOf(
            Verdict.Broken.class, searched(Kind.SET, calls), () -> told(Kind.SET, calls, verdict));
        convicted++;
      }
    }
    assertTrue(convicted > HISTORIES / 50, "convicted=" + convicted);
  }

  private static Verdict setReads(List<Call> calls) {
    List<SetReads.Added> added = new ArrayList<>();
    List<SetReads.Read> reads = new ArrayList<>();
    for (Call call : calls) {
      boolean ok = call.end() == Operation.Type.OK;
      if (call.asked() instanceof Micro.Add add) {
        long finished = ok ? call.to() : RegisterOperation.NEVER;
        added.add(new SetReads.Added(add.amount(), call.from(), finished));
      } else if (ok) {
        List<Object> elements =
            call.answer() instanceof Micro.ReadList read ? read.elements() : List.of();
        reads.add(
            new SetReads.Read(
                elements.stream().map(Long.class::cast).toList(), call.from(), call.to()));
      }
    }
    return SetReads.judge(added, reads);
  }

  @Test
  void judgeOfCountersConvictsOnlyWhatHasNoOrder() {
    int convicted = 0;
    for (int seed = 0; seed < HISTORIES; seed++) {
      List<Call> calls = drawn(Kind.COUNTER, seed);
      Verdict verdict = counterAdds(calls);
      if (verdict instanceof Verdict.Broken) {
        assertInstanceOf(
            Verdict.Broken.class,
            searched(Kind.COUNTER, calls),
            () -> told(Kind.COUNTER, calls, verdict));
        convicted++;
      }
    }
    assertTrue(convicted > HISTORIES / 50, "convicted=" + convicted);
  }

  private static long fact(Operation operation, String name) {
    return Long.parseLong("" + operation.extras().get(name));
  }

  private static CounterAdds.Sequence sequence(Operation operation) {
    return new CounterAdds.Sequence(
        fact(operation, "producer"), fact(operation, "epoch"), fact(operation, "sequence"));
  }

  private static Verdict counterAdds(List<Call> calls) {
    CounterAdds counter = new CounterAdds();
    long[] invoked = new long[calls.size()];
    for (Operation event : ObjectHistories.events(calls)) {
      Micro step = event.value().getFirst();
      long from = invoked[(int) event.process()];
      switch (event.type()) {
        case INVOKE -> {
          invoked[(int) event.process()] = event.index();
          if (step instanceof Micro.Add) {
            counter.sent(sequence(event), event.index());
          }
        }
        case OK -> {
          if (step instanceof Micro.Add add) {
            counter.answered(sequence(event), add.number().orElse(-1), event.index());
          } else {
            long seen = step instanceof Micro.ReadValue read ? (Long) read.value() : 0;
            counter.read(seen, from, event.index());
          }
        }
        case FAIL -> {
          if (step instanceof Micro.Add) {
            counter.refused(sequence(event));
          }
        }
        case INFO -> {
          // Nothing is learned.
        }
      }
    }
    return counter.judge();
  }

  /// The calls up to the last event of a proof have no order either: whoever reads it need not look
  /// further.
  @ParameterizedTest
  @EnumSource
  void noOrderGetsPastTheLastEventOfTheProof(Kind kind) {
    int shorter = 0;
    for (int seed = 0; seed < HISTORIES; seed++) {
      List<Call> calls = drawn(kind, seed);
      if (searched(kind, calls) instanceof Verdict.Broken broken) {
        long end =
            ObjectHistories.events(calls).get((int) (long) broken.events().getLast()).timeNanos();
        List<Call> until = calls.stream().filter(call -> call.from() <= end).toList();
        assertInstanceOf(
            Verdict.Broken.class, searched(kind, until), () -> told(kind, calls, broken));
        shorter += until.size() < calls.size() ? 1 : 0;
      }
    }
    assertTrue(shorter > 3, "shorter=" + shorter);
  }

  private Verdict verdict(SequentialModel<?> model, String text) throws IOException {
    Path file = HistoryText.write(folder, text);
    List<Operation> events = new ArrayList<>();
    HistoryReader.operations(file, events::add);
    return OrderSearch.judge(model, events, BUDGET);
  }

  @Test
  void proofNamesTheObjectAndWhatItHolds() throws IOException {
    String stale =
        """
        0 invoke ["add",5,1]
        0 ok ["add",5,1]
        1 invoke ["add",5,2]
        1 ok ["add",5,2]
        2 invoke ["r",5,null]
        2 ok ["r",5,[1]]
        """;
    Verdict.Broken broken = assertInstanceOf(Verdict.Broken.class, verdict(new SetModel(), stale));
    assertTrue(broken.proof().startsWith("No order of set 5 explains"), broken.proof());
    assertTrue(broken.proof().contains("leaves the value at [1, 2]; operation 2"), broken.proof());
    assertEquals(List.of(1, 2), broken.operations());
    assertEquals(List.of(2L, 3L, 4L, 5L), broken.events());
    assertEquals(new Verdict.Holds(), verdict(new SetModel(), stale.replace("[1]]", "[2,1]]")));
    assertInstanceOf(
        Verdict.Broken.class, verdict(new SetModel(), stale.replace("[1]]", "[1,1]]")));
  }

  @Test
  void everyObjectIsJudged() throws IOException {
    String text =
        """
        0 invoke ["w",1,4]
        0 ok ["w",1,4]
        0 invoke ["r",2,null]
        0 ok ["r",2,%s]
        """;
    assertEquals(new Verdict.Holds(), verdict(new RegisterModel(), text.formatted("null")));
    Verdict.Broken broken =
        assertInstanceOf(Verdict.Broken.class, verdict(new RegisterModel(), text.formatted("4")));
    assertTrue(broken.proof().startsWith("No order of register 2 "), broken.proof());
  }

  @Test
  void counterWithoutSequencesAddsWhatItIsTold() throws IOException {
    String text =
        """
        0 invoke ["add",1,5]
        0 ok ["add",1,[5,5]]
        1 invoke ["add",1,-2]
        1 ok ["add",1,-2]
        2 invoke ["r",1,null]
        2 ok ["r",1,%d]
        """;
    assertEquals(new Verdict.Holds(), verdict(new CounterModel(), text.formatted(3)));
    Verdict.Broken broken =
        assertInstanceOf(Verdict.Broken.class, verdict(new CounterModel(), text.formatted(5)));
    assertTrue(broken.proof().startsWith("No order of counter 1 "), broken.proof());
    assertTrue(broken.proof().contains("leaves the value at 3;"), broken.proof());
  }

  @Test
  void counterThatNobodyRaisedIsReadAsNothing() throws IOException {
    String read =
        """
        0 invoke ["r",1,null]
        0 ok ["r",1,null]
        """;
    String add =
        """
        0 invoke ["add",1,5]
        0 ok ["add",1,5]
        """;
    assertEquals(new Verdict.Holds(), verdict(new CounterModel(), read + add));
    assertInstanceOf(Verdict.Broken.class, verdict(new CounterModel(), add + read));
  }

  /// Of one call's steps the first may be wrong, or the last.
  @ParameterizedTest
  @CsvSource({"0,0,true", "9,9,false", "0,9,false", "9,0,false"})
  void everyStepOfACallCounts(int first, int second, boolean holds) throws IOException {
    Verdict verdict =
        verdict(
            new CounterModel(),
            """
            0 invoke ["r",1,null],["r",1,null]
            0 ok ["r",1,%d],["r",1,%d]
            """
                .formatted(first, second));
    assertEquals(holds, verdict instanceof Verdict.Holds, verdict::toString);
  }

  @Test
  void writeThatWasNeverAnsweredExplainsWhatWasReadOfIt() throws IOException {
    String text =
        """
        0 invoke ["w",1,5]
        1 invoke ["r",1,null]
        1 ok ["r",1,5]
        1 invoke ["r",1,null]
        1 ok ["r",1,%d]
        """;
    assertEquals(new Verdict.Holds(), verdict(new RegisterModel(), text.formatted(5)));
    Verdict.Broken broken =
        assertInstanceOf(Verdict.Broken.class, verdict(new RegisterModel(), text.formatted(6)));
    assertTrue(broken.proof().contains("leaves the value at 5;"), broken.proof());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "counter;['append',1,5]",
        "counter;['w',1,5]",
        "counter;['cas',1,[4,5]]",
        "register;['append',1,5]",
        "register;['add',1,5]",
        "set;['append',1,5]",
        "set;['w',1,5]",
        "set;['cas',1,[4,5]]"
      })
  void whatAnObjectDoesNotUnderstandIsRefused(String object, String step) {
    SequentialModel<?> model =
        Stream.of(new CounterModel(), new RegisterModel(), new SetModel())
            .filter(each -> each.title().equals(object))
            .findFirst()
            .orElseThrow();
    String call = step.replace('\'', '"');
    String text = "0 invoke " + call + "\n0 ok " + call + "\n";
    assertThrows(IllegalArgumentException.class, () -> verdict(model, text), text);
  }

  /// Whatever the invocation says that it expects to read.
  @ParameterizedTest
  @ValueSource(strings = {"null", "5", "[5]"})
  void readWithoutAnAnswerSaysNothing(String asked) throws IOException {
    String text = "0 invoke [\"r\",1," + asked + "]\n";
    assertInstanceOf(Verdict.Undecided.class, verdict(new RegisterModel(), text));
  }

  @Test
  void whatIsNoHistoryOfSuchObjectsIsRefused() {
    for (String text :
        List.of(
            """
            0 invoke ["append",1,5]
            0 ok ["append",1,5]
            """,
            """
            0 invoke ["w",1,5],["w",2,5]
            0 ok ["w",1,5],["w",2,5]
            """,
            """
            0 ok ["w",1,5]
            """)) {
      assertThrows(IllegalArgumentException.class, () -> verdict(new RegisterModel(), text), text);
    }
  }

  @Test
  void historyOfUnansweredReadsIsUndecided() throws IOException {
    String text =
        """
        0 invoke ["r",1,null]
        0 info ["r",1,null]
        1 invoke ["r",1,null]
        """;
    assertInstanceOf(Verdict.Undecided.class, verdict(new RegisterModel(), text));
  }
}
