package io.vxmeta.chaos.seeded;

import io.vxmeta.chaos.cluster.ClusterPlan;
import io.vxmeta.chaos.cluster.ClusterPlan.Wiring;
import io.vxmeta.chaos.cluster.ClusterView;
import io.vxmeta.chaos.cluster.ClusterView.Disagreement;
import io.vxmeta.chaos.cluster.Disks;
import io.vxmeta.chaos.cluster.NodeStopped;
import io.vxmeta.chaos.cluster.ProcessCluster;
import io.vxmeta.client.CallFailed;
import io.vxmeta.client.Outcome;
import io.vxmeta.client.ReadOptions;
import io.vxmeta.client.VxClient;
import io.vxmeta.client.WriteAnswer;
import io.vxmeta.client.grpc.ErrorReason;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// Processes that die, and disks that fail.
final class CrashScenarios {
  private static final int REGISTERS = 20;

  /// What a node that protects its data ends with.
  private static final int FAIL_STOP = 70;

  private CrashScenarios() {}

  /// kill -9 after the last acknowledgement.
  static Finding everybodyIsKilled(Arena arena) throws Exception {
    try (ProcessCluster cluster = arena.start(1, Wiring.DIRECT);
        VxClient client = arena.connect(cluster)) {
      ClusterView view = new ClusterView(client);
      view.awaitLeaders(Arena.PATIENCE);
      Registers registers = Registers.small(client);
      for (int register = 0; register < REGISTERS; register++) {
        registers.write(register, register + 1);
      }
      cluster.killEach();
      cluster.startAll();
      view.awaitLeaders(Arena.PATIENCE);
      for (int register = 0; register < REGISTERS; register++) {
        registers.read(register, ReadOptions.linearizable());
      }
      return registers.judge();
    }
  }

  /// A snapshot, more writes, kill -9: the state comes back from both.
  static Finding nodeRestartsFromSnapshot(Arena arena) throws Exception {
    return restartsFromSnapshot(arena);
  }

  /// The same where the process that was killed leaves files behind in which its tables lay.
  static Finding nodeRestartsBesideLiveFiles(Arena arena) throws Exception {
    return restartsFromSnapshot(arena, Tuning.TABLES_IN_FILES);
  }

  private static Finding restartsFromSnapshot(Arena arena, Tuning... tunings) throws Exception {
    try (ProcessCluster cluster = arena.start(1, Wiring.DIRECT, tunings);
        VxClient client = arena.connect(cluster)) {
      ClusterView view = new ClusterView(client);
      view.awaitLeaders(Arena.PATIENCE);
      Registers registers = Registers.small(client);
      ExactlyOnce once = new ExactlyOnce(client, arena.random());
      once.addAgain();
      writeAll(registers, once, 100);
      client.admin().createSnapshot(cluster.nodes().getFirst(), Arena.GROUP);
      writeAll(registers, once, 200);
      cluster.killEach();
      Finding back = comesBack(cluster, view);
      if (back.alarms()) {
        return back;
      }
      once.addAgain();
      for (int register = 0; register < REGISTERS; register++) {
        registers.read(register, ReadOptions.linearizable());
      }
      return registers.judge().or(once.judge());
    }
  }

  /// The only node starts and leads, or stops before it does.
  private static Finding comesBack(ProcessCluster cluster, ClusterView view)
      throws IOException, InterruptedException {
    NodeId node = cluster.nodes().getFirst();
    try {
      cluster.startAll();
    } catch (NodeStopped stopped) {
      return new Finding("restart", "a node did not come back: " + stopped.getMessage());
    }
    Arena.await(
        "a node that leads or stops",
        () -> !cluster.isRunning(node) || view.leader(Arena.GROUP).isPresent());
    if (!cluster.isRunning(node)) {
      return new Finding("restart", "a node stopped while it replayed its log: " + node);
    }
    view.awaitLeaders(Arena.PATIENCE);
    return Finding.NONE;
  }

  private static void writeAll(Registers registers, ExactlyOnce once, long from) {
    for (int register = 0; register < REGISTERS; register++) {
      registers.write(register, from + register);
      once.count();
    }
  }

  /// Power fails after a snapshot, when the log behind it is gone.
  static Finding powerFailsAfterSnapshot(Arena arena) throws Exception {
    ClusterPlan plan =
        ClusterPlan.small(Arena.NAME, arena.folder())
            .withNodes(1)
            .on(ClusterPlan.Storage.OWN_DISKS);
    try (ProcessCluster cluster = arena.start(plan, Tuning.SHORT_LOG);
        VxClient client = arena.connect(cluster)) {
      ClusterView view = new ClusterView(client);
      view.awaitLeaders(Arena.PATIENCE);
      NodeId node = cluster.nodes().getFirst();
      Registers registers = Registers.large(client, BIG_COPIES);
      ExactlyOnce once = new ExactlyOnce(client, arena.random());
      writeAll(registers, once, 100);
      client.admin().createSnapshot(node, Arena.GROUP);
      writeAll(registers, once, 200);
      Disks disks = cluster.disks().orElseThrow();
      cluster.freeze(node);
      disks.cutPower(node);
      cluster.kill(node);
      disks.restorePower(node);
      Finding back = comesBack(cluster, view);
      if (back.alarms()) {
        return back;
      }
      for (int register = 0; register < REGISTERS; register++) {
        registers.read(register, ReadOptions.linearizable());
      }
      return registers.judge().or(once.judge());
    }
  }

  /// Values of some 8 KB: a few of them fill a segment of a short log.
  private static final int BIG_COPIES = 400;

  /// The disk refuses one fsync of the log.
  static Finding fsyncFails(Arena arena) throws Exception {
    try (ProcessCluster cluster = arena.start(1, Wiring.DIRECT);
        VxClient client = arena.connect(cluster)) {
      NodeId node = cluster.nodes().getFirst();
      new ClusterView(client).awaitLeaders(Arena.PATIENCE);
      Registers registers = Registers.small(client);
      registers.write(0, 1);
      arm(cluster.folder(node), FailPoint.BEFORE_LOG_FSYNC, new FailPoints.Throw());
      CompletableFuture<Outcome<WriteAnswer>> write =
          registers.writeAsync(0, 2, Duration.ofSeconds(15));
      Arena.await("a node that stops or answers", () -> !cluster.isRunning(node) || write.isDone());
      Finding stopped = failStop(cluster, node);
      if (stopped.alarms()) {
        return stopped;
      }
      cluster.startAll();
      registers.read(0, ReadOptions.linearizable());
      // The client asks again until it knows; only then is there a history to judge.
      var _ = write.join();
      return registers.judge();
    }
  }

  private static Finding failStop(ProcessCluster cluster, NodeId node) throws IOException {
    if (FailPoints.hits(cluster.folder(node)).isEmpty()) {
      throw new IllegalStateException("the armed point was not reached: node=" + node);
    }
    if (cluster.isRunning(node)) {
      return new Finding(
          "fail-stop",
          "node " + node + " goes on and acknowledges after its disk refused an fsync");
    }
    int code = cluster.process(node).exit().join();
    return code == FAIL_STOP
        ? Finding.NONE
        : new Finding("fail-stop", "node " + node + " ended with exit code " + code);
  }

  /// One replica fails to apply one entry.
  static Finding applyFails(Arena arena) throws Exception {
    try (ProcessCluster cluster = arena.start(3, Wiring.DIRECT);
        VxClient client = arena.connect(cluster)) {
      ClusterView view = new ClusterView(client);
      view.awaitCaughtUp(3, Arena.PATIENCE);
      Registers registers = Registers.small(client);
      registers.write(0, 1);
      NodeId leader = view.awaitLeader(Arena.GROUP, Arena.PATIENCE).node();
      NodeId follower = arena.other(cluster, leader);
      arm(cluster.folder(follower), FailPoint.BEFORE_APPLY, new FailPoints.Throw());
      for (int number = 2; number <= REGISTERS; number++) {
        registers.write(number, number);
      }
      Arena.await("an entry that fails", () -> hit(cluster.folder(follower)));
      Arena.await(
          "a follower that stops or catches up",
          () -> !cluster.isRunning(follower) || caughtUp(view));
      if (!cluster.isRunning(follower)) {
        cluster.restart(follower);
      }
      view.awaitCaughtUp(3, Arena.PATIENCE);
      return digests(arena, cluster);
    }
  }

  private static boolean hit(Path folder) {
    try {
      return !FailPoints.hits(folder).isEmpty();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read what a fail point did: folder=" + folder, e);
    }
  }

  private static boolean caughtUp(ClusterView view) {
    return view.statuses().size() == 3
        && view.statuses().stream()
                .flatMap(node -> node.replicas().stream())
                .filter(replica -> replica.group().equals(Arena.GROUP))
                .mapToLong(replica -> replica.appliedIndex())
                .distinct()
                .count()
            == 1;
  }

  /// Plain writes, then a look at every replica.
  static Finding replicasAreCompared(Arena arena) throws Exception {
    try (ProcessCluster cluster = arena.start(3, Wiring.DIRECT);
        VxClient client = arena.connect(cluster)) {
      ClusterView view = new ClusterView(client);
      view.awaitCaughtUp(3, Arena.PATIENCE);
      Registers registers = Registers.small(client);
      for (int register = 0; register < REGISTERS; register++) {
        registers.write(register, register + 1);
      }
      view.awaitCaughtUp(3, Arena.PATIENCE);
      return digests(arena, cluster).or(registers.judge());
    }
  }

  /// Every replica has applied as much as the others, so each must have come to the same revision
  /// and the same records.
  private static Finding digests(Arena arena, ProcessCluster cluster) {
    try (VxClient client = arena.connect(cluster, DIGEST_DEADLINE)) {
      List<Disagreement> differ = new ClusterView(client).disagreements();
      return differ.isEmpty()
          ? Finding.NONE
          : new Finding("digests", "replicas differ at one revision: " + differ);
    } catch (CallFailed behind) {
      if (!behind.reason().equals(ErrorReason.STALE.name())) {
        throw behind;
      }
      return new Finding(
          "digests",
          "a replica that has applied everything has another revision: " + behind.text());
    }
  }

  private static final Duration DIGEST_DEADLINE = Duration.ofSeconds(8);

  static void arm(Path folder, FailPoint point, FailPoints.Action action) throws IOException {
    FailPoints.arm(folder, point, action);
    Arena.await("a node that takes its orders", () -> FailPoints.taken(folder));
  }
}
