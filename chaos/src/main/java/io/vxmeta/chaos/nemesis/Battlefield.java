package io.vxmeta.chaos.nemesis;

import io.vxmeta.chaos.cluster.Cluster;
import io.vxmeta.chaos.cluster.ClusterView;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroup;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;

/// The cluster that faults are inflicted on, and who is hurt by whom.
public final class Battlefield {
  /* Threads: one, the run's. Invariant: a node has at most one claim, so no fault thaws, starts or heals what another one
   * still breaks. Faults of the network claim nobody: they compose. */

  private final Cluster cluster;
  private final ClusterView view;
  private final Set<NodeId> claimed = new HashSet<>();

  public Battlefield(Cluster cluster, ClusterView view) {
    this.cluster = cluster;
    this.view = view;
  }

  public Cluster cluster() {
    return cluster;
  }

  public ClusterView view() {
    return view;
  }

  /// Takes one node at random for a fault's own; release it when it is mended.
  public Optional<NodeId> claim(Random random) {
    return claim(random, _ -> true);
  }

  /// Takes one of the nodes that are wanted, run, and nobody's.
  public Optional<NodeId> claim(Random random, Predicate<NodeId> wanted) {
    List<NodeId> free = free().stream().filter(wanted).toList();
    if (free.isEmpty()) {
      return Optional.empty();
    }
    NodeId node = free.get(random.nextInt(free.size()));
    claimed.add(node);
    return Optional.of(node);
  }

  /// Takes every node, or none when one is somebody's already.
  public boolean claimAll() {
    if (free().size() != cluster.nodes().size()) {
      return false;
    }
    claimed.addAll(cluster.nodes());
    return true;
  }

  /// The nodes that run and are nobody's.
  public List<NodeId> free() {
    List<NodeId> free = new ArrayList<>(cluster.nodes());
    free.removeIf(node -> claimed.contains(node) || !cluster.isRunning(node));
    return free;
  }

  /// Whether some fault answers for what the node does.
  public boolean claimed(NodeId node) {
    return claimed.contains(node);
  }

  public void release(NodeId node) {
    claimed.remove(node);
  }

  /// Who leads the data groups just now, each node once.
  public Set<NodeId> leaders() {
    Set<NodeId> leaders = new HashSet<>();
    for (ShardGroup group : view.dataGroups()) {
      view.leader(group.id()).ifPresent(leadership -> leaders.add(leadership.node()));
    }
    return leaders;
  }
}
