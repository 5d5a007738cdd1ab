package io.vxmeta.raft.move;

import io.vxmeta.raft.place.ClusterView;
import io.vxmeta.raft.place.ClusterView.Plan;
import io.vxmeta.raft.place.RootWriter;
import io.vxmeta.raft.place.RootWriter.MapAt;
import io.vxmeta.raft.place.RootWriter.MoveAt;
import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.raft.ratis.Replication;
import io.vxmeta.raft.read.ReadContract;
import io.vxmeta.raft.read.ReadGate;
import io.vxmeta.raft.write.WriteFuture.WriteEnd;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ReplicaMove;
import io.vxmeta.shardmap.ReplicaMove.Will;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import io.vxmeta.shardmap.plan.Evacuation;
import io.vxmeta.statemachine.GroupState;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// On the root group's leader: orders what nodes that leave the cluster have to give away, one
/// thing after the other, and the replica of the root group last.
public final class Departures {
  /* Threads: `look` on one thread at a time, off the sweeper, because it plans; the rest on threads of reads and of the write path.
   * It keeps nothing: what is due follows from the shard map and the orders under way, so whoever leads the root group next goes
   *   on. Each order compares the map that it was decided on.
   * Load: a few replicas at a time, because each is copied to its new node.
   */
  private static final int MOVES_AT_ONCE = 2;
  private static final Duration SILENT_MAX = Duration.ofSeconds(2);
  private static final Duration READ_WITHIN = Duration.ofSeconds(5);
  private static final Logger LOG = LoggerFactory.getLogger(Departures.class);

  private final ClusterView cluster;
  private final RootWriter rootWriter;
  private final ReadGate gate;
  private final Map<ShardGroupId, ? extends Replica> replicas;
  private final LongSupplier nanoClock;
  private final AtomicBoolean underWay = new AtomicBoolean();
  private Set<ShardGroupId> stuck = Set.of();

  /// @param replicas of this node, a live view
  public Departures(
      ClusterView cluster,
      RootWriter rootWriter,
      ReadGate gate,
      Map<ShardGroupId, ? extends Replica> replicas,
      LongSupplier nanoClock) {
    this.cluster = cluster;
    this.rootWriter = rootWriter;
    this.gate = gate;
    this.replicas = replicas;
    this.nanoClock = nanoClock;
  }

  /// Orders what is due, if this node leads the root group. Called a few times a second.
  public void look() {
    Optional<Plan> plan = cluster.plan().filter(_ -> rootWriter.leads());
    if (answering().isPresent()) {
      plan.ifPresent(this::warnOfStuck);
    }
    if (plan.filter(this::hasWork).isPresent() && underWay.compareAndSet(false, true)) {
      attempt();
    }
  }

  /// Places there were when the node was told to leave may be gone since.
  private void warnOfStuck(Plan plan) {
    Set<ShardGroupId> found = stuck(plan);
    if (!found.isEmpty() && !found.equals(stuck)) {
      LOG.warn(
          "nodes can not leave yet, because no node that answers may have their replicas: groups={}"
              + " nodes={}; see that a node's successor runs, have another node join, or take the order"
              + " back: vxctl node undrain NODE",
          found,
          leavers(plan.map()));
    }
    stuck = found;
  }

  private static List<String> leavers(ShardMap map) {
    return map.nodes().stream()
        .filter(Node::leaves)
        .map(node -> node.id() + node.successor().map(successor -> " to " + successor).orElse(""))
        .toList();
  }

  private Set<ShardGroupId> stuck(Plan plan) {
    Set<ShardGroupId> waiting =
        plan.map().dataGroups().stream()
            .filter(group ->
                plan.map().nodes().stream()
                    .anyMatch(node -> node.leaves() && group.isOn(node.id())))
            .map(ShardGroup::id)
            .filter(group -> !plan.moves().containsKey(group))
            .collect(Collectors.toCollection(TreeSet::new));
    if (!waiting.isEmpty()) {
      Evacuation.of(plan.map(), plan.moves().values(), this::answers)
          .forEach(move -> waiting.remove(move.group()));
    }
    return waiting;
  }

  private boolean hasWork(Plan plan) {
    return !steps(plan.map(), plan.moves().values()).isEmpty();
  }

  private void attempt() {
    long deadline = nanoClock.getAsLong() + READ_WITHIN.toNanos();
    // Composed, so that what is thrown at once ends the attempt like what fails later.
    var _ =
        CompletableFuture.completedFuture(ShardGroupId.ROOT)
            .thenCompose(root -> gate.open(root, new ReadContract.Linearizable(), deadline))
            .thenCompose(opened -> next(opened.state()))
            .whenComplete((_, problem) -> {
              underWay.set(false);
              if (problem != null) {
                LOG.debug("what nodes that leave give away is ordered again", problem);
              }
            });
  }

  private CompletableFuture<Optional<WriteEnd>> next(GroupState root) {
    MapAt map = RootWriter.mapIn(root);
    List<ReplicaMove> steps = steps(map.map(), RootWriter.movesIn(root));
    if (steps.isEmpty()) {
      return CompletableFuture.completedFuture(Optional.empty());
    }
    ReplicaMove step = steps.getFirst();
    LOG.info("a node leaves: {}", step);
    if (step.will() == Will.GO) {
      return rootWriter.order(map, step).thenApply(Optional::of);
    }
    Optional<MoveAt> underWay = RootWriter.moveIn(root, step.group());
    return underWay.isEmpty()
        ? CompletableFuture.completedFuture(Optional.empty())
        : rootWriter.callOff(underWay.get()).thenApply(Optional::of);
  }

  /// What is due, the first of which is ordered now; an order that is to be called off is as it
  /// will be then: nobody gets anything who leaves.
  private List<ReplicaMove> steps(ShardMap map, Collection<ReplicaMove> moves) {
    Set<NodeId> leaving =
        map.nodes().stream().filter(Node::leaves).map(Node::id).collect(Collectors.toSet());
    if (leaving.isEmpty()) {
      return List.of();
    }
    List<ReplicaMove> wrong =
        moves.stream()
            .filter(
                move -> move.will() == Will.GO && move.to().filter(leaving::contains).isPresent())
            .map(ReplicaMove::calledOff)
            .toList();
    if (!wrong.isEmpty()) {
      return wrong;
    }
    List<ReplicaMove> evacuation =
        copies(moves, leaving) < MOVES_AT_ONCE
            ? Evacuation.of(map, moves, this::answers)
            : List.of();
    boolean rootIsBusy = moves.stream().anyMatch(move -> move.group().isRoot());
    if (!evacuation.isEmpty() || rootIsBusy) {
      return evacuation;
    }
    Optional<Set<NodeId>> answering = answering();
    // Who is silent first: that takes no voter that the others need.
    return leaving.stream()
        .sorted(
            Comparator.<NodeId, Boolean>comparing(
                    node -> answering.filter(nodes -> nodes.contains(node)).isPresent())
                .thenComparing(Comparator.naturalOrder()))
        .filter(node -> answering.filter(nodes -> leavesMajority(map, node, nodes)).isPresent())
        .filter(node -> map.dataGroups().stream().noneMatch(group -> group.isOn(node)))
        .filter(node -> moves.stream().noneMatch(move -> move.concerns(node)))
        .map(ReplicaMove::leavesRoot)
        .limit(1)
        .toList();
  }

  /// Those of nodes that leave which get on: one whose new node is silent waits, and others do not
  /// wait for it.
  private long copies(Collection<ReplicaMove> moves, Set<NodeId> leaving) {
    return moves.stream()
        .filter(move -> move.from().filter(leaving::contains).isPresent())
        .filter(move -> move.to().filter(this::answers).isPresent())
        .count();
  }

  private boolean answers(NodeId node) {
    return answering().filter(nodes -> nodes.contains(node)).isPresent();
  }

  /// By the root group's log, which this node leads and which each node follows; empty while the
  /// root group's voters change.
  private Optional<Set<NodeId>> answering() {
    Replica root = replicas.get(ShardGroupId.ROOT);
    if (root == null) {
      return Optional.empty();
    }
    return root.replication()
        .map(log ->
            Stream.concat(
                    Stream.of(root.node()),
                    log.followers().stream()
                        .filter(each -> each.silentMs() <= SILENT_MAX.toMillis())
                        .map(Replication.Follower::node))
                .collect(Collectors.toSet()));
  }

  /// Whether the root group can go on without a node; else the order would wait for others to come
  /// back, and all other orders of the root group for it.
  private static boolean leavesMajority(ShardMap map, NodeId node, Set<NodeId> answering) {
    List<NodeId> left =
        map.group(ShardGroupId.ROOT).voters().stream()
            .filter(voter -> !voter.equals(node))
            .toList();
    return 2 * left.stream().filter(answering::contains).count() > left.size();
  }
}
