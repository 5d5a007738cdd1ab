package io.vxmeta.chaos.seeded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.vxmeta.chaos.cluster.ClusterPlan;
import io.vxmeta.chaos.cluster.ClusterView;
import io.vxmeta.chaos.cluster.Disks;
import io.vxmeta.chaos.cluster.ProcessCluster;
import io.vxmeta.client.ReadOptions;
import io.vxmeta.client.VxClient;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/// The power goes while a node is held at one named step of its work, and nothing acknowledged is
/// missing when it comes back.
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class PowerCutStepsIT {
  private static final Set<FailPoint> USUAL = EnumSet.of(FailPoint.AFTER_VOTE);

  private static final Set<FailPoint> INSTALL =
      EnumSet.range(FailPoint.BEFORE_CHUNK, FailPoint.AFTER_RELOAD);

  /// Longer than anything here takes: the node is cut off long before.
  private static final FailPoints.Pause HELD = new FailPoints.Pause(600_000);

  private static final String WITNESS = "unflushed";
  private static final String VOTE = "raft-meta";

  @TempDir Path folder;

  @Test
  void nothingAcknowledgedIsLostWhenThePowerGoesAtAStep() throws Exception {
    Optional<String> impossible = LoneNode.whyNot();
    assumeTrue(impossible.isEmpty(), () -> impossible.orElse(""));
    try (LoneNode lone = LoneNode.start(folder)) {
      for (FailPoint point : Boolean.getBoolean("vx.long") ? LoneNode.STEPS : USUAL) {
        Map<Path, String> before = votes(lone);
        lone.leadTo(point, HELD);
        lone.cluster().freeze(lone.node());
        Map<Path, String> stored = votes(lone);
        cutPower(lone.cluster(), lone.node());
        if (point == FailPoint.AFTER_VOTE) {
          assertNotTakenBack(before, stored, votes(lone));
        }
        lone.startAgain();
        lone.assertWhole();
        System.out.println("power cut outlived: " + point.place());
      }
    }
  }

  /// A follower that was away too long is held at a step of its install.
  @EnabledIfSystemProperty(
      named = "vx.long",
      matches = "true",
      disabledReason = "PowerLossIT cuts the power of nodes that catch up")
  @Test
  void aFollowerIsWholeWhenThePowerGoesAtAStepOfItsInstall() throws Exception {
    Optional<String> impossible = LoneNode.whyNot();
    assumeTrue(impossible.isEmpty(), () -> impossible.orElse(""));
    Arena arena = new Arena(folder, Optional.empty(), new Random(1));
    try (ProcessCluster cluster =
            arena.start(
                ClusterPlan.small(Arena.NAME, folder).on(ClusterPlan.Storage.OWN_DISKS),
                Tuning.SHORT_LOG);
        VxClient client = arena.connect(cluster)) {
      ClusterView view = new ClusterView(client);
      view.awaitCaughtUp(cluster.nodes().size(), Arena.PATIENCE);
      Registers registers = Registers.small(client);
      long number = 0;
      for (FailPoint point : INSTALL) {
        registers.write(0, ++number);
        NodeId leader = view.awaitLeader(Arena.GROUP, Arena.PATIENCE).node();
        NodeId follower = arena.other(cluster, leader);
        cluster.kill(follower);
        FailPointScenarios.fallBehind(client, cluster, follower);
        registers.write(0, ++number);
        int before = FailPoints.hits(cluster.folder(follower)).size();
        FailPoints.arm(cluster.folder(follower), point, HELD);
        cluster.launch(follower);
        Arena.await(
            "a follower that comes to " + point.place(), () -> hits(cluster, follower) > before);
        cluster.freeze(follower);
        cutPower(cluster, follower);
        registers.write(0, ++number);
        cluster.startAll();
        view.awaitCaughtUp(cluster.nodes().size(), Arena.PATIENCE);
        registers.read(0, ReadOptions.linearizable().at(follower));
        assertTrue(view.disagreements().isEmpty(), () -> view.disagreements().toString());
        System.out.println("power cut outlived: " + point.place());
      }
      assertEquals(Finding.NONE, registers.judge());
    }
  }

  private static int hits(ProcessCluster cluster, NodeId node) {
    try {
      return FailPoints.hits(cluster.folder(node)).size();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read what a fail point did: node=" + node, e);
    }
  }

  /// Of a frozen node; what it had not flushed is gone.
  private static void cutPower(ProcessCluster cluster, NodeId node) throws Exception {
    Disks disks = cluster.disks().orElseThrow();
    Path witness = disks.mountPoint(node).resolve(WITNESS);
    Files.writeString(witness, "written, never flushed");
    disks.cutPower(node);
    cluster.kill(node);
    disks.restorePower(node);
    assertTrue(!Files.exists(witness) || Files.size(witness) == 0, "the cut flushed " + witness);
    boolean _ = Files.deleteIfExists(witness);
  }

  /// The vote that was stored when the node was held; the other group's may just have been on its
  /// way.
  private static void assertNotTakenBack(
      Map<Path, String> before, Map<Path, String> stored, Map<Path, String> after) {
    assertTrue(
        stored.entrySet().stream()
            .filter(vote -> !vote.getValue().equals(before.get(vote.getKey())))
            .anyMatch(vote -> vote.getValue().equals(after.get(vote.getKey()))),
        () -> "before=" + before + " stored=" + stored + " after=" + after);
  }

  /// The text of each group's vote file.
  private static Map<Path, String> votes(LoneNode lone) throws IOException {
    Map<Path, String> votes = new TreeMap<>();
    try (Stream<Path> all = Files.walk(lone.cluster().data(lone.node()).resolve("raft"))) {
      for (Path file : all.filter(each -> each.endsWith(VOTE)).toList()) {
        votes.put(file, Files.readString(file));
      }
    }
    assertTrue(!votes.isEmpty(), "expected vote files; node=" + lone.node());
    return votes;
  }
}
