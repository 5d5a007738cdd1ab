package io.vxmeta.raft.move;

import io.vxmeta.raft.place.ClusterView;
import io.vxmeta.raft.place.ClusterView.Plan;
import io.vxmeta.raft.read.ReadContract;
import io.vxmeta.raft.read.ReadGate;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ReplicaMove;
import io.vxmeta.shardmap.ShardGroupId;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Has this node open the groups that it is to get replicas of, and delete those it gave up.
public final class ReplicaKeeper {
  /* Threads: `look` on one thread at a time, which it may block for seconds.
   * Safety: a node deletes what it promised and acknowledged only when the group can not need it any more, whatever this node, or a
   *   leader, has missed of the root group: it closes its replica FIRST, and then asks who votes. The group's leader answers from a
   *   committed configuration, confirmed by a majority, and not while it is about to change it. Where this node is not
   *   among the voters then, it becomes one again only by getting the log anew, which it can not while it is closed, and for which it opens
   *   only by an order.
   * The root group's replica is never given up alone: who has no vote there any more, and whom the shard map does not name, has left
   *   the cluster. A newcomer has not, though it has no vote yet: the map names it from before it is admitted.
   * Bounds: what can not be asked stays on the disk, closed.
   */
  public static final long LOOK_MS = 500;

  private static final Duration READ_WITHIN = Duration.ofSeconds(5);
  private static final Logger LOG = LoggerFactory.getLogger(ReplicaKeeper.class);

  private final NodeId self;
  private final boolean joined;
  private final ClusterView cluster;
  private final Groups groups;
  private final ReadGate gate;
  private final VoterQuestion question;
  private final LongSupplier nanoClock;

  /// The groups of this node.
  public interface Groups {
    /// Those that the disk holds, open or not.
    Set<ShardGroupId> held();

    boolean isOpen(ShardGroupId group);

    /// False if Raft gave an open group up.
    boolean isAlive(ShardGroupId group);

    /// Whether this node knows who leads it.
    boolean hasLeader(ShardGroupId group);

    /// Without members if the disk holds nothing of it.
    void open(ShardGroupId group) throws IOException;

    void close(ShardGroupId group) throws IOException;

    /// Told of each plan BEFORE what it asks for is done.
    void follow(Plan plan) throws IOException;

    /// This node is in the cluster no more.
    void leave() throws IOException;

    /// What the disk holds of a closed group.
    ///
    /// @param left who votes there now
    void delete(ShardGroupId group, Voters left) throws IOException;
  }

  /// @param joined whether it came to a cluster that ran, and not as one of the initial members
  /// @param question asks whichever node leads
  public ReplicaKeeper(
      NodeId self,
      boolean joined,
      ClusterView cluster,
      Groups groups,
      ReadGate gate,
      VoterQuestion question,
      LongSupplier nanoClock) {
    this.self = self;
    this.joined = joined;
    this.cluster = cluster;
    this.groups = groups;
    this.gate = gate;
    this.question = question;
    this.nanoClock = nanoClock;
  }

  /// Does what is due. Called once in LOOK_MS.
  public void look() {
    Optional<Plan> plan = cluster.plan();
    Set<ShardGroupId> concerned = new TreeSet<>();
    if (plan.isPresent()) {
      try {
        groups.follow(plan.get());
      } catch (IOException e) {
        LOG.warn("cannot keep what the shard map says: reason={}", e.toString());
        return;
      }
      concerned.addAll(groups.held());
      concerned.remove(ShardGroupId.ROOT);
      plan.get().moves().values().stream()
          .filter(move -> !move.group().isRoot() && move.comesTo(self))
          .map(ReplicaMove::group)
          .forEach(concerned::add);
    }
    lookAfter(ShardGroupId.ROOT, () -> keepRoot(plan));
    for (ShardGroupId group : concerned) {
      plan.ifPresent(known -> lookAfter(group, () -> keep(known, group)));
    }
  }

  /// Opens or gives up one group.
  private interface Work {
    void run() throws IOException, InterruptedException, ExecutionException, TimeoutException;
  }

  private static void lookAfter(ShardGroupId group, Work work) {
    try {
      work.run();
    } catch (IOException | TimeoutException | ExecutionException e) {
      LOG.warn(
          "cannot open or give up a group now: group={} reason={}", group.value(), e.toString());
    } catch (RuntimeException e) {
      // The other groups are looked after all the same.
      LOG.error("opening or giving up a group failed: group={}", group.value(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// As long as it has a leader and the map wants it, there is nothing to ask.
  private void keepRoot(Optional<Plan> plan)
      throws IOException, InterruptedException, ExecutionException, TimeoutException {
    boolean alive = groups.isAlive(ShardGroupId.ROOT);
    boolean wanted =
        plan.flatMap(known -> known.map().findNode(self))
            .filter(node -> !node.leaves())
            .isPresent();
    if (alive && wanted && groups.hasLeader(ShardGroupId.ROOT)) {
      return;
    }
    boolean isNewcomer =
        joined && plan.filter(known -> known.map().group(ShardGroupId.ROOT).isOn(self)).isEmpty();
    if (!groups.isOpen(ShardGroupId.ROOT)) {
      groups.open(ShardGroupId.ROOT);
    } else if (!alive && isNewcomer) {
      // Its leader went before it had told it that it has a vote.
      groups.close(ShardGroupId.ROOT);
      groups.open(ShardGroupId.ROOT);
    } else if (voters(ShardGroupId.ROOT).haveParted(self)) {
      groups.leave();
    }
  }

  private void keep(Plan plan, ShardGroupId group)
      throws IOException, InterruptedException, ExecutionException, TimeoutException {
    if (!plan.wants(group, self)) {
      giveUp(group);
    } else if (!groups.isOpen(group)) {
      groups.open(group);
    } else if (!plan.map().group(group).isOn(self) && !groups.isAlive(group)) {
      // A newcomer whose leader went before it had told it that it has a vote.
      groups.close(group);
      groups.open(group);
    }
  }

  private void giveUp(ShardGroupId group)
      throws IOException, InterruptedException, ExecutionException, TimeoutException {
    Voters left = isWantedAfterAll(group) ? Voters.UNKNOWN : voters(group);
    if (mayVote(left)) {
      return;
    }
    if (groups.isOpen(group)) {
      groups.close(group);
      left = voters(group);
      if (mayVote(left)) {
        LOG.warn("a group that this node gave up may need it, it is opened again: group={}", group);
        groups.open(group);
        return;
      }
    }
    groups.delete(group, left);
    LOG.info("this node gave its replica up: group={}", group.value());
  }

  /// This node's own view may be old.
  private boolean isWantedAfterAll(ShardGroupId group)
      throws InterruptedException, ExecutionException, TimeoutException {
    var _ =
        within(
            gate.open(
                ShardGroupId.ROOT,
                new ReadContract.Linearizable(),
                nanoClock.getAsLong() + READ_WITHIN.toNanos()));
    return cluster.plan().filter(plan -> !plan.wants(group, self)).isEmpty();
  }

  private Voters voters(ShardGroupId group)
      throws InterruptedException, ExecutionException, TimeoutException {
    return within(question.voters(group));
  }

  /// True as well if nobody can tell.
  private boolean mayVote(Voters voters) {
    return !voters.isKnown() || voters.nodes().contains(self);
  }

  private static <T> T within(CompletableFuture<T> answer)
      throws InterruptedException, ExecutionException, TimeoutException {
    return answer.get(2 * READ_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
  }
}
