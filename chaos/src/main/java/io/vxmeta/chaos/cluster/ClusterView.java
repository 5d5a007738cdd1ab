package io.vxmeta.chaos.cluster;

import io.vxmeta.client.CallFailed;
import io.vxmeta.client.ClusterAdmin;
import io.vxmeta.client.ClusterAdmin.Answering;
import io.vxmeta.client.ClusterAdmin.Leadership;
import io.vxmeta.client.ClusterAdmin.MoveStatus;
import io.vxmeta.client.ClusterAdmin.NodeReport;
import io.vxmeta.client.ClusterAdmin.NodeStatus;
import io.vxmeta.client.ClusterAdmin.ReplicaDigest;
import io.vxmeta.client.ClusterAdmin.ReplicaStatus;
import io.vxmeta.client.ClusterAdmin.ShardMoveStatus;
import io.vxmeta.client.ClusterAdmin.ShardUsage;
import io.vxmeta.client.ClusterAdmin.Silent;
import io.vxmeta.client.ClusterAdmin.SnapshotPoint;
import io.vxmeta.client.ReplicaRole;
import io.vxmeta.client.VxClient;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.Placement;
import io.vxmeta.shardmap.ReplicaMove.Will;
import io.vxmeta.shardmap.Revision;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.shardmap.ShardMap;
import io.vxmeta.shardmap.ShardMove;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/// What a cluster says of itself, asked until it says what is waited for.
public final class ClusterView {
  /* Threads: any. Waiting asks every node again and again with a short pause between; a wait that takes too long fails with
   * what was seen last. */

  private static final Duration PAUSE = Duration.ofMillis(20);

  /// Times that a group's replicas are asked for one revision: some ten seconds, while an expired
  /// record goes within one.
  private static final int MEETINGS_MAX = 500;

  private final ClusterAdmin admin;

  public ClusterView(VxClient client) {
    this.admin = client.admin();
  }

  /// The replicas of a group do not agree.
  public record Disagreement(ShardGroupId group, List<ReplicaDigest> digests) {}

  public List<ShardGroup> dataGroups() {
    return admin.shardMap().dataGroups();
  }

  /// What the nodes that answer say of themselves.
  public List<NodeStatus> statuses() {
    return answering(admin.statusOfAll());
  }

  private static List<NodeStatus> answering(List<NodeReport> reports) {
    return reports.stream()
        .filter(Answering.class::isInstance)
        .map(report -> ((Answering) report).status())
        .toList();
  }

  /// Who says it leads the group; of two that say so, the one of the later term.
  public Optional<Leadership> leader(ShardGroupId group) {
    return Optional.ofNullable(leaders().get(group));
  }

  /// Who leads which group, the root group included, as far as somebody says so just now.
  public Map<ShardGroupId, Leadership> leaders() {
    Map<ShardGroupId, Leadership> leaders = new HashMap<>();
    for (NodeStatus node : statuses()) {
      node.replicas().stream()
          .filter(replica -> replica.role() == ReplicaRole.LEADER)
          .forEach(replica ->
              leaders.merge(
                  replica.group(),
                  new Leadership(new NodeId(node.node()), replica.term()),
                  (one, other) -> one.term() >= other.term() ? one : other));
    }
    return leaders;
  }

  /// Asks for another leader and returns when it leads.
  public Leadership transferLeader(ShardGroupId group, NodeId to) {
    return admin.transferLeader(group, to);
  }

  /// Returns when the snapshot of the node's replica is durable.
  public SnapshotPoint createSnapshot(NodeId node, ShardGroupId group) {
    return admin.createSnapshot(node, group);
  }

  /// Orders a replica to move; returns when the order is kept.
  public void moveReplica(ShardGroupId group, NodeId from, NodeId to) {
    var _ = admin.moveReplica(group, from, to);
  }

  /// Calls a group's move off; returns when that is kept.
  public void cancelMove(ShardGroupId group) {
    var _ = admin.cancelMove(group);
  }

  /// Calls every move off, and waits until no node knows of one that is under way.
  public void endMoves(Duration timeout) {
    var _ =
        await(
            "no replica that moves",
            timeout,
            () -> {
              List<MoveStatus> moves = moves();
              moves.stream()
                  .filter(move -> move.move().will() == Will.GO)
                  .forEach(move -> callOff(move.move().group()));
              return moves.isEmpty() ? Optional.of(moves) : Optional.empty();
            },
            () -> "seen last: " + moves());
  }

  private List<MoveStatus> moves() {
    return statuses().stream().flatMap(node -> node.moves().stream()).toList();
  }

  private void callOff(ShardGroupId group) {
    try {
      cancelMove(group);
    } catch (CallFailed goneOrNobodyAnswers) {
      // Looked at again.
    }
  }

  /// The group that owns the shard, by a map that is asked for.
  public ShardGroupId groupOf(ShardId shard) {
    return admin.askShardMap().groupOf(shard);
  }

  /// The shards that were changed most, most of all first.
  public List<ShardId> busiestShards(int most) {
    return dataGroups().stream()
        .flatMap(group -> admin.shardUsage(group.id()).shards().stream())
        .filter(usage -> usage.changes() > 0)
        .sorted(Comparator.comparingLong(ShardUsage::changes).reversed())
        .limit(most)
        .map(ShardUsage::shard)
        .toList();
  }

  /// Orders a shard to move to another group; returns when the order is kept.
  public void moveShard(ShardId shard, ShardGroupId to) {
    var _ = admin.moveShard(shard, to);
  }

  /// Calls a shard's move off; returns when that is kept.
  public void cancelShardMove(ShardId shard) {
    var _ = admin.cancelShardMove(shard);
  }

  /// The shards that move; empty as well while nobody leads the root group, who alone knows.
  public Optional<List<ShardMove>> shardMoves() {
    try {
      return Optional.of(admin.shardMoves().stream().map(ShardMoveStatus::move).toList());
    } catch (CallFailed nobodyAnswers) {
      return Optional.empty();
    }
  }

  /// Waits until no shard moves; what may be called off is.
  public void endShardMoves(Duration timeout) {
    var _ =
        await(
            "no shard that moves",
            timeout,
            () -> {
              Optional<List<ShardMove>> moves = shardMoves();
              moves.stream().flatMap(List::stream).forEach(this::callOff);
              return moves.filter(List::isEmpty);
            },
            () -> "seen last: " + admin.shardMoves());
  }

  private void callOff(ShardMove move) {
    if (move.will() == ShardMove.Will.GO) {
      try {
        cancelShardMove(move.shard());
      } catch (CallFailed goneOrNobodyAnswers) {
        // Looked at again.
      }
    }
  }

  public Leadership awaitLeader(ShardGroupId group, Duration timeout) {
    return await("a leader of group " + group, timeout, () -> leader(group));
  }

  /// Waits until somebody else than that node leads the group.
  public Leadership awaitOtherLeader(ShardGroupId group, NodeId old, Duration timeout) {
    return await(
        "a leader of group " + group + " other than " + old,
        timeout,
        () -> leader(group).filter(leadership -> !leadership.node().equals(old)));
  }

  /// Waits until every group, the root group included, has a leader.
  public void awaitLeaders(Duration timeout) {
    awaitMap(timeout).groups().forEach(group -> awaitLeader(group.id(), timeout));
  }

  /// On a busy machine nobody may give it within the client's own deadline.
  private ShardMap awaitMap(Duration timeout) {
    return await(
        "a shard map",
        timeout,
        () -> {
          try {
            return Optional.of(admin.shardMap());
          } catch (CallFailed failed) {
            if (failed.reason().equals(CallFailed.UNREACHABLE)) {
              return Optional.empty();
            }
            throw failed;
          }
        });
  }

  /// Waits until every group is led by the node that the shard map prefers.
  public void awaitPreferredLeaders(Duration timeout) {
    Map<ShardGroupId, NodeId> preferred =
        awaitMap(timeout).groups().stream()
            .collect(Collectors.toMap(ShardGroup::id, Placement::preferredLeader));
    var _ =
        await(
            "groups led by " + preferred,
            timeout,
            () -> Optional.of(leaderNodes()).filter(preferred::equals),
            () -> "seen last: " + leaderNodes());
  }

  private Map<ShardGroupId, NodeId> leaderNodes() {
    return leaders().entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, each -> each.getValue().node()));
  }

  /// Waits until this many nodes answer and have applied what the leaders have committed by now.
  public void awaitCaughtUp(int nodes, Duration timeout) {
    awaitLeaders(timeout);
    Map<ShardGroupId, Long> committed = committed();
    await(
        nodes + " nodes that have applied " + committed,
        timeout,
        () -> {
          List<NodeStatus> all = statuses();
          return all.size() == nodes && behind(committed, all).isEmpty()
              ? Optional.of(all)
              : Optional.empty();
        },
        () -> seenLast(committed));
  }

  private Map<ShardGroupId, Long> committed() {
    return statuses().stream()
        .flatMap(node -> node.replicas().stream())
        .filter(replica -> replica.role() == ReplicaRole.LEADER)
        .collect(Collectors.toMap(ReplicaStatus::group, ReplicaStatus::commitIndex, Math::max));
  }

  /// The replicas that have not applied so much, in words.
  private static List<String> behind(Map<ShardGroupId, Long> indexes, List<NodeStatus> nodes) {
    return nodes.stream()
        .flatMap(node ->
            node.replicas().stream()
                .filter(
                    replica -> replica.appliedIndex() < indexes.getOrDefault(replica.group(), 0L))
                .map(replica ->
                    "node=%s group=%s role=%s term=%d leader=%s commit=%d applied=%d"
                        .formatted(
                            node.node(),
                            replica.group(),
                            replica.role(),
                            replica.term(),
                            replica.leaderNode(),
                            replica.commitIndex(),
                            replica.appliedIndex())))
        .toList();
  }

  /// Who lags, and who does not answer.
  private String seenLast(Map<ShardGroupId, Long> committed) {
    List<NodeReport> reports = admin.statusOfAll();
    List<String> seen = new ArrayList<>(behind(committed, answering(reports)));
    reports.stream()
        .filter(Silent.class::isInstance)
        .map(Silent.class::cast)
        .forEach(silent -> seen.add("node=%s silent: %s".formatted(silent.node(), silent.why())));
    return seen.isEmpty() ? "a look later nobody lags" : String.join("; ", seen);
  }

  /// The digest of each replica of a group, each at the leader's revision or later.
  public List<ReplicaDigest> digests(ShardGroup group) {
    List<ReplicaDigest> digests = new ArrayList<>();
    Revision newest = new Revision(0);
    for (NodeId node : nodes(group)) {
      ReplicaDigest digest = admin.digest(node, group.id(), newest);
      newest = digest.revision().covers(newest) ? digest.revision() : newest;
      digests.add(digest);
    }
    return digests;
  }

  /// The data groups whose replicas differ, or can not be met at one revision; meaningful while
  /// nobody writes. Records that expire still go then, entry by entry, so replicas that are asked
  /// at different revisions are asked again.
  public List<Disagreement> disagreements() {
    List<Disagreement> found = new ArrayList<>();
    for (ShardGroup group : dataGroups()) {
      List<ReplicaDigest> digests = digests(group);
      for (int i = 0; i < MEETINGS_MAX && !meet(digests); i++) {
        pause();
        digests = digests(group);
      }
      if (!meet(digests) || digests.stream().map(ReplicaDigest::digest).distinct().count() != 1) {
        found.add(new Disagreement(group.id(), digests));
      }
    }
    return found;
  }

  /// An interrupted thread can not park, and would spin.
  private static void pause() {
    LockSupport.parkNanos(PAUSE.toNanos());
    if (Thread.currentThread().isInterrupted()) {
      throw new IllegalStateException("interrupted while the cluster was waited for");
    }
  }

  private static boolean meet(List<ReplicaDigest> digests) {
    return digests.stream().map(ReplicaDigest::revision).distinct().count() == 1;
  }

  /// The nodes that hold a replica of the group.
  public static List<NodeId> nodes(ShardGroup group) {
    return group.replicas().stream().map(replica -> replica.node()).toList();
  }

  private static <T> T await(String what, Duration timeout, Supplier<Optional<T>> look) {
    return await(what, timeout, look, () -> "see the nodes' logs");
  }

  private static <T> T await(
      String what, Duration timeout, Supplier<Optional<T>> look, Supplier<String> seenLast) {
    long deadline = System.nanoTime() + timeout.toNanos();
    Optional<T> seen = look.get();
    while (seen.isEmpty()) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(
            "waited in vain: expected=" + what + " timeout=" + timeout + "; " + seenLast.get());
      }
      pause();
      seen = look.get();
    }
    return seen.get();
  }
}
