package io.vxmeta.chaos.nemesis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.chaos.cluster.ClusterView;
import io.vxmeta.chaos.cluster.NodeStopped;
import io.vxmeta.chaos.cluster.ShellCluster;
import io.vxmeta.chaos.cluster.Surroundings;
import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.VxClient;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What single faults make of nodes that behave well, and badly.
class JudgementTest {
  private static final Surroundings STRANGE = Surroundings.run("env", "X=1");

  @TempDir Path folder;

  private ShellCluster cluster;
  private VxClient client;
  private Battlefield field;
  private NodeId node;

  @BeforeEach
  void start() throws IOException {
    cluster = ShellCluster.start(folder, 1);
    client = VxClient.connect(ClientConfig.of("127.0.0.1:1"));
    field = new Battlefield(cluster, new ClusterView(client));
    node = cluster.nodes().getFirst();
  }

  @AfterEach
  void close() {
    cluster.close();
    client.close();
  }

  private static void assertMisdeed(Evidence evidence, String word) {
    assertEquals(1, evidence.misdeeds().size(), () -> "misdeeds: " + evidence.misdeeds());
    assertTrue(evidence.misdeeds().getFirst().contains(word), evidence.misdeeds()::getFirst);
  }

  private Injury inflict(String fault) throws Exception {
    return Faults.named(fault).inflict(field, new Random(1)).orElseThrow();
  }

  // ---- strange surroundings

  private Relaunch relaunch() {
    node = field.claim(new Random(1)).orElseThrow();
    return new Relaunch(field, node);
  }

  @Test
  void aNodeThatLivesInStrangeSurroundingsIsBackInTheUsualOnes() throws Exception {
    Relaunch relaunch = relaunch();
    relaunch.into(STRANGE);
    assertEquals(STRANGE, cluster.surroundings(node));
    Evidence evidence = relaunch.back(() -> Evidence.bit("jumps=1"));
    assertEquals(List.of(), evidence.misdeeds());
    assertTrue(evidence.bit(), evidence::facts);
    assertEquals(Surroundings.USUAL, cluster.surroundings(node));
  }

  @Test
  void aNodeThatDiesInSurroundingsItMustEndureIsAMisdeed() throws Exception {
    Relaunch relaunch = relaunch();
    relaunch.into(STRANGE);
    cluster.end(node, 134);
    assertMisdeed(relaunch.back(() -> Evidence.bit("jumps=1")), "exit_code=134");
  }

  @Test
  void aNodeThatDoesNotStartInSurroundingsItMustEndureIsTold() {
    Relaunch relaunch = relaunch();
    cluster.startsInto(node, 1);
    NodeStopped stopped = assertThrows(NodeStopped.class, () -> relaunch.into(STRANGE));
    assertEquals(OptionalInt.of(1), stopped.exitCode());
    assertEquals(Surroundings.USUAL, cluster.surroundings(node));
    assertEquals(List.of(node), field.free(), "it was started again, as usual");
  }

  @Test
  void aNodeThatCanNotBeStartedInHardshipIsBackInTheUsualSurroundings() {
    Relaunch relaunch = relaunch();
    cluster.doesNotLaunch(node);
    assertThrows(IOException.class, () -> relaunch.intoHardship(STRANGE, 137, 70));
    assertEquals(Surroundings.USUAL, cluster.surroundings(node));
    assertEquals(List.of(node), field.free(), "it was started again, as usual");
  }

  @Test
  void aProofThatFailsLeavesNobodyInStrangeSurroundings() throws Exception {
    Relaunch relaunch = relaunch();
    relaunch.into(STRANGE);
    IOException failure =
        assertThrows(
            IOException.class,
            () ->
                relaunch.back(() -> {
                  throw new IOException("its dump can not be read");
                }));
    assertEquals("its dump can not be read", failure.getMessage());
    assertEquals(Surroundings.USUAL, cluster.surroundings(node));
    assertEquals(List.of(node), field.free());
  }

  @Test
  void aNodeMayBeKilledInHardship() throws Exception {
    Relaunch relaunch = relaunch();
    cluster.startsInto(node, 137);
    assertFalse(relaunch.intoHardship(STRANGE, 137, 70), "it did not get ready");
    assertEquals(List.of(), relaunch.back(() -> Evidence.bit("oom_kills=1")).misdeeds());
  }

  @Test
  void aNodeMayNotFailInHardshipInAnyOtherWay() throws Exception {
    Relaunch relaunch = relaunch();
    cluster.startsInto(node, 139);
    assertFalse(relaunch.intoHardship(STRANGE, 137, 70), "it did not get ready");
    assertMisdeed(relaunch.back(() -> Evidence.bit("oom_kills=0")), "exit_code=139");
  }

  // ---- spoiled files

  private Injury spoil() throws Exception {
    node = field.claim(new Random(1)).orElseThrow();
    Path file = Files.writeString(folder.resolve("spoiled"), "x");
    Path original = Files.writeString(folder.resolve("original"), "y");
    Rot.Spoiled spoiled = new Rot.Spoiled(file, original, "changed");
    return Rot.spoil(field, node, () -> Optional.of(spoiled)).orElseThrow();
  }

  @Test
  void aNodeThatNoticesASpoiledFileMayRepairItself() throws Exception {
    Injury injury = spoil();
    cluster.log(node, "WARN not using damaged snapshot " + folder);
    Evidence evidence = injury.mend();
    assertEquals(List.of(), evidence.misdeeds());
    assertTrue(evidence.bit(), evidence::facts);
  }

  @Test
  void aNodeThatDoesNotNoticeASpoiledFileIsAMisdeed() throws Exception {
    assertMisdeed(spoil().mend(), "did not notice");
  }

  @Test
  void damageElsewhereIsNotNoticingTheSpoiledFile() throws Exception {
    Injury injury = spoil();
    cluster.log(node, "WARN not using damaged snapshot /elsewhere/00000000000000000007");
    assertMisdeed(injury.mend(), "did not notice");
  }

  @Test
  void aNodeMayRefuseASpoiledFile() throws Exception {
    cluster.startsInto(node, 1);
    Injury injury = spoil();
    cluster.log(node, "vxmeta: error: the log is damaged: file=" + folder.resolve("next"));
    assertEquals(List.of(), injury.mend().misdeeds());
    assertEquals("y", Files.readString(folder.resolve("spoiled")), "the file is put right");
  }

  @Test
  void aNodeThatCrashesOverASpoiledFileIsAMisdeed() throws Exception {
    cluster.startsInto(node, 139);
    Injury injury = spoil();
    cluster.log(node, "WARN not using damaged snapshot " + folder);
    assertMisdeed(injury.mend(), "exit_code=139");
  }

  @Test
  void aNodeWhoseFileCanNotBeSpoiledIsStartedAgain() {
    node = field.claim(new Random(1)).orElseThrow();
    IOException failure =
        assertThrows(
            IOException.class,
            () ->
                Rot.spoil(
                    field,
                    node,
                    () -> {
                      throw new IOException("no room for a copy");
                    }));
    assertEquals("no room for a copy", failure.getMessage());
    assertEquals(List.of(node), field.free());
  }

  @Test
  void onlyAFileWithSomethingInItCanBeSpoiled() throws Exception {
    Path empty = Files.createFile(folder.resolve("log_inprogress_1"));
    Path full = Files.writeString(folder.resolve("log_inprogress_2"), "x");
    for (int seed = 0; seed < 8; seed++) {
      assertEquals(Optional.of(full), Rot.any(List.of(empty, full), new Random(seed)));
    }
    assertEquals(Optional.empty(), Rot.any(List.of(empty), new Random(1)));
  }

  @Test
  void aNodeThatDiesLaterOfSomethingElseDidNotNotice() throws Exception {
    Injury injury = spoil();
    cluster.end(node, 70);
    assertMisdeed(injury.mend(), "did not notice");
  }

  // ---- starts, pauses, clocks

  @Test
  void aNodeThatEndsWhileItStartsIsTold() throws Exception {
    cluster.startsInto(node, 2);
    Injury injury = inflict("kill-during-startup");
    NodeStopped stopped = assertThrows(NodeStopped.class, injury::mend);
    assertEquals(OptionalInt.of(2), stopped.exitCode());
  }

  @Test
  void aNodeThatStartsSlowlyIsKilledMeanwhile() throws Exception {
    Evidence evidence = inflict("kill-during-startup").mend();
    assertEquals(List.of(), evidence.misdeeds());
    assertTrue(evidence.bit(), evidence::facts);
  }

  @Test
  void aNodeThatDoesNotComeBackInARestartLoopIsTold() throws Exception {
    cluster.startsInto(node, 1);
    NodeStopped stopped = assertThrows(NodeStopped.class, () -> inflict("restart-loop").mend());
    assertEquals(OptionalInt.of(1), stopped.exitCode());
    assertEquals(List.of(node), field.free(), "the next fault finds it running");
  }

  @Test
  void aFrozenNodeThatDiesIsAMisdeed() throws Exception {
    Injury injury = inflict("pause-majority");
    cluster.kill(node);
    assertMisdeed(injury.mend(), "exit_code=137");
  }

  @Test
  void pausesLastFromATenthOfASecondToAMinuteAndMostOfThemAreShort() {
    Random random = new Random(1);
    List<Integer> doses = Stream.generate(() -> Pauses.dose(random)).limit(1_000).toList();
    assertTrue(doses.stream().allMatch(ms -> ms >= 100 && ms <= 60_000), doses::toString);
    assertTrue(doses.stream().filter(ms -> ms < 10_000).count() > 500, "most are short");
    assertTrue(doses.stream().anyMatch(ms -> ms > 45_000), "some are long");
  }

  // ---- storms

  @Test
  void whatIsGrantedAndChangesNothingIsNoEvidence() throws Exception {
    Queue<Boolean> answers = new ConcurrentLinkedQueue<>(List.of(false, false, true));
    RaftStorms.Storm storm =
        new RaftStorms.Storm(_ -> Boolean.TRUE.equals(answers.poll()), new Random(1));
    Evidence evidence = storm.rage("leader-storm").mend();
    assertTrue(evidence.bit(), evidence::facts);
    assertTrue(evidence.facts().contains("changed=1"), evidence::facts);
  }

  // ---- what the kernel tells

  @Test
  void aFlushBelongsToTheFileItBeganWith() {
    assertEquals(
        List.of(
            "12 fsync(7</d/MANIFEST>) = -1 EIO (Input/output error) (INJECTED)",
            "11 fdatasync(5</d/log_inprogress_0> <unfinished ...>"
                + "11 <... fdatasync resumed>) = -1 EIO (Input/output error) (INJECTED)"),
        Tracer.calls(
            List.of(
                "11 fdatasync(5</d/log_inprogress_0> <unfinished ...>",
                "12 fsync(7</d/MANIFEST>) = -1 EIO (Input/output error) (INJECTED)",
                "11 <... fdatasync resumed>) = -1 EIO (Input/output error) (INJECTED)")));
  }

  @Test
  void theKernelTellsHowManyItKilled() {
    assertEquals(2, Shortages.oomKills("oom_kill_disable 0\nunder_oom 0\noom_kill 2\n"));
  }

  @Test
  void aNodeThatAppliesOnLooksAtItsTables() {
    assertTrue(LostPages.isFurther(OptionalLong.of(10), OptionalLong.of(60)));
    assertFalse(LostPages.isFurther(OptionalLong.of(10), OptionalLong.of(59)));
    assertFalse(LostPages.isFurther(OptionalLong.of(10), OptionalLong.empty()));
    assertFalse(LostPages.isFurther(OptionalLong.empty(), OptionalLong.of(60)));
  }
}
