package io.vxmeta.chaos.check.txn;

import static io.vxmeta.chaos.check.txn.Shapes.concurrent;
import static io.vxmeta.chaos.check.txn.Shapes.sequential;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.chaos.history.History;
import io.vxmeta.chaos.history.Micro;
import io.vxmeta.chaos.history.Operation;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ListAppendTest {
  @Test
  void a1WriteCycleIsG0() {
    shows(Model.READ_UNCOMMITTED, concurrent("ax1 ay1", "ax2 ay2", "rx[1 2] ry[2 1]"), "G0");
  }

  @Test
  void a2ReadOfAFailedAppendIsG1a() {
    shows(Model.READ_COMMITTED, concurrent("fail ax1", "rx[1]"), "G1a");
  }

  @Test
  void a3ReadOfAnIntermediateStateIsG1bAndGSingle() {
    shows(Model.SERIALIZABLE, concurrent("ax1 ax2", "rx[1]"), "G-single-item", "G1b");
  }

  @Test
  void a4CircularInformationFlowIsG1c() {
    shows(Model.READ_COMMITTED, concurrent("ax1 ry[1]", "ax2 ay1", "rx[1 2] ry[1]"), "G1c");
  }

  @Test
  void a5ReadSkewIsGSingle() {
    shows(Model.SERIALIZABLE, concurrent("ax1 ay1", "ax2 ry[]", "rx[1 2]"), "G-single-item");
  }

  @Test
  void a6WriteSkewIsG2AndReadCommittedHolds() {
    History history = concurrent("ax1 ry[]", "ay1 rx[]");
    shows(Model.SERIALIZABLE, history, "G2-item");
    shows(Model.READ_COMMITTED, history);
    shows(Model.SNAPSHOT_ISOLATION, history);
  }

  @Test
  void a7StaleReadBreaksOnlyRealTime() {
    History history = sequential("p0 ax1", "p1 ax2", "p2 rx[1]", "p3 rx[1 2]");
    shows(Model.SERIALIZABLE, history);
    shows(Model.STRONG_SESSION_SERIALIZABLE, history);
    shows(Model.STRICT_SERIALIZABLE, history, "G-single-item-realtime");
    shows(Model.REPEATABLE_READ, history);
    shows(Model.STRONG_SESSION_REPEATABLE_READ, history);
    shows(Model.STRONG_REPEATABLE_READ, history, "G-single-item-realtime");
    shows(Model.STRONG_READ_UNCOMMITTED, history);
  }

  @Test
  void appendsInAnotherOrderThanTheyWereMadeBreakEveryLevelInRealTime() {
    History history = sequential("p0 ax1", "p1 ax2", "p2 rx[2 1]");
    shows(Model.READ_UNCOMMITTED, history);
    shows(Model.STRONG_SESSION_READ_UNCOMMITTED, history);
    shows(Model.STRONG_READ_UNCOMMITTED, history, "G0-realtime");
    History session = sequential("p0 ax1", "p0 ax2", "p2 rx[2 1]");
    shows(Model.READ_UNCOMMITTED, session);
    shows(Model.STRONG_SESSION_READ_UNCOMMITTED, session, "G0-process");
  }

  @Test
  void writeSkewAcrossSessionsBreaksRepeatableReadAndNoSnapshot() {
    History history = concurrent("ax1 ry[]", "ay1 rx[]");
    shows(Model.STRONG_SESSION_REPEATABLE_READ, history, "G2-item");
    shows(Model.STRONG_REPEATABLE_READ, history, "G2-item");
    shows(Model.STRONG_SNAPSHOT_ISOLATION, history);
  }

  @Test
  void everyLevelIsKnownAloneInTheOrderOfProcessesAndInRealTime() {
    for (String level :
        List.of(
            "read-uncommitted",
            "read-committed",
            "snapshot-isolation",
            "repeatable-read",
            "serializable")) {
      String strong = level.equals("serializable") ? "strict-" : "strong-";
      for (String title : List.of(level, "strong-session-" + level, strong + level)) {
        assertEquals(title, Model.titled(title).map(Model::title).orElse("unknown"));
      }
    }
  }

  @Test
  void a8StaleReadOfOnesOwnWriteBreaksTheSession() {
    History history = sequential("p0 ax1", "p1 ax2", "p1 rx[1]", "p3 rx[1 2]");
    shows(Model.STRONG_SESSION_SERIALIZABLE, history, "G-single-item-process");
  }

  @Test
  void a9LongForkAcrossSessionsIsNonadjacent() {
    History history = sequential("p0 rx[] rz[1]", "p1 ax1", "p1 rz[]", "p2 az1");
    shows(Model.SERIALIZABLE, history);
    shows(Model.STRONG_SESSION_SERIALIZABLE, history, "G-nonadjacent-item-process");
  }

  @Test
  void a10DivergedReadsAreAnIncompatibleOrder() {
    shows(
        Model.READ_COMMITTED,
        concurrent("ax1 ry[1]", "ax2", "ax3 ay1", "rx[1 3]", "rx[1 2 3]"),
        "G1c",
        "incompatible-order");
  }

  @Test
  void a11WriteOnTopOfAFailedOneIsADirtyUpdate() {
    shows(Model.READ_COMMITTED, concurrent("fail ax1", "ax2", "rx[1 2]"), "G1a", "dirty-update");
  }

  @Test
  void dirtyUpdateIsSoughtPastUnknownWrites() {
    shows(
        Model.READ_COMMITTED,
        concurrent("fail ax1", "info ax2", "ax3", "rx[1 2 3]"),
        "G1a",
        "dirty-update");
  }

  @Test
  void a12ElementSeenTwiceIsADuplicate() {
    shows(Model.READ_UNCOMMITTED, concurrent("ax1", "ax2", "rx[1 2 1]"), "duplicate-elements");
  }

  @Test
  void a13ReadThatForgetsOnesOwnAppendIsInternal() {
    shows(
        Model.SNAPSHOT_ISOLATION,
        concurrent("ax1", "ax2", "ax4", "ax3 rx[1 2 3 4]"),
        "G1c",
        "internal");
  }

  @Test
  void a14ReadOfOnesOwnLaterAppendIsAFutureRead() {
    shows(Model.READ_COMMITTED, concurrent("ax0", "ax2", "rx[0 1 2] ax1"), "G1c", "future-read");
  }

  @Test
  void a15TwoWritersOfOneVersionLoseAnUpdate() {
    shows(
        Model.SERIALIZABLE, sequential("ax0", "rx[0] ax1", "rx[0] ax2"), "G2-item", "lost-update");
  }

  @Test
  void updatesOfDifferentVersionsAreNotLost() {
    isNoLostUpdate("ax1", "ay1", "az1", "rx[1] ax2", "ry[1] ay2", "rz[1] az2");
    isNoLostUpdate("rx[] ax1", "ry[] ay1", "rz[] az1", "rv[] av1");
    isNoLostUpdate("ax1", "rx[1] ax2", "ry[] ay1", "rz[] az1", "rv[] av1", "ru[] au1");
    isNoLostUpdate("rx[] ax1", "rx[1] ax2", "rx[1 2] ax3");
    isNoLostUpdate("rx[] ay1", "rx[] ay2", "ax1", "ay3 rx[1]", "rx[1] rx[1]");
  }

  private static void isNoLostUpdate(String... transactions) {
    assertFalse(names(transactions).contains("lost-update"), () -> names(transactions).toString());
  }

  private static List<String> names(String... transactions) {
    return TransactionChecker.check(concurrent(transactions), Model.SERIALIZABLE).names();
  }

  @Test
  void lostUpdateIsFoundAmongManyUpdates() {
    List<String> transactions = new ArrayList<>(List.of("rx[] ax1"));
    StringBuilder list = new StringBuilder("1");
    for (int i = 2; i <= 200; i++) {
      transactions.add("rx[" + list + "] ax" + i);
      list.append(' ').append(i);
    }
    isNoLostUpdate(transactions.toArray(String[]::new));
    transactions.add("rx[" + list.substring(0, list.lastIndexOf(" ")) + "] ax201");
    assertTrue(names(transactions.toArray(String[]::new)).contains("lost-update"));
  }

  @Test
  void updateIsLostOnceForEachTransaction() {
    assertEquals(1, findings("lost-update", "ax0", "rx[0] ax1 ax2 rx[0 1 2] ax3", "rx[0] ax4"));
    assertEquals(2, findings("lost-update", "ax0", "rx[0] ax1", "rx[0] ax2", "rx[0] ax3"));
  }

  private static long findings(String name, String... transactions) {
    return TransactionChecker.check(concurrent(transactions), Model.SERIALIZABLE)
        .anomalies()
        .stream()
        .filter(anomaly -> anomaly.name().equals(name))
        .count();
  }

  @Test
  void onlyTheFirstAppendAfterAFailedOneIsADirtyUpdate() {
    assertEquals(1, findings("dirty-update", "fail ax1", "ax2", "ax3", "rx[1 2 3]"));
    assertEquals(0, findings("dirty-update", "fail ax3", "ax1", "ax2", "rx[1 2 3]"));
    assertEquals(0, findings("dirty-update", "fail ax1", "info ax2", "rx[1 2]"));
  }

  @Test
  void everyOddReadIsScanned() {
    assertEquals(
        List.of("duplicate-elements", "garbage-read", "incompatible-order"),
        names("ax1", "ax2", "ax3", "rx[1 2 3]", "rx[2 2]", "rx[3 9]").stream()
            .filter(name -> !name.startsWith("G"))
            .toList());
    assertEquals(1, findings("duplicate-elements", "ax1", "ay1", "rx[1] ry[1]", "rx[1 1]"));
    assertEquals(0, findings("duplicate-elements", "ax1", "ax2", "ax3", "rx[1 2]", "rx[2 1]"));
  }

  @Test
  void refusalNamesTheFirstValueThatWasWrittenTwice() {
    refuses("key=x value=3", concurrent("ax3", "ax3", "ay4", "ay4", "rx[3]"));
  }

  @Test
  void a16OwnWritesNeverFormACycle() {
    History history = sequential("rx[] ax1 ax2", "rx[1 2]");
    shows(Model.STRICT_SERIALIZABLE, history);
    shows(Model.SERIALIZABLE, history);
  }

  @Test
  void a17LongForkIsNonadjacentAndNotSnapshotIsolation() {
    History history = concurrent("ax1", "rx[1] ry[]", "ay1", "ry[1] rx[]");
    shows(Model.SNAPSHOT_ISOLATION, history, "G-nonadjacent-item");
    shows(Model.SERIALIZABLE, history, "G-nonadjacent-item");
  }

  @Test
  void a18AdjacentAntiDependenciesAreSnapshotIsolation() {
    History history = concurrent("rv[1] ax1", "rx[1] ay1", "ry[1] rz[]", "az1 rw[]", "aw1 av1");
    shows(Model.SNAPSHOT_ISOLATION, history);
    shows(Model.SERIALIZABLE, history, "G2-item");
  }

  @Test
  void a19UnansweredReadOfAnUnknownTransactionCountsForNothing() {
    History history = concurrent("info ax2 ry_", "ax1 ay1", "rx[1 2] ry[1]");
    shows(Model.SERIALIZABLE, history);
    shows(Model.STRICT_SERIALIZABLE, history);
  }

  @Test
  void a20ReadOfNothingComesBeforeAppendsNobodyRead() {
    assertEquals(List.of("0 -rw-> 1"), edges(concurrent("rx[]", "ax1")));
    assertEquals(List.of("0 -rw-> 1", "0 -rw-> 2"), edges(concurrent("rx[]", "ax1", "ax2")));
  }

  @Test
  void appendsNobodyReadFollowTheLastOneRead() {
    assertEquals(
        List.of("0 -ww-> 1", "0 -wr-> 2", "2 -rw-> 1"), edges(concurrent("ax1", "ax2", "rx[1]")));
  }

  @Test
  void elementThatStandsTwiceIsTheNextVersionAtItsFirstPlaceOnly() {
    assertEquals(
        List.of("0 -ww-> 1", "0 -wr-> 3", "1 -wr-> 2", "3 -rw-> 1"),
        edges(concurrent("ax1", "ax2", "rx[1 2]", "rx[1 2 1]")));
  }

  @Test
  void whatNobodyMayHaveWrittenOrdersNobody() {
    shows(Model.SERIALIZABLE, concurrent("ax1", "rx[1]", "rx[1 7]"), "garbage-read");
    shows(Model.SERIALIZABLE, concurrent("fail ax1", "rx[]", "ax2", "rx[2]"));
    shows(Model.SERIALIZABLE, concurrent("ax1", "rx[1]", "fail ax2", "rx[1 2]"), "G1a");
  }

  @Test
  void ownIntermediateStateMayBeRead() {
    shows(Model.SERIALIZABLE, concurrent("ax1 rx[1] ax2 rx[1 2]", "rx[1 2]"));
  }

  @Test
  void repeatedReadsOfNothingAgree() {
    shows(Model.SERIALIZABLE, concurrent("rx[] rx[]", "ax1", "rx[1] rx[1]"));
    shows(Model.SERIALIZABLE, concurrent("ax1", "rx[1] rx[]"), "G-single-item", "internal");
  }

  @Test
  void proofSaysWhichAppendStandsBeforeWhich() {
    proves(
        "because in key x its 1 stands just before 2 (ww)",
        concurrent("ax1 ay1", "ax2 ay2", "rx[1 2] ry[2 1]"));
    proves(
        "because it appended 1 to key x, the last element the other read (wr)",
        concurrent("ax1 ry[1]", "ay1 rx[1]"));
  }

  @Test
  void writeThatAlsoOverwritesWhatWasReadIsNoSecondKindOfCycle() {
    shows(
        Model.SERIALIZABLE,
        concurrent("ax1 ry[] az1", "ax2 ay1 rz[]", "rx[1 2] ry[1] rz[1]"),
        "G-single-item");
  }

  @Test
  void readSkewAmongWritesThatAreACycleThemselvesIsStillGSingle() {
    shows(
        Model.SERIALIZABLE,
        concurrent("ax1 ay2 rz[]", "ax2 ay1 az1", "rx[1 2] ry[1 2] rz[1]"),
        "G-single-item",
        "G0");
  }

  @Test
  void repeatableReadForbidsWriteSkew() {
    shows(Model.REPEATABLE_READ, concurrent("ax1 ry[]", "ay1 rx[]"), "G2-item");
  }

  @Test
  void readCommittedForbidsCircularInformationFlowOnly() {
    shows(Model.READ_COMMITTED, concurrent("ax1 ry[1]", "ay1 rx[1]"), "G1c");
    shows(Model.READ_UNCOMMITTED, concurrent("ax1 ry[1]", "ay1 rx[1]"));
    shows(Model.READ_COMMITTED, concurrent("ax1 ay1", "ax2 ry[]", "rx[1 2]"));
  }

  @Test
  void callWithoutAnOutcomeMayHaveHappened() {
    List<Operation> operations =
        List.of(
            Shapes.operation(0, 0, "ax1", Operation.Type.INVOKE),
            Shapes.operation(1, 1, "rx_", Operation.Type.INVOKE),
            Shapes.operation(2, 1, "rx[1]", Operation.Type.OK),
            Shapes.operation(3, 2, "ry_", Operation.Type.INVOKE),
            Shapes.operation(4, 2, "ry_", Operation.Type.FAIL));
    History history = History.ofRun("open", operations);
    shows(Model.STRICT_SERIALIZABLE, history);
    Transactions transactions = new Transactions(Journal.of(operations));
    assertEquals(2, transactions.count());
    assertEquals(0, transactions.index(1));
    assertEquals(1, transactions.at(0));
    assertEquals(Transactions.NOBODY, transactions.at(3));
  }

  @Test
  void ordersAreOfWhatEndedOnly() {
    Transactions sessions =
        new Transactions(
            Journal.of(sequential("p0 ax1", "p0 rx[1]", "p1 rx[1]", "info p1 ax2").operations()));
    assertTrue(sessions.precedes(0, 1, Label.PROCESS));
    assertFalse(sessions.precedes(1, 0, Label.PROCESS));
    assertFalse(sessions.precedes(1, 1, Label.PROCESS));
    assertFalse(sessions.precedes(1, 2, Label.PROCESS));
    assertFalse(sessions.precedes(2, 3, Label.PROCESS));
    assertTrue(sessions.precedes(2, 3, Label.REALTIME));
    assertFalse(sessions.precedes(3, 3, Label.REALTIME));
    assertFalse(sessions.precedes(0, 1, Label.WW));
  }

  @Test
  void valueThatFailedInTwoTransactionsIsRefused() {
    refuses("at most once", concurrent("fail ax1", "fail ax1", "rx[]", "ax2", "rx[2]"));
    refuses("at most once", concurrent("ax1", "fail ax1", "rx[1]"));
    refuses("at most once", concurrent("ax1", "ax1", "rx[1]"));
  }

  @Test
  void stepOfARegisterAmongListsIsRefused() {
    refuses("one workload", concurrent("ax1", "rx[1]", "ry=3"));
  }

  private static void refuses(String reason, History history) {
    Verdict verdict = TransactionChecker.check(history, Model.SERIALIZABLE);
    assertEquals(Verdict.Outcome.UNKNOWN, verdict.outcome());
    assertTrue(verdict.reason().contains(reason), verdict.reason());
  }

  @Test
  void longTransactionIsComparedWithItsOwnSteps() {
    StringBuilder steps = new StringBuilder("rx[]");
    StringBuilder list = new StringBuilder();
    for (int i = 1; i <= 200; i++) {
      steps.append(" ax").append(i);
      list.append(list.isEmpty() ? "" : " ").append(i);
    }
    shows(Model.SERIALIZABLE, concurrent(steps + " rx[" + list + "]"));
    shows(Model.SERIALIZABLE, concurrent("az1", steps + " rx[" + list + "] rx[1]"), "internal");
  }

  @Test
  void repeatedReadsMustAgreeEvenWhereOrdersDoNot() {
    shows(
        Model.SERIALIZABLE,
        concurrent("ax1", "ax2", "ax3", "ax4", "rx[1 2 3]", "rx[4 2] rx[1 2]"),
        "incompatible-order",
        "internal");
    assertFalse(
        isInternal("ax1", "ax2", "ax3", "ax4", "ax5", "rx[1 2 3]", "rx[4 2] ax5 rx[4 2 5]"));
    assertFalse(isInternal("ax1", "ax2", "ax3", "rx[1 2 3]", "rx[1 2] ax9 rx[1 2 9]"));
    assertTrue(isInternal("ax1", "ax2", "ax3", "ax4", "rx[1 2 3]", "rx[1 2] ax9 rx[1 4 9]"));
  }

  private static boolean isInternal(String... transactions) {
    return TransactionChecker.check(concurrent(transactions), Model.SERIALIZABLE)
        .names()
        .contains("internal");
  }

  @Test
  void a21ValueAppendedTwiceIsRefused() {
    Verdict verdict = TransactionChecker.check(concurrent("ax1", "ax1"), Model.SERIALIZABLE);
    assertEquals(Verdict.Outcome.UNKNOWN, verdict.outcome());
  }

  @Test
  void a22OneSingleIsFoundAmongManyWriteSkews() {
    int length = 1000;
    List<String> ring = new ArrayList<>();
    Keys keys = new Keys();
    ring.add(keys.append(0) + " " + keys.append(1));
    for (int i = 1; i < length - 1; i++) {
      ring.add(keys.read(i, "[1]") + " " + keys.append(i + 1));
    }
    ring.add(keys.read(length - 1, "[1]") + " " + keys.read(0, "[]"));
    List<Operation> operations = new ArrayList<>();
    add(operations, ring, 0);
    for (int skew = 1; skew <= 30; skew++) {
      List<String> all = new ArrayList<>();
      for (int i = 0; i < length; i++) {
        all.add(keys.read(i, "[]") + " " + keys.append((i + 1) % length));
      }
      add(operations, all, skew);
    }
    Verdict verdict =
        TransactionChecker.check(History.ofRun("rings", operations), Model.SERIALIZABLE);
    assertEquals(List.of("G-single-item", "G2-item"), verdict.names());
  }

  /// One key for each place in a ring: a character of its own.
  private record Keys() {
    String read(int place, String value) {
      return "r" + (char) ('\u4e00' + place) + value;
    }

    String append(int place) {
      return "a" + (char) ('\u4e00' + place) + "1";
    }
  }

  /// Keys of different rings differ by the ring's number.
  private static void add(List<Operation> operations, List<String> ring, int number) {
    for (String transaction : ring) {
      int index = operations.size();
      Operation plain = Shapes.operation(index, index, transaction, Operation.Type.OK);
      List<Micro> steps = Rings.named(plain.value(), number);
      for (Operation.Type type : List.of(Operation.Type.INVOKE, Operation.Type.OK)) {
        operations.add(new Operation(operations.size(), index, index, type, steps, plain.extras()));
      }
    }
  }

  @Test
  void lostAcknowledgedAppendIsConvictedByALaterRead() {
    shows(Model.STRICT_SERIALIZABLE, sequential("ax1", "rx[]"), "G-single-item-realtime");
  }

  @Test
  void elementNobodyWroteIsGarbage() {
    shows(Model.READ_UNCOMMITTED, concurrent("ax1", "rx[1 7]"), "garbage-read");
  }

  @Test
  void unknownTransactionNeverEnds() {
    shows(Model.STRICT_SERIALIZABLE, sequential("info ax1", "rx[]", "rx[1]"));
  }

  @Test
  void historyThatProvesNothingIsUndecided() {
    assertEquals(
        Verdict.Outcome.UNKNOWN,
        TransactionChecker.check(concurrent("ax1", "ay1"), Model.SERIALIZABLE).outcome());
  }

  @Test
  void proofNamesTheTransactionsAndTheContradiction() {
    Verdict verdict =
        TransactionChecker.check(sequential("ax1", "rx[]"), Model.STRICT_SERIALIZABLE);
    String proof = verdict.anomalies().getFirst().proof();
    assertTrue(proof.contains("without the next element, 1 (rw)"), proof);
    assertTrue(proof.contains("(realtime)"), proof);
    assertTrue(proof.endsWith("a contradiction."), proof);
  }

  @Test
  void findingsSayWhoReadWhat() {
    proves(
        "the transaction at index 3 read key x as [1], an intermediate state of the transaction at index 2.",
        concurrent("ax1 ax2", "rx[1]"));
    proves(
        "the transaction at index 3 read key x as [1], but the append of 1 failed at index 2.",
        concurrent("fail ax1", "rx[1]"));
    proves(
        "the transaction at index 2 read key x as [1, 7], but nobody ever appended 7.",
        concurrent("ax1 rx[1 7]", "ay1"));
    proves(
        "the transaction at index 3 read key x as [1, 1], in which 1 stands twice.",
        concurrent("ax1", "rx[1 1]"));
    proves(
        "the transaction at index 1 read 1 of key x before it appended it.",
        concurrent("rx[1] ax1"));
    proves(
        "read key x as [1, 2], but its own earlier steps demand the end [3, 4].",
        concurrent("ax1", "ax2", "ax3 ax4 rx[1 2]"));
    proves(
        "read key x as [1], but its own earlier steps demand [1, 2, 3, 4].",
        concurrent("ax1", "ax2", "rx[1 2] ax3 ax4 rx[1]"));
    proves(
        "Key x was read as [2] (the transaction at index 7) and as [1, 2] (the transaction at index 6): neither is"
            + " a prefix of the other.",
        concurrent("ax1", "ax2", "rx[1 2]", "rx[2]"));
    proves(
        "Key x: the append of 2 by the transaction at index 4 was made on top of 1, whose append failed.",
        concurrent("fail ax1", "ax2", "rx[1 2]"));
    proves(
        "The transactions at index 4 and 5 both read the same version of key x and then wrote it.",
        concurrent("ax0", "rx[0] ax1", "rx[0] ax2"));
  }

  private static void proves(String words, History history) {
    List<String> proofs =
        TransactionChecker.check(history, Model.SERIALIZABLE).anomalies().stream()
            .map(Anomaly::proof)
            .toList();
    assertTrue(proofs.stream().anyMatch(proof -> proof.contains(words)), proofs::toString);
  }

  private static void shows(Model model, History history, String... names) {
    Verdict verdict = TransactionChecker.check(history, model);
    assertEquals(List.of(names), verdict.names(), model.title());
    assertEquals(
        names.length == 0 ? Verdict.Outcome.VALID : Verdict.Outcome.INVALID, verdict.outcome());
  }

  private static List<String> edges(History history) {
    Transactions transactions = new Transactions(Journal.of(history.operations()));
    Edges edges = new Edges();
    new ListAppend(transactions).infer(edges);
    Graph graph = edges.graph(transactions.count());
    List<String> all = new ArrayList<>();
    for (int v = 0; v < graph.vertices(); v++) {
      for (int e = graph.from(v); e < graph.until(v); e++) {
        all.add(v + " -" + Label.name(graph.mask(e)) + "-> " + graph.target(e));
      }
    }
    return all;
  }
}
