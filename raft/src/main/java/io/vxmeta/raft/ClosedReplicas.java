package io.vxmeta.raft;

import io.vxmeta.raft.ratis.FailStop;
import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.shardmap.ShardGroupId;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/// Ends the process for a replica that Raft has closed, if this node is to keep it.
final class ClosedReplicas {
  /* Threads: `look` on the sweeper; answers on those of reads.
   * Raft also closes a replica that has lost its vote, which this node may be the last to hear of. So the cluster is asked; and
   *   because an answer takes its time, the replica must still be the node's, and closed, when it comes.
   */
  private final Map<ShardGroupId, ? extends Replica> replicas;
  private final BooleanSupplier closing;
  private final Keeps keeps;
  private final FailStop failStop;
  private final Set<ShardGroupId> asked = ConcurrentHashMap.newKeySet();

  /// Says whether this node has a replica of a group, and is to keep it, by the cluster as of now.
  @FunctionalInterface
  interface Keeps {
    CompletableFuture<Boolean> keeps(ShardGroupId group);
  }

  /// @param replicas a live view
  /// @param closing whether groups may be closed because the node is
  ClosedReplicas(
      Map<ShardGroupId, ? extends Replica> replicas,
      BooleanSupplier closing,
      Keeps keeps,
      FailStop failStop) {
    this.replicas = replicas;
    this.closing = closing;
    this.keeps = keeps;
    this.failStop = failStop;
  }

  void look() {
    for (Replica replica : replicas.values()) {
      if (!replica.alive() && !closing.getAsBoolean() && asked.add(replica.group())) {
        onClosed(replica);
      }
    }
  }

  private void onClosed(Replica replica) {
    ShardGroupId group = replica.group();
    var _ =
        keeps
            .keeps(group)
            .whenComplete((keep, problem) -> {
              if (problem == null && keep && isStillClosed(replica)) {
                failStop.stop(
                    "Raft closed a group: group=" + group.value(),
                    new IllegalStateException("see the log above"));
              }
              asked.remove(group);
            });
  }

  private boolean isStillClosed(Replica replica) {
    return replica.equals(replicas.get(replica.group()))
        && !replica.alive()
        && !closing.getAsBoolean();
  }
}
