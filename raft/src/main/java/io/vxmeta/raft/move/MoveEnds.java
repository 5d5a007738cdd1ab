package io.vxmeta.raft.move;

import io.vxmeta.raft.place.ClusterView;
import io.vxmeta.raft.place.RootWriter;
import io.vxmeta.raft.place.RootWriter.MapAt;
import io.vxmeta.raft.place.RootWriter.MoveAt;
import io.vxmeta.raft.read.ReadContract;
import io.vxmeta.raft.read.ReadGate;
import io.vxmeta.raft.write.WriteFuture.WriteEnd;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// On the root group's leader: writes into the shard map which moves have happened, and forgets the
/// orders.
public final class MoveEnds {
  /* Threads: `look` on the sweeper; the rest on threads of reads, of gRPC and of the write path.
   * Order: the order is read FIRST, by a linearizable read, then the group's leader is asked for its voters. So no step that was begun
   *   with an older order is still to come. The change compares the order and the map that were read, so it happens once.
   */
  public static final long LOOK_MS = 500;

  private static final Duration READ_WITHIN = Duration.ofSeconds(5);
  private static final Logger LOG = LoggerFactory.getLogger(MoveEnds.class);

  private final ClusterView cluster;
  private final RootWriter rootWriter;
  private final ReadGate gate;
  private final VoterQuestion question;
  private final LongSupplier nanoClock;
  private final Set<ShardGroupId> underWay = ConcurrentHashMap.newKeySet();

  /// @param question asks whichever node leads
  public MoveEnds(
      ClusterView cluster,
      RootWriter rootWriter,
      ReadGate gate,
      VoterQuestion question,
      LongSupplier nanoClock) {
    this.cluster = cluster;
    this.rootWriter = rootWriter;
    this.gate = gate;
    this.question = question;
    this.nanoClock = nanoClock;
  }

  /// Asks how the moves do, if this node leads the root group. Called once in LOOK_MS.
  public void look() {
    Optional<ClusterView.Plan> plan = cluster.plan();
    if (plan.isEmpty() || !rootWriter.leads()) {
      return;
    }
    plan.get().moves().keySet().stream().filter(underWay::add).forEach(this::settle);
  }

  private void settle(ShardGroupId group) {
    long deadline = nanoClock.getAsLong() + READ_WITHIN.toNanos();
    // Composed, so that what is thrown at once ends the attempt like what fails later.
    var _ =
        CompletableFuture.completedFuture(ShardGroupId.ROOT)
            .thenCompose(root -> gate.open(root, new ReadContract.Linearizable(), deadline))
            .thenCompose(opened -> {
              Optional<MoveAt> move = RootWriter.moveIn(opened.state(), group);
              MapAt map = RootWriter.mapIn(opened.state());
              return move.isEmpty()
                  ? CompletableFuture.completedFuture(Optional.<WriteEnd>empty())
                  : question
                      .voters(group)
                      .thenCompose(voters -> settle(move.get(), map, voters.nodes()));
            })
            .whenComplete((_, problem) -> {
              underWay.remove(group);
              if (problem != null) {
                LOG.debug("the end of a move is looked for again: group={}", group, problem);
              }
            });
  }

  private CompletableFuture<Optional<WriteEnd>> settle(MoveAt read, MapAt map, Set<NodeId> voters) {
    if (voters.isEmpty()) {
      return CompletableFuture.completedFuture(Optional.empty());
    }
    // Who leads plays no part in these two steps.
    return switch (read.move().due(voters, voters.iterator().next())) {
      case FINISH -> {
        LOG.info("the voters of a group have changed: {} voters={}", read.move(), voters);
        yield rootWriter.finish(read, map).thenApply(Optional::of);
      }
      case FORGET -> {
        LOG.info("a move is forgotten, as it was called off: {} voters={}", read.move(), voters);
        yield rootWriter.forget(read).thenApply(Optional::of);
      }
      case ADD, HAND_OVER, REMOVE -> CompletableFuture.completedFuture(Optional.empty());
    };
  }
}
