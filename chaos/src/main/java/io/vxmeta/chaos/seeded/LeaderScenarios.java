package io.vxmeta.chaos.seeded;

import io.vxmeta.chaos.cluster.ClusterPlan.Wiring;
import io.vxmeta.chaos.cluster.ClusterView;
import io.vxmeta.chaos.cluster.ProcessCluster;
import io.vxmeta.client.ClusterAdmin.ReplicaStatus;
import io.vxmeta.client.ReadOptions;
import io.vxmeta.client.ReplicaRole;
import io.vxmeta.client.VxClient;
import io.vxmeta.shardmap.NodeId;
import java.time.Duration;

/// Leaders that are replaced.
final class LeaderScenarios {
  private static final int ROUNDS = 3;

  /// A client that does not wait for a leader that is cut off: it finds the new one at once.
  private static final Duration HASTE = Duration.ofMillis(120);

  private LeaderScenarios() {}

  /// A leader is cut off and read from, while another one acknowledges a newer value.
  static Finding cutOffLeaderIsReadFrom(Arena arena) throws Exception {
    try (ProcessCluster cluster = arena.start(3, Wiring.PROXIED, Tuning.LATE_TO_NOTICE);
        VxClient client = arena.connect(cluster);
        VxClient hasty = arena.connect(cluster, Arena.PATIENCE, HASTE)) {
      ClusterView view = new ClusterView(client);
      view.awaitCaughtUp(3, Arena.PATIENCE);
      Registers registers = Registers.apart(hasty, client);
      Finding finding = Finding.NONE;
      for (long round = 1; round <= ROUNDS && !finding.alarms(); round++) {
        registers.write(0, 2 * round - 1);
        NodeId old = view.awaitLeader(Arena.GROUP, Arena.PATIENCE).node();
        registers.read(0, ReadOptions.linearizable().at(old));
        Readers readers = Readers.start(registers, old);
        cluster.network().isolate(old);
        registers.write(0, 2 * round);
        Arena.await("an old leader that notices", () -> !leads(client, old));
        readers.stop();
        cluster.network().heal();
        view.awaitCaughtUp(3, Arena.PATIENCE);
        finding = registers.judge();
      }
      return finding;
    }
  }

  private static boolean leads(VxClient client, NodeId node) {
    return client.admin().status(node).replicas().stream()
        .anyMatch(
            replica -> replica.group().equals(Arena.GROUP) && replica.role() == ReplicaRole.LEADER);
  }

  /// A leader is cut off from its followers and written to.
  static Finding cutOffLeaderIsWrittenTo(Arena arena) throws Exception {
    try (ProcessCluster cluster = arena.start(3, Wiring.PROXIED);
        VxClient client = arena.connect(cluster)) {
      ClusterView view = new ClusterView(client);
      view.awaitCaughtUp(3, Arena.PATIENCE);
      Registers registers = Registers.small(client);
      Finding finding = Finding.NONE;
      for (long round = 1; round <= ROUNDS && !finding.alarms(); round++) {
        registers.write(0, 2 * round - 1);
        NodeId old = view.awaitLeader(Arena.GROUP, Arena.PATIENCE).node();
        cluster.network().isolate(old);
        registers.write(0, 2 * round);
        view.awaitOtherLeader(Arena.GROUP, old, Arena.PATIENCE);
        cluster.network().heal();
        registers.read(0, ReadOptions.linearizable());
        finding = registers.judge();
        if (!finding.alarms()) {
          // Only now: a node that took back what it had committed may never catch up.
          view.awaitCaughtUp(3, Arena.PATIENCE);
        }
      }
      return finding;
    }
  }

  /// A node is killed and comes back alone: it must not have forgotten its term.
  static Finding nodeComesBackAlone(Arena arena) throws Exception {
    try (ProcessCluster cluster = arena.start(3, Wiring.PROXIED);
        VxClient client = arena.connect(cluster)) {
      ClusterView view = new ClusterView(client);
      view.awaitCaughtUp(3, Arena.PATIENCE);
      Registers.small(client).write(0, 1);
      NodeId leader = view.awaitLeader(Arena.GROUP, Arena.PATIENCE).node();
      NodeId node = arena.other(cluster, leader);
      long before = term(client, node);
      cluster.kill(node);
      cluster.network().isolate(node);
      cluster.restart(node);
      long after = term(client, node);
      return after >= before
          ? Finding.NONE
          : new Finding(
              "terms",
              "node %s said it is in term %d, was killed, and came back in term %d: it may vote twice in one term"
                  .formatted(node, before, after));
    }
  }

  private static long term(VxClient client, NodeId node) {
    return client.admin().status(node).replicas().stream()
        .filter(replica -> replica.group().equals(Arena.GROUP))
        .mapToLong(ReplicaStatus::term)
        .findFirst()
        .orElseThrow();
  }

  /// A producer repeats its sequence while leaders change.
  static Finding sequenceIsRepeatedAfterLeaderChanges(Arena arena) throws Exception {
    try (ProcessCluster cluster = arena.start(3, Wiring.DIRECT);
        VxClient client = arena.connect(cluster)) {
      ClusterView view = new ClusterView(client);
      view.awaitCaughtUp(3, Arena.PATIENCE);
      ExactlyOnce once = new ExactlyOnce(client, arena.random());
      once.addAgain();
      for (int change = 0; change < 3; change++) {
        NodeId leader = view.awaitLeader(Arena.GROUP, Arena.PATIENCE).node();
        client.admin().transferLeader(Arena.GROUP, arena.other(cluster, leader));
        once.addAgain();
      }
      return once.judge();
    }
  }
}
