package io.vxmeta.client.cli;

import io.vxmeta.client.ClusterAdmin;
import io.vxmeta.client.ClusterAdmin.MoveOrder;
import io.vxmeta.client.ClusterAdmin.MoveStatus;
import io.vxmeta.shardmap.Epoch;
import io.vxmeta.shardmap.ReplicaMove;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/// Orders moves of replicas, a few at a time, and waits for their ends.
final class ReplicaMoves {
  /* An order that is not under way any more has ended one way or the other; which one, a map says that is not older than
   * what its end was seen in. */

  static final int AT_ONCE_MAX = 16;

  private static final Duration LOOK_EVERY = Duration.ofMillis(200);

  private final ClusterAdmin admin;
  private final PrintStream progress;
  private final int atOnce;
  private final Map<ShardGroupId, ReplicaMove> underWay = new LinkedHashMap<>();

  ReplicaMoves(ClusterAdmin admin, PrintStream progress, int atOnce) {
    this.admin = admin;
    this.progress = progress;
    this.atOnce = atOnce;
  }

  /// Returns when all are done, or were called off by somebody.
  void carryOut(List<ReplicaMove> moves, Duration timeout) {
    long deadline = System.nanoTime() + timeout.toNanos();
    Deque<ReplicaMove> left = new ArrayDeque<>(moves);
    while (!left.isEmpty() || !underWay.isEmpty()) {
      while (underWay.size() < atOnce && !left.isEmpty() && !isBusy(left.peek())) {
        order(left.remove());
      }
      if (System.nanoTime() - deadline > 0) {
        throw new CommandFailed(
            ExitCode.UNAVAILABLE,
            "not all moves are done: under_way="
                + underWay.keySet()
                + " not_ordered="
                + left.size()
                + " waited_ms="
                + timeout.toMillis()
                + "; those under way go on (vxctl replica list); wait longer with --timeout, and run it"
                + " again for the rest");
      }
      LockSupport.parkNanos(LOOK_EVERY.toNanos());
      look();
    }
  }

  private boolean isBusy(ReplicaMove next) {
    return underWay.containsKey(next.group());
  }

  private void order(ReplicaMove move) {
    MoveOrder order =
        admin.moveReplica(move.group(), move.from().orElseThrow(), move.to().orElseThrow());
    if (order == MoveOrder.DONE_ALREADY) {
      progress.println("done: " + move);
    } else {
      progress.println("moving: " + move);
      underWay.put(move.group(), move);
    }
  }

  private void look() {
    if (underWay.isEmpty()) {
      return;
    }
    ClusterReport report = new ClusterReport(admin.statusOfAll(), Optional.of(admin.shardMap()));
    Set<ShardGroupId> busy =
        report.moves().stream()
            .map(MoveStatus::move)
            .map(ReplicaMove::group)
            .collect(Collectors.toSet());
    Optional<Epoch> seenIn = report.movesEpoch();
    ShardMap map = admin.askShardMap();
    if (seenIn.isEmpty() || seenIn.get().isNewerThan(map.epoch())) {
      return;
    }
    underWay
        .values()
        .removeIf(move -> {
          boolean ended = !busy.contains(move.group());
          if (ended) {
            progress.println((Operation.isDone(map, move) ? "done: " : "called off: ") + move);
          }
          return ended;
        });
  }
}
