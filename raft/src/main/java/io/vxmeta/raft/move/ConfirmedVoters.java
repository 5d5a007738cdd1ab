package io.vxmeta.raft.move;

import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.raft.read.ReadBarrier;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/// Says who has a vote in a group that this node leads.
public final class ConfirmedVoters implements VoterQuestion {
  /* Why it can be built upon: the configuration is committed and the same before and after a round of the barrier, so no other leader
   *   had been elected when the question came; this leader has committed an entry of its own term, so what an earlier one
   *   appended and did not commit never counts any more; and this node was not about to change it.
   */
  private static final Duration WITHIN = Duration.ofMillis(1_500);

  private final Map<ShardGroupId, ? extends Replica> replicas;
  private final Supplier<Optional<ShardMap>> map;
  private final ReadBarrier barrier;
  private final Predicate<ShardGroupId> changing;
  private final LongSupplier nanoClock;

  /// @param map as this node's replica of the root group says
  /// @param changing whether this node is about to change a group's voters
  public ConfirmedVoters(
      Map<ShardGroupId, ? extends Replica> replicas,
      Supplier<Optional<ShardMap>> map,
      ReadBarrier barrier,
      Predicate<ShardGroupId> changing,
      LongSupplier nanoClock) {
    this.replicas = replicas;
    this.map = map;
    this.barrier = barrier;
    this.changing = changing;
    this.nanoClock = nanoClock;
  }

  @Override
  public CompletableFuture<Voters> voters(ShardGroupId group) {
    Replica replica = replicas.get(group);
    Optional<Voters> before = replica == null ? Optional.empty() : settled(replica);
    if (replica == null || before.isEmpty()) {
      return CompletableFuture.completedFuture(Voters.UNKNOWN);
    }
    return barrier
        .confirm(group, nanoClock.getAsLong() + WITHIN.toNanos())
        .handle((_, problem) ->
            problem == null && settled(replica).equals(before)
                ? withCluster(group, before.get())
                : Voters.UNKNOWN);
  }

  /// The root group's leader that is ready has applied what was committed before its term.
  private Voters withCluster(ShardGroupId group, Voters voters) {
    return group.isRoot()
        ? new Voters(
            voters.nodes(),
            voters.index(),
            map.get().stream()
                .flatMap(known -> known.nodes().stream())
                .map(Node::id)
                .collect(Collectors.toSet()))
        : voters;
  }

  private Optional<Voters> settled(Replica replica) {
    return replica.leaderReady() && !changing.test(replica.group())
        ? replica.settledVoters().map(nodes -> new Voters(nodes, replica.votersIndex()))
        : Optional.empty();
  }
}
