package io.vxmeta.raft.move;

import io.vxmeta.raft.place.ClusterView;
import io.vxmeta.raft.place.LeadTransfers;
import io.vxmeta.raft.place.LeadTransfers.Cause;
import io.vxmeta.raft.place.RootWriter;
import io.vxmeta.raft.place.RootWriter.MoveAt;
import io.vxmeta.raft.ratis.RaftHost;
import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.raft.ratis.Replication;
import io.vxmeta.raft.ratis.Replication.Follower;
import io.vxmeta.raft.read.ReadContract;
import io.vxmeta.raft.read.ReadGate;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ReplicaMove;
import io.vxmeta.shardmap.ReplicaMove.Step;
import io.vxmeta.shardmap.ReplicaMove.Will;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Changes the voters of the groups that this node leads, step by step, as the orders in the root
/// group want it.
public final class ReplicaMover {
  /* Threads: `look` on the sweeper; the rest on threads of reads and of Ratis.
   * Who acts: each leader for its own group. It keeps nothing: a step follows from the order and from the voters that the
   *   group's log names, so the next leader goes on.
   * Orders are read by a linearizable read of the root group BEFORE each step, and `changing` is true from before that read until the
   *   step has ended: whoever hears of an order's end asks for the voters after it, and is not told them meanwhile.
   * Each step compares the voters it was decided on, and the term; Ratis takes one change at a time.
   */
  public static final long LOOK_MS = 500;

  private static final Duration READ_WITHIN = Duration.ofSeconds(5);

  /// A newcomer is added only when it has nearly all, and may lead when it answers.
  private static final Duration SILENT_MAX = Duration.ofSeconds(2);

  private static final Logger LOG = LoggerFactory.getLogger(ReplicaMover.class);

  private final ClusterView cluster;
  private final Map<ShardGroupId, ? extends Replica> replicas;
  private final ReadGate gate;
  private final LeadTransfers transfers;
  private final LongSupplier nanoClock;
  private final Set<ShardGroupId> changing = ConcurrentHashMap.newKeySet();
  private final Additions additions = new Additions();
  private final Map<ShardGroupId, String> reports = new ConcurrentHashMap<>();

  public ReplicaMover(
      ClusterView cluster,
      Map<ShardGroupId, ? extends Replica> replicas,
      ReadGate gate,
      LeadTransfers transfers,
      LongSupplier nanoClock) {
    this.cluster = cluster;
    this.replicas = replicas;
    this.gate = gate;
    this.transfers = transfers;
    this.nanoClock = nanoClock;
  }

  /// Whether this node is about to change a group's voters.
  public boolean isChanging(ShardGroupId group) {
    return changing.contains(group);
  }

  /// What is done, or was tried last, for a group that this node leads; empty if it does not.
  public String report(ShardGroupId group) {
    return reports.getOrDefault(group, "");
  }

  /// Begins what is due. Called once in LOOK_MS.
  public void look() {
    Optional<ClusterView.Plan> plan = cluster.plan();
    if (plan.isEmpty()) {
      return;
    }
    Map<ShardGroupId, ReplicaMove> moves = plan.get().moves();
    reports.keySet().retainAll(moves.keySet());
    for (ReplicaMove move : moves.values()) {
      Replica replica = replicas.get(move.group());
      if (replica == null || !replica.leaderReady()) {
        reports.remove(move.group());
        continue;
      }
      if (move.will() == Will.CALLED_OFF) {
        additions.callOff(replica);
      }
      if (hasWork(replica, move) && changing.add(move.group())) {
        attempt(replica);
      }
    }
  }

  private static boolean hasWork(Replica replica, ReplicaMove move) {
    return replica
        .settledVoters()
        .map(voters -> move.due(voters, replica.node()))
        .filter(step -> step != Step.FINISH && step != Step.FORGET)
        .isPresent();
  }

  private void attempt(Replica replica) {
    ShardGroupId group = replica.group();
    long term = replica.term();
    long deadline = nanoClock.getAsLong() + READ_WITHIN.toNanos();
    // Composed, so that what is thrown at once ends the attempt like what fails later.
    var _ =
        CompletableFuture.completedFuture(ShardGroupId.ROOT)
            .thenCompose(root -> gate.open(root, new ReadContract.Linearizable(), deadline))
            .thenCompose(opened ->
                RootWriter.moveIn(opened.state(), group)
                    .map(MoveAt::move)
                    .map(move -> step(replica, term, move))
                    .orElseGet(() -> CompletableFuture.completedFuture(Optional.empty())))
            .exceptionally(problem -> Optional.of(String.valueOf(problem)))
            .thenAccept(problem -> {
              problem.ifPresent(why -> {
                LOG.info("a step of a move did not happen: group={} reason={}", group.value(), why);
                reports.put(group, "tried again, because: " + why);
              });
              changing.remove(group);
            });
  }

  private CompletableFuture<Optional<String>> step(Replica replica, long term, ReplicaMove move) {
    Optional<Set<NodeId>> voters = replica.settledVoters();
    if (voters.isEmpty() || !replica.leaderReady() || replica.term() != term) {
      return CompletableFuture.completedFuture(Optional.of("the lead or the voters are changing"));
    }
    return switch (move.due(voters.get(), replica.node())) {
      case ADD -> {
        NodeId newcomer = move.to().orElseThrow();
        say(move, newcomer + " is given the group's data, and then a vote");
        yield additions.begin(replica, voters.get(), peer(newcomer));
      }
      case REMOVE -> {
        NodeId leaves = move.leaves().orElseThrow();
        if (!majorityAnswers(replica, voters.get(), leaves)) {
          yield CompletableFuture.completedFuture(
              Optional.of(
                  "without " + leaves + " too few of the voters answer, it keeps its vote"));
        }
        say(move, leaves + " loses its vote");
        yield replica.removeVoter(voters.get(), leaves);
      }
      case HAND_OVER -> {
        NodeId leaves = move.leaves().orElseThrow();
        say(move, leaves + " gives its lead away");
        yield handOver(replica, leaves);
      }
      // The root group's leader does that.
      case FINISH, FORGET -> CompletableFuture.completedFuture(Optional.empty());
    };
  }

  /// Whether those that are left can go on. A step that takes the majority away would never be
  /// committed, nor undone.
  static boolean majorityAnswers(Replica replica, Set<NodeId> voters, NodeId leaves) {
    long left = voters.stream().filter(voter -> !voter.equals(leaves)).count();
    long others =
        replica.replication().stream()
            .flatMap(log -> log.followers().stream())
            .filter(each -> voters.contains(each.node()) && !each.node().equals(leaves))
            .filter(each -> each.silentMs() <= SILENT_MAX.toMillis())
            .count();
    return 2 * (1 + others) > left;
  }

  private void say(ReplicaMove move, String what) {
    reports.put(move.group(), what);
    LOG.info("changing the voters of a group: {}: {}", move, what);
  }

  private RaftHost.Peer peer(NodeId node) {
    ShardMap map =
        cluster.map().orElseThrow(() -> new IllegalStateException("expected a shard map"));
    return new RaftHost.Peer(node, map.node(node).raft());
  }

  private CompletableFuture<Optional<String>> handOver(Replica replica, NodeId leaves) {
    Optional<NodeId> to = replica.replication().flatMap(log -> successor(log, leaves));
    return to.map(node -> transfers.move(replica, node, Cause.LEAVING))
        .orElseGet(() ->
            CompletableFuture.completedFuture(
                Optional.of("no other voter that serves is up to date and answers")));
  }

  private Optional<NodeId> successor(Replication log, NodeId leaves) {
    return log.followers().stream()
        .filter(each -> !each.node().equals(leaves) && serves(each.node()))
        .filter(each -> each.silentMs() <= SILENT_MAX.toMillis())
        .max(Comparator.comparingLong(Follower::matched))
        .map(Follower::node);
  }

  private boolean serves(NodeId node) {
    return cluster.map().flatMap(map -> map.findNode(node)).filter(Node::drains).isEmpty();
  }
}
