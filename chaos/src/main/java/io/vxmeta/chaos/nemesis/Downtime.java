package io.vxmeta.chaos.nemesis;

import io.vxmeta.chaos.cluster.Cluster;
import io.vxmeta.chaos.cluster.NodeStopped;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Claimed nodes that a fault took down, how each ended, and their way back.
final class Downtime {
  /// What the kernel makes of kill -9.
  static final int KILLED = 137;

  /// A node that stopped itself to protect its data.
  static final int FAIL_STOP = 70;

  private static final long LOOK_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private final Battlefield field;
  private final Cluster cluster;
  private final Map<NodeId, OptionalLong> pids = new LinkedHashMap<>();
  private final List<String> facts = new ArrayList<>();
  private boolean bit = true;

  Downtime(Battlefield field, List<NodeId> nodes) {
    this.field = field;
    this.cluster = field.cluster();
    nodes.forEach(node -> pids.put(node, cluster.pid(node)));
  }

  /// kill -9; all at once when it is all.
  void kill() {
    if (pids.size() == cluster.nodes().size()) {
      cluster.killEach();
    } else {
      pids.keySet().forEach(cluster::kill);
    }
    pids.keySet().forEach(node -> ended(node, KILLED));
  }

  void stop() throws IOException, InterruptedException {
    for (NodeId node : pids.keySet()) {
      int code = cluster.stop(node);
      note(code == 0, "%s exit_code=%d".formatted(node, code));
    }
  }

  /// Waits until the node has ended by itself, with that exit code.
  void awaitEnd(NodeId node, int expected, Duration patience) {
    boolean _ = hasEnded(node, patience);
    ended(node, expected);
  }

  /// Whether it ends within that time.
  boolean hasEnded(NodeId node, Duration patience) {
    long deadline = System.nanoTime() + patience.toNanos();
    while (cluster.isRunning(node) && System.nanoTime() < deadline) {
      LockSupport.parkNanos(LOOK_EVERY_NANOS);
    }
    return !cluster.isRunning(node);
  }

  void ended(NodeId node, int expected) {
    OptionalInt code = cluster.exitCode(node);
    boolean asExpected = code.isPresent() ? code.getAsInt() == expected : !cluster.isRunning(node);
    note(
        asExpected,
        code.isPresent()
            ? "%s exit_code=%d".formatted(node, code.getAsInt())
            : "%s running=%s".formatted(node, cluster.isRunning(node)));
  }

  void note(boolean didBite, String fact) {
    bit &= didBite;
    facts.add(fact);
  }

  /// Starts what is down, waits until all of it is ready, and gives the nodes back.
  Evidence back() throws IOException, InterruptedException, NodeStopped {
    Set<NodeId> started = new HashSet<>();
    for (NodeId node : pids.keySet()) {
      if (!cluster.isRunning(node)) {
        cluster.launch(node);
        started.add(node);
      }
    }
    for (Map.Entry<NodeId, OptionalLong> down : pids.entrySet()) {
      NodeId node = down.getKey();
      cluster.awaitReady(node);
      OptionalLong now = cluster.pid(node);
      if (started.contains(node) && down.getValue().isPresent() && now.isPresent()) {
        note(
            now.getAsLong() != down.getValue().getAsLong(),
            "%s pid=%d->%d".formatted(node, down.getValue().getAsLong(), now.getAsLong()));
      }
    }
    pids.keySet().forEach(field::release);
    return Evidence.of(bit, String.join(" ", facts));
  }
}
