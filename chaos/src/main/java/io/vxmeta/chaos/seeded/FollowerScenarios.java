package io.vxmeta.chaos.seeded;

import io.vxmeta.chaos.cluster.ClusterPlan.Wiring;
import io.vxmeta.chaos.cluster.ClusterView;
import io.vxmeta.chaos.cluster.ProcessCluster;
import io.vxmeta.client.BulkWriter;
import io.vxmeta.client.Bytes;
import io.vxmeta.client.ReadOptions;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.VxClient;
import io.vxmeta.shardmap.NodeId;

/// Followers that are behind.
final class FollowerScenarios {
  private static final int ROUNDS = 8;

  /// Enough for several segments of a short log.
  private static final int FILLERS = 60;

  private static final Bytes FILLER = Bytes.utf8("x".repeat(8_000));

  private FollowerScenarios() {}

  /// A follower freezes, much is written, and it is read from as it wakes.
  static Finding followerWakesFarBehind(Arena arena) throws Exception {
    try (ProcessCluster cluster = arena.start(3, Wiring.DIRECT);
        VxClient client = arena.connect(cluster)) {
      ClusterView view = new ClusterView(client);
      view.awaitCaughtUp(3, Arena.PATIENCE);
      Registers registers = Registers.small(client);
      Finding finding = Finding.NONE;
      for (long round = 1; round <= ROUNDS && !finding.alarms(); round++) {
        registers.write(0, 2 * round - 1);
        NodeId leader = view.awaitLeader(Arena.GROUP, Arena.PATIENCE).node();
        NodeId follower = arena.other(cluster, leader);
        Readers readers = Readers.start(registers, follower);
        cluster.freeze(follower);
        fill(client, round);
        registers.write(0, 2 * round);
        cluster.thaw(follower);
        view.awaitCaughtUp(3, Arena.PATIENCE);
        readers.stop();
        finding = registers.judge();
      }
      return finding;
    }
  }

  /// A follower was away for so long that it needs a snapshot, and is read from all the while.
  static Finding followerInstallsSnapshot(Arena arena) throws Exception {
    try (ProcessCluster cluster =
            arena.start(3, Wiring.DIRECT, Tuning.SHORT_LOG, Tuning.ROT_IN_TRANSFER);
        VxClient client = arena.connect(cluster)) {
      ClusterView view = new ClusterView(client);
      view.awaitCaughtUp(3, Arena.PATIENCE);
      Registers registers = Registers.small(client);
      Finding finding = Finding.NONE;
      for (long round = 1; round <= ROUNDS / 2 && !finding.alarms(); round++) {
        registers.write(0, 2 * round - 1);
        NodeId leader = view.awaitLeader(Arena.GROUP, Arena.PATIENCE).node();
        NodeId follower = arena.other(cluster, leader);
        cluster.freeze(follower);
        for (int part = 0; part < 4; part++) {
          fill(client, round * 10 + part);
        }
        registers.write(0, 2 * round);
        for (NodeId node : cluster.nodes()) {
          if (!node.equals(follower)) {
            client.admin().createSnapshot(node, Arena.GROUP);
          }
        }
        Readers readers = Readers.start(registers, follower);
        cluster.thaw(follower);
        awaitAllUp(cluster, view);
        readers.stop();
        registers.read(0, ReadOptions.linearizable().at(follower));
        finding = registers.judge();
      }
      return finding;
    }
  }

  private static void awaitAllUp(ProcessCluster cluster, ClusterView view) {
    for (NodeId node : cluster.nodes()) {
      if (!cluster.isRunning(node)) {
        throw new IllegalStateException(
            "a node stopped: node=" + node + " last_words=" + cluster.lastWords(node));
      }
    }
    view.awaitCaughtUp(cluster.nodes().size(), Arena.PATIENCE);
  }

  private static void fill(VxClient client, long round) throws InterruptedException {
    try (BulkWriter writer = client.bulkWriter(BulkWriter.Options.DEFAULTS)) {
      for (int i = 0; i < FILLERS; i++) {
        var _ =
            writer.submit(
                Transaction.put("default", Bytes.utf8("filler/" + round + "/" + i), FILLER));
      }
      writer.flush();
    }
  }
}
