package io.vxmeta.chaos.seeded;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.vxmeta.chaos.cluster.ClusterPlan;
import io.vxmeta.chaos.cluster.ClusterView;
import io.vxmeta.chaos.cluster.ProcessCluster;
import io.vxmeta.chaos.host.Filler;
import io.vxmeta.client.CallFailed;
import io.vxmeta.client.ReadOptions;
import io.vxmeta.client.VxClient;
import io.vxmeta.client.grpc.ErrorReason;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/// A disk gets full just where a node is about to write: the node refuses what needs room, or stops
/// itself and says why; it loses nothing it acknowledged, and goes on when there is room again.
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class FullDiskIT {
  /* Real disks, really full: at the fail point the node itself takes the last page of its file system, then goes on to the write.
   * One cluster is led to all points in turn, in a usual run to a few of them. */

  private static final Set<FailPoint> USUAL =
      EnumSet.of(FailPoint.BEFORE_VOTE, FailPoint.BEFORE_MANIFEST);
  private static final Set<FailPoint> INSTALL =
      EnumSet.range(FailPoint.BEFORE_CHUNK, FailPoint.AFTER_RELOAD);

  /// As a node that protects its data, or as one that could not start: a vote is given while other
  /// groups of the node may still be restored.
  private static final Set<Integer> ENDS = Set.of(70, 1);

  /// What is under way when the room comes back may end a node once more.
  private static final int STARTS_MAX = 2;

  private static final String NO_ROOM = "No space left on device";

  @TempDir Path folder;

  @BeforeAll
  static void requireDisks() {
    Optional<String> impossible = LoneNode.whyNot();
    assumeTrue(impossible.isEmpty(), () -> impossible.orElse(""));
  }

  @Test
  void nodeOutlivesAFullDiskAtEachOfItsWrites() throws Exception {
    try (LoneNode lone = LoneNode.start(folder)) {
      Path filler = lone.disks().mountPoint(lone.node()).resolve("filler");
      for (FailPoint point : Boolean.getBoolean("vx.long") ? LoneNode.STEPS : USUAL) {
        lone.leadTo(point, new FailPoints.Fill(filler));
        assertRefusesOrEnds(lone);
        Files.delete(filler);
        comeBack(lone);
        lone.assertWhole();
        System.out.println("full disk outlived: " + point.place());
      }
      lone.cluster().kill(lone.node());
      Filler.fill(filler);
      lone.cluster().launch(lone.node());
      assertRefusesOrEnds(lone);
      Files.delete(filler);
      comeBack(lone);
      lone.assertWhole();
    }
  }

  private static void assertRefusesOrEnds(LoneNode lone) {
    Arena.await(
        "a node without room that refuses writes, or has ended",
        () -> !lone.isRunning() || lone.refusesWrites());
    Arena.await(
        "reads that go on, or a node that has ended",
        () -> !lone.isRunning() || lone.answersReads());
    Optional<CallFailed> refused = lone.snapshot();
    if (refused.isPresent() && !refused.get().is(ErrorReason.DISK_FULL)) {
      Arena.await(
          "a node whose end explains why it said: " + refused.get().text(),
          () -> !lone.isRunning());
    }
  }

  private static void comeBack(LoneNode lone) throws Exception {
    for (int start = 0; start <= STARTS_MAX; start++) {
      Arena.await(
          "a node with room that takes writes, or has ended",
          () -> !lone.isRunning() || lone.takesWrites());
      Arena.await(
          "leaders of all groups, or a node that has ended",
          () -> !lone.isRunning() || lone.leadsAll());
      if (lone.isRunning()) {
        return;
      }
      requireSaidWhy(lone.cluster(), lone.node());
      lone.startAgain();
    }
    throw new IllegalStateException("expected a node that goes on with room: " + log(lone));
  }

  private static String log(LoneNode lone) throws IOException {
    return Files.readString(lone.folder().resolve("node.log"));
  }

  private static void requireSaidWhy(ProcessCluster cluster, NodeId node) throws IOException {
    int code = cluster.process(node).exit().join();
    String log = Files.readString(cluster.folder(node).resolve("node.log"));
    assertTrue(ENDS.contains(code), () -> "exit_code=" + code + "\n" + log);
    assertTrue(log.contains(NO_ROOM), log);
  }

  @Test
  @EnabledIfSystemProperty(
      named = "vx.long",
      matches = "true",
      disabledReason = "TightDiskIT fetches snapshots without room outside a long run")
  void followerWithoutRoomForASnapshotKeepsWhatItHas() throws Exception {
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
        Path filler = cluster.disks().orElseThrow().mountPoint(follower).resolve("filler");
        cluster.kill(follower);
        FailPointScenarios.fallBehind(client, cluster, follower);
        registers.write(0, ++number);
        int before = FailPoints.hits(cluster.folder(follower)).size();
        Path filled = cluster.folder(follower).resolve(FailPoints.FILLED);
        Files.deleteIfExists(filled);
        FailPoints.arm(cluster.folder(follower), point, new FailPoints.Fill(filler));
        cluster.launch(follower);
        Arena.await(
            "a follower that comes to " + point.place(), () -> hits(cluster, follower) > before);
        // A node that ends for want of room may do so before the last byte is gone.
        Arena.await(
            "a full disk, or a node that ended of it",
            () -> Files.exists(filled) || !cluster.isRunning(follower));
        if (point == FailPoint.BEFORE_CHUNK) {
          Arena.await("a fetch that found no room", () -> saysNoRoom(cluster, follower));
        }
        registers.write(0, ++number);
        Files.deleteIfExists(filler);
        comeBack(cluster, registers, follower);
        view.awaitCaughtUp(cluster.nodes().size(), Arena.PATIENCE);
        assertTrue(view.disagreements().isEmpty(), () -> view.disagreements().toString());
        System.out.println("full disk outlived: " + point.place());
      }
      Finding finding = registers.judge();
      assertTrue(finding.equals(Finding.NONE), finding::toString);
    }
  }

  private static int hits(ProcessCluster cluster, NodeId node) {
    try {
      return FailPoints.hits(cluster.folder(node)).size();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read what a fail point did: node=" + node, e);
    }
  }

  private static boolean saysNoRoom(ProcessCluster cluster, NodeId node) {
    try {
      return Files.readString(cluster.folder(node).resolve("node.log")).contains(NO_ROOM);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the log: node=" + node, e);
    }
  }

  private static void comeBack(ProcessCluster cluster, Registers registers, NodeId follower)
      throws Exception {
    for (int start = 0; start <= STARTS_MAX; start++) {
      Arena.await(
          "a follower that has caught up, or has ended",
          () -> !cluster.isRunning(follower) || reads(registers, follower));
      if (cluster.isRunning(follower)) {
        return;
      }
      requireSaidWhy(cluster, follower);
      cluster.startAll();
    }
    throw new IllegalStateException(
        "expected a follower that goes on with room: " + cluster.lastWords(follower));
  }

  private static boolean reads(Registers registers, NodeId follower) {
    return registers
        .readAsync(0, ReadOptions.linearizable().at(follower).within(Duration.ofSeconds(2)))
        .handle((_, noAnswer) -> noAnswer == null)
        .join();
  }
}
