package io.vxmeta.chaos.seeded;

import io.vxmeta.chaos.cluster.ClusterPlan.Wiring;
import io.vxmeta.chaos.cluster.ClusterView;
import io.vxmeta.chaos.cluster.ClusterView.Disagreement;
import io.vxmeta.chaos.cluster.ProcessCluster;
import io.vxmeta.client.BulkWriter;
import io.vxmeta.client.Bytes;
import io.vxmeta.client.CallFailed;
import io.vxmeta.client.ReadOptions;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.VxClient;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/// A node dies exactly at a durability edge, comes back, and nothing acknowledged is missing.
final class FailPointScenarios {
  private static final int REGISTERS = 10;
  private static final int FILLERS = 12;
  private static final Bytes FILLER = Bytes.utf8("x".repeat(8_000));

  /// So many writes, with a snapshot now and then, reach every point; one that is not reached is an
  /// error.
  private static final int STEPS_MAX = 400;

  private static final int STEPS_PER_SNAPSHOT = 8;
  private static final Duration DEADLINE = Duration.ofSeconds(4);

  private FailPointScenarios() {}

  static Scenario dyingAt(FailPoint point) {
    return switch (point) {
      case BEFORE_CHUNK,
          AFTER_CHUNK,
          BEFORE_INSTALL_PUBLISH,
          AFTER_INSTALL_PUBLISH,
          BEFORE_RELOAD,
          AFTER_RELOAD ->
          arena -> followerDiesAt(point, arena);
      default -> arena -> onlyNodeDiesAt(point, arena);
    };
  }

  private static Finding onlyNodeDiesAt(FailPoint point, Arena arena) throws Exception {
    try (ProcessCluster cluster = arena.start(1, Wiring.DIRECT, Tuning.SHORT_LOG);
        VxClient client = arena.connect(cluster);
        VxClient impatient = arena.connect(cluster, DEADLINE)) {
      NodeId node = cluster.nodes().getFirst();
      ClusterView view = new ClusterView(client);
      view.awaitLeaders(Arena.PATIENCE);
      Registers registers = Registers.small(client);
      ExactlyOnce once = new ExactlyOnce(client, arena.random());
      once.addAgain();
      registers.write(0, 1);
      if (point == FailPoint.BEFORE_VOTE || point == FailPoint.AFTER_VOTE) {
        cluster.kill(node);
        FailPoints.arm(cluster.folder(node), point, new FailPoints.Halt());
        cluster.launch(node);
      } else {
        FailPoints.arm(cluster.folder(node), point, new FailPoints.Halt());
      }
      writeUntilDeath(cluster, node, registers, impatient);
      requireDeath(cluster, node, point);
      cluster.startAll();
      view.awaitLeaders(Arena.PATIENCE);
      once.addAgain();
      for (int register = 0; register < REGISTERS; register++) {
        registers.read(register, ReadOptions.linearizable());
      }
      return registers.judge().or(once.judge());
    }
  }

  private static void writeUntilDeath(
      ProcessCluster cluster, NodeId node, Registers registers, VxClient impatient) {
    for (int step = 1; step < STEPS_MAX && cluster.isRunning(node); step++) {
      var _ = registers.write(step % REGISTERS, step + 1, DEADLINE);
      if (step % STEPS_PER_SNAPSHOT == 0) {
        fill(impatient, step);
        snapshot(impatient, node);
      }
    }
    Arena.await("a node that dies at its fail point", () -> !cluster.isRunning(node));
  }

  private static void fill(VxClient client, long round) {
    for (int i = 0; i < FILLERS; i++) {
      var _ =
          client.writeAsync(
              Transaction.put("default", Bytes.utf8("filler/" + round + "/" + i), FILLER));
    }
  }

  private static void snapshot(VxClient client, NodeId node) {
    try {
      client.admin().createSnapshot(node, Arena.GROUP);
    } catch (CallFailed dead) {
      // The node may die over it: that is what it is for.
    }
  }

  private static void requireDeath(ProcessCluster cluster, NodeId node, FailPoint point)
      throws IOException {
    int code = cluster.process(node).exit().join();
    List<FailPoints.Order> hits = FailPoints.hits(cluster.folder(node));
    if (code != FailPoints.HALTED || hits.size() != 1 || hits.getFirst().point() != point) {
      throw new IllegalStateException(
          "expected a death at the fail point: point=%s exit_code=%d hits=%s last_words=%s"
              .formatted(point.place(), code, hits, cluster.lastWords(node)));
    }
  }

  private static Finding followerDiesAt(FailPoint point, Arena arena) throws Exception {
    try (ProcessCluster cluster = arena.start(3, Wiring.DIRECT, Tuning.SHORT_LOG);
        VxClient client = arena.connect(cluster)) {
      ClusterView view = new ClusterView(client);
      view.awaitCaughtUp(3, Arena.PATIENCE);
      Registers registers = Registers.small(client);
      registers.write(0, 1);
      NodeId leader = view.awaitLeader(Arena.GROUP, Arena.PATIENCE).node();
      NodeId follower = arena.other(cluster, leader);
      // Not frozen: what lies in its sockets would spare it the snapshot.
      cluster.kill(follower);
      fallBehind(client, cluster, follower);
      registers.write(0, 2);
      FailPoints.arm(cluster.folder(follower), point, new FailPoints.Halt());
      cluster.launch(follower);
      Arena.await("a follower that dies at its fail point", () -> !cluster.isRunning(follower));
      requireDeath(cluster, follower, point);
      registers.write(0, 3);
      cluster.restart(follower);
      view.awaitCaughtUp(3, Arena.PATIENCE);
      registers.read(0, ReadOptions.linearizable().at(follower));
      List<Disagreement> differ = view.disagreements();
      return registers
          .judge()
          .or(differ.isEmpty() ? Finding.NONE : new Finding("digests", differ.toString()));
    }
  }

  static void fallBehind(VxClient client, ProcessCluster cluster, NodeId follower)
      throws InterruptedException {
    try (BulkWriter writer = client.bulkWriter(BulkWriter.Options.DEFAULTS)) {
      for (int i = 0; i < FILLERS * 10; i++) {
        var _ = writer.submit(Transaction.put("default", Bytes.utf8("filler/" + i), FILLER));
      }
      writer.flush();
    }
    for (NodeId node : cluster.nodes()) {
      if (!node.equals(follower)) {
        client.admin().createSnapshot(node, Arena.GROUP);
      }
    }
  }
}
