package io.vxmeta.chaos.nemesis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.chaos.cluster.ClusterView;
import io.vxmeta.chaos.cluster.NodeStopped;
import io.vxmeta.chaos.cluster.ShellCluster;
import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.VxClient;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// How nodes may end under a fault, and that any other end of them is told.
class DowntimeTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String ROOM = "No space left";

  @TempDir Path folder;

  private ShellCluster cluster;
  private VxClient client;
  private NodeId node;
  private Downtime downtime;
  private Battlefield field;

  @BeforeEach
  void start() throws IOException {
    cluster = ShellCluster.start(folder, 2);
    client = VxClient.connect(ClientConfig.of("127.0.0.1:1"));
    field = new Battlefield(cluster, new ClusterView(client));
    node = field.claim(new Random(1)).orElseThrow();
    downtime = new Downtime(field, List.of(node));
  }

  @AfterEach
  void close() {
    cluster.close();
    client.close();
  }

  /// One misdeed, with the exit code and the last words.
  private static void assertMisdeed(Evidence evidence, String... words) {
    assertEquals(1, evidence.misdeeds().size(), () -> "misdeeds: " + evidence.misdeeds());
    for (String word : words) {
      assertTrue(evidence.misdeeds().getFirst().contains(word), evidence.misdeeds()::getFirst);
    }
  }

  @Test
  void aKilledNodeIsEvidenceAndNoMisdeed() throws Exception {
    downtime.kill();
    Evidence evidence = downtime.back();
    assertTrue(evidence.bit(), evidence::facts);
    assertEquals(List.of(), evidence.misdeeds());
    assertEquals(2, field.free().size(), "the node is given back, and runs");
  }

  @Test
  void aNodeThatEndedBeforeItWasKilledIsAMisdeed() throws Exception {
    cluster.end(node, 70);
    downtime.kill();
    Evidence evidence = downtime.back();
    assertMisdeed(evidence, node.value(), "exit_code=70", "the last words of " + node);
    assertFalse(evidence.bit(), evidence::facts);
  }

  @Test
  void aNodeFoundDownThatNobodyEndedIsAMisdeed() throws Exception {
    downtime.note(true, "the clock jumped");
    cluster.end(node, 134);
    Evidence evidence = downtime.back();
    assertMisdeed(evidence, "exit_code=134", "allowed=[]");
    assertTrue(evidence.bit(), "that the fault bit is another matter");
  }

  @Test
  void aNodeMayStopItselfWhereThatIsAllowed() throws Exception {
    downtime.allow(node, Downtime.FAIL_STOP);
    cluster.end(node, 70);
    assertTrue(downtime.hasEnded(node, PATIENCE));
    assertEquals(List.of(), downtime.back().misdeeds());
  }

  @Test
  void anotherExitCodeThanAllowedIsAMisdeed() throws Exception {
    downtime.allow(node, Downtime.FAIL_STOP);
    cluster.end(node, 1);
    assertTrue(downtime.hasEnded(node, PATIENCE));
    assertMisdeed(downtime.back(), "exit_code=1 allowed=[70]");
  }

  @Test
  void whatWasAllowedEndsWithTheNextStart() throws Exception {
    downtime.kill();
    downtime.launch(node);
    cluster.kill(node); // As the kernel would that runs out of memory.
    assertMisdeed(downtime.back(), "exit_code=137 allowed=[]");
  }

  @Test
  void killingANodeAgainTellsWhetherItStillRan() throws Exception {
    assertTrue(downtime.killAgain(node));
    downtime.launch(node);
    cluster.end(node, 3);
    assertFalse(downtime.killAgain(node));
    assertMisdeed(downtime.back(), "exit_code=3");
  }

  @Test
  void aNodeThatIsAskedToStopMustEndWithZero() throws Exception {
    downtime.stop();
    assertEquals(List.of(), downtime.back().misdeeds());
  }

  @Test
  void aNodeThatStopsWithAnotherCodeIsAMisdeed() throws Exception {
    cluster.stopsWith(node, 70);
    downtime.stop();
    Evidence evidence = downtime.back();
    assertMisdeed(evidence, "exit_code=70 allowed=[0]");
    assertTrue(evidence.bit(), "it was stopped all the same");
  }

  @Test
  void aNodeThatStopsForWantOfRoomMustSaySo() throws Exception {
    NodeLog log = NodeLog.fromNow(cluster, node);
    downtime.allow(node, Downtime.FAIL_STOP);
    cluster.log(node, "java.io.IOException: No space left on device");
    cluster.end(node, 70);
    downtime.noteWant(node, "room", log, false, ROOM);
    Evidence evidence = downtime.back();
    assertEquals(List.of(), evidence.misdeeds());
    assertTrue(evidence.bit(), evidence::facts);
  }

  @Test
  void aNodeThatStopsForAnotherReasonThanTheFaultIsAMisdeed() throws Exception {
    NodeLog log = NodeLog.fromNow(cluster, node);
    downtime.allow(node, Downtime.FAIL_STOP);
    cluster.log(node, "vxmeta: fatal: the state is wrong");
    cluster.end(node, 70);
    downtime.noteWant(node, "room", log, false, ROOM);
    Evidence evidence = downtime.back();
    assertMisdeed(evidence, "not for want of room", "the last words of " + node);
    assertFalse(evidence.bit(), "nothing shows that the disk was full");
  }

  @Test
  void aNodeThatRunsOnAndSaysNothingProvesNothing() throws Exception {
    downtime.noteWant(node, "room", NodeLog.fromNow(cluster, node), false, ROOM);
    Evidence evidence = downtime.back();
    assertFalse(evidence.bit(), evidence::facts);
    assertEquals(List.of(), evidence.misdeeds());
  }

  @Test
  void misdeedsOfPartsAreKept() throws Exception {
    downtime.note(Evidence.bit("frozen").withMisdeed("it thawed by itself"));
    assertEquals(List.of("it thawed by itself"), downtime.back().misdeeds());
  }

  // ---- what breaks on the way

  @Test
  void aNodeThatStopsLateStoppedAllTheSame() throws Exception {
    cluster.endsLate(node, 0);
    downtime.stop();
    Evidence evidence = downtime.back();
    assertEquals(List.of(), evidence.misdeeds());
    assertTrue(evidence.bit(), evidence::facts);
  }

  @Test
  void aNodeThatMayEndAndDoesSoOnItsWayBackIsStartedOnceMore() throws Exception {
    downtime.allow(node, Downtime.FAIL_STOP);
    cluster.endsLate(node, 70);
    assertEquals(List.of(), downtime.back().misdeeds());
    assertEquals(2, field.free().size(), "it runs");
  }

  @Test
  void anotherEndOnTheWayBackThanIsAllowedIsAMisdeed() throws Exception {
    downtime.allow(node, Downtime.FAIL_STOP);
    cluster.endsLate(node, 1);
    assertMisdeed(downtime.back(), "exit_code=1 allowed=[70]");
  }

  @Test
  void aNodeThatMustRunAndEndsOnItsWayBackIsTold() {
    cluster.endsLate(node, 70);
    NodeStopped stopped = assertThrows(NodeStopped.class, downtime::back);
    assertEquals(OptionalInt.of(70), stopped.exitCode());
  }

  @Test
  void nodesAreGivenBackWhateverBreaksBefore() {
    downtime.kill();
    List<NodeId> undone = new ArrayList<>();
    IOException first =
        assertThrows(
            IOException.class,
            () ->
                downtime.backAfter(
                    () -> {
                      throw new IOException("the disk");
                    },
                    Downtime.each(cluster.nodes(), undone::add),
                    () -> {
                      throw new IllegalStateException("the tracer");
                    }));
    assertEquals("the disk", first.getMessage());
    assertEquals("the tracer", first.getSuppressed()[0].getMessage());
    assertEquals(cluster.nodes(), undone);
    assertEquals(2, field.free().size(), "it runs");
  }

  @Test
  void aNodeThatCanNotBeStartedLeavesNoOtherDown() {
    Downtime both = new Downtime(field, cluster.nodes());
    both.kill();
    cluster.doesNotLaunch(cluster.nodes().getFirst());
    assertThrows(IOException.class, both::back);
    assertTrue(cluster.isReady(cluster.nodes().getLast()));
  }

  @Test
  void aFaultThatFailsHalfwayIsUndone() {
    downtime.kill();
    List<String> undone = new ArrayList<>();
    IOException failure =
        assertThrows(
            IOException.class,
            () ->
                downtime.inflict(
                    () -> {
                      throw new IOException("no room");
                    },
                    () -> undone.add("the filler")));
    assertEquals("no room", failure.getMessage());
    assertEquals(List.of("the filler"), undone);
    assertEquals(2, field.free().size(), "it runs");
  }

  @Test
  void aFaultThatSucceedsIsNotUndone() throws Exception {
    String done =
        downtime.inflict(
            () -> "inflicted",
            () -> {
              throw new IOException("undone");
            });
    assertEquals("inflicted", done);
    assertTrue(field.claimed(node));
  }
}
