package io.vxmeta.chaos.check.txn;

import static io.vxmeta.chaos.check.txn.Shapes.concurrent;
import static io.vxmeta.chaos.check.txn.Shapes.sequential;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonPrimitive;
import io.vxmeta.chaos.history.History;
import io.vxmeta.chaos.history.Operation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class VersionOrdersTest {
  @Test
  void writesFollowWhatTheirTransactionRead() {
    assertEquals(
        List.of("1<2", "the initial state<3"),
        steps(concurrent("rx=1 wx2", "ry_ wy3", "wz1 rz=1"), VersionSource.WRITES_FOLLOW_READS));
  }

  @Test
  void everythingAProcessTouchedPrecedesWhatItTouchesNext() {
    assertEquals(
        List.of("1<3", "1<4", "2<3", "2<4"),
        steps(
            sequential("p0 rx=1 wx2", "p0 rx=3 wx4", "p1 rx=1 wx5", "p0 ry=1"),
            VersionSource.PROCESS));
  }

  @Test
  void realTimeOrdersWhatHadEndedAndReducesIt() {
    assertEquals(
        List.of("1<2", "2<3"),
        steps(sequential("wx1", "wx2", "wx3", "wy1"), VersionSource.REAL_TIME));
    assertEquals(List.of(), steps(concurrent("wx1", "wx2"), VersionSource.REAL_TIME));
  }

  @Test
  void unknownWriteFollowsInRealTimeAndPrecedesNothing() {
    assertEquals(
        List.of("1<2", "1<3"),
        steps(sequential("wx1", "info wx2", "wx3"), VersionSource.REAL_TIME));
  }

  @Test
  void writesInRealTimeAreOrderedWhateverWasReadBetweenThem() {
    assertEquals(
        List.of("1<2"), steps(sequential("wx1", "rx=7", "wx2"), VersionSource.WRITES_IN_REAL_TIME));
  }

  @Test
  void pairOfVersionsIsKeptOnceHoweverManyReadersShowIt() {
    List<Operation> events = new ArrayList<>();
    int readers = 100;
    turns(events, readers, "rx=1");
    turns(events, 1, "wx2");
    turns(events, readers, "rx=2");
    assertEquals(List.of("1<2"), steps(History.ofRun("h", events), VersionSource.REAL_TIME));
  }

  /// So many transactions at once.
  private static void turns(List<Operation> events, int count, String transaction) {
    for (Operation.Type type : List.of(Operation.Type.INVOKE, Operation.Type.OK)) {
      for (int process = 0; process < count; process++) {
        events.add(Shapes.operation(events.size(), process, transaction, type));
      }
    }
  }

  @Test
  void sourceThatContradictsTheOthersIsLeftOutForThatKeyOnly() {
    Findings[] findings = new Findings[1];
    VersionOrders orders =
        orders(sequential("p0 rx=2 wx1", "p0 wy1", "p0 wy2", "p1 rx=1", "p1 rx=2"), findings);
    orders.admit(VersionSource.WRITES_FOLLOW_READS, VersionSource.CYCLIC);
    orders.admit(VersionSource.PROCESS, VersionSource.CYCLIC);
    assertEquals(2, orders.admitted().count());
    assertEquals(VersionSource.WRITES_FOLLOW_READS, orders.admitted().source(0));
    assertEquals(VersionSource.PROCESS, orders.admitted().source(1));
    assertEquals(
        "cyclic-versions. In key x 2 precedes 1, because a transaction read the one and then wrote the other, but by"
            + " other transactions the second precedes the first.",
        findings[0].all().getFirst().proof());
  }

  @Test
  void nothingPrecedesTheInitialState() {
    Findings[] findings = new Findings[1];
    VersionOrders orders = orders(sequential("p0 wx1", "p0 rx_"), findings);
    orders.admit(VersionSource.PROCESS, VersionSource.CYCLIC);
    assertEquals(0, orders.admitted().count());
    assertEquals(
        "cyclic-versions. In key x 1 precedes the initial state, because one process saw or made them in that"
            + " order, but nothing precedes the initial state.",
        findings[0].all().getFirst().proof());
  }

  @Test
  void manyTouchesKeepTheirPlaces() {
    String[] transactions =
        IntStream.range(0, 500)
            .mapToObj(i -> "p0 rx=" + (i + 1) + " wx" + (i + 2))
            .toArray(String[]::new);
    Touches touches = touches(sequential(transactions));
    assertEquals(500, touches.count());
    assertEquals(499, touches.by(touches.from(499)));
    assertEquals("500", touches.words(touches.found(touches.from(499))));
    assertEquals("501", touches.words(touches.left(touches.from(499))));
    assertEquals(500, touches.until(499));
  }

  @Test
  void onlyTheFirstReadAndTheLastWriteShowOutside() {
    Touches touches = touches(concurrent("rx=1 wx2 rx=2 wx3", "wy1 ry=1", "info rz_ wz1"));
    assertEquals(3, touches.count());
    assertEquals("1", touches.words(touches.found(0)));
    assertEquals("3", touches.words(touches.left(0)));
    assertEquals(Touches.NO_VERSION, touches.found(1));
    assertEquals("1", touches.words(touches.left(1)));
    assertEquals(Touches.NO_VERSION, touches.found(2));
    assertEquals("the initial state", touches.words(touches.initial(2)));
    assertEquals(2, touches.keyOf(touches.initial(2)));
    assertEquals(0, touches.keyOf(touches.found(0)));
  }

  @Test
  void edgesFollowTheVersions() {
    assertEquals(
        List.of("0 -rw-> 1", "1 -wr-> 2", "1 -ww-> 3", "2 -rw-> 3"),
        edges(sequential("rx_", "wx1", "rx=1", "wx2"), "linearizable-keys?"));
    assertEquals(
        List.of("0 -rw-> 1", "0 -rw-> 3", "1 -wr-> 2"),
        edges(sequential("rx_", "wx1", "rx=1", "wx2"), ""));
  }

  @Test
  void processesAndKeysHaveOrdersOfTheirOwn() {
    String keys = "sequential-keys?";
    assertEquals(List.of(), edges(sequential("p0 wx1", "p1 wx2"), keys));
    assertEquals(List.of(), edges(sequential("p0 wx1", "p0 wy1"), keys));
    assertEquals(List.of("1 -ww-> 2"), edges(sequential("p0 wx1", "p1 wx2", "p1 wx3"), keys));
  }

  @Test
  void versionsWithOnePredecessorOrOneSuccessorInCommonAreDifferentPairs() {
    assertEquals(
        List.of("1<2", "1<3"),
        steps(concurrent("wx1", "rx=1 wx2", "rx=1 wx3"), VersionSource.WRITES_FOLLOW_READS));
    assertEquals(
        List.of("1<3", "2<3"),
        steps(sequential("p0 wx1", "p1 wx2", "p0 wx3", "p1 rx=3"), VersionSource.PROCESS));
  }

  @Test
  void initialStatePrecedesWhatFollowsAWriteThatFailed() {
    assertEquals(
        List.of("0 -rw-> 1"), edges(concurrent("rx_", "fail wx1", "rx=1 wx2"), "wfr-keys?"));
  }

  @Test
  void proofsSayWhichVersionsTheyMean() {
    proves(
        "T1 < T2, because it read key x as the initial state, which precedes 2, which the other wrote: the initial"
            + " state precedes every write (rw)",
        concurrent("rx_ ry=1", "wy1 wx2"),
        "");
    proves(
        "because it wrote 1 to key y, which the other read (wr)",
        concurrent("rx_ ry=1", "wy1 wx2"),
        "");
    proves(
        "because it wrote key y as 1, which precedes 2, which the other wrote: a transaction read the one and then"
            + " wrote the other (ww)",
        concurrent("wy1 rz=1", "ry=1 wx1 wy2 wz1"),
        "wfr-keys?");
    proves(
        "the transaction at index 5 read key x as 1 after 2.",
        concurrent("wx1", "wy1 ry=1", "wx2 rx=1"),
        "");
    proves(
        "the transaction at index 3 read key x as 1, whose write failed at index 2.",
        concurrent("fail wx1", "rx=1"),
        "");
    proves(
        "the transaction at index 3 read key x as 1, an intermediate state of the transaction at index 2.",
        concurrent("wx1 wx2", "rx=1"),
        "");
    proves(
        "the transaction at index 3 read key x as 7, which nobody wrote.",
        concurrent("wx1", "rx=7"),
        "");
    proves(
        "The transactions at index 6 and 7 both read the same version of key x and then wrote it.",
        concurrent("wx1 wy1", "ry=1", "rx=1 wx2", "rx=1 wx3"),
        "");
  }

  @Test
  void refusesValuesWrittenTwiceAndStepsOfLists() {
    for (History history :
        List.of(
            concurrent("wx1", "wx1", "rx=1"),
            concurrent("wx1", "fail wx1", "rx=1"),
            concurrent("wx1", "rx=1", "rx[1]"))) {
      assertEquals(Verdict.Outcome.UNKNOWN, check(history, "").outcome());
    }
  }

  private static void proves(String words, History history, String option) {
    List<String> proofs = check(history, option).anomalies().stream().map(Anomaly::proof).toList();
    assertTrue(proofs.stream().anyMatch(proof -> proof.contains(words)), proofs::toString);
  }

  private static Verdict check(History history, String option) {
    return TransactionChecker.check(
        new History("h", "rw-register", options(option), history.operations(), Map.of()),
        Model.SERIALIZABLE);
  }

  private static Map<String, JsonElement> options(String option) {
    return option.isEmpty() ? Map.of() : Map.of(option, new JsonPrimitive(true));
  }

  private static Touches touches(History history) {
    return new Touches(new Transactions(Journal.of(history.operations())));
  }

  private static VersionOrders orders(History history, Findings[] findings) {
    Journal journal = Journal.of(history.operations());
    Transactions transactions = new Transactions(journal);
    findings[0] = new Findings(journal);
    return new VersionOrders(transactions, new Touches(transactions), findings[0]);
  }

  private static List<String> steps(History history, VersionSource source) {
    VersionOrders orders = orders(history, new Findings[1]);
    orders.admit(source, VersionSource.CYCLIC);
    Touches touches = touches(history);
    VersionSteps steps = orders.admitted();
    return IntStream.range(0, steps.count())
        .mapToObj(i -> touches.words(steps.before(i)) + "<" + touches.words(steps.after(i)))
        .toList();
  }

  private static List<String> edges(History history, String option) {
    Transactions transactions = new Transactions(Journal.of(history.operations()));
    Edges edges = new Edges();
    new RwRegister(transactions, VersionSource.admitted(options(option))).infer(edges);
    Graph graph = edges.graph(transactions.count());
    return IntStream.range(0, graph.vertices())
        .boxed()
        .flatMap(v ->
            IntStream.range(graph.from(v), graph.until(v))
                .mapToObj(e -> v + " -" + Label.name(graph.mask(e)) + "-> " + graph.target(e)))
        .toList();
  }
}
