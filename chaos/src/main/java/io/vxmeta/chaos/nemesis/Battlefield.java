package io.vxmeta.chaos.nemesis;

import io.vxmeta.chaos.cluster.Cluster;
import io.vxmeta.chaos.cluster.ClusterView;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
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

  /// Takes that many nodes at random, or none when there are not enough.
  public List<NodeId> claim(int nodes, Random random) {
    List<NodeId> free = free();
    if (free.size() < nodes) {
      return List.of();
    }
    Collections.shuffle(free, random);
    List<NodeId> taken = List.copyOf(free.subList(0, nodes));
    claimed.addAll(taken);
    return taken;
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

  /// Every node that is somebody's.
  public Set<NodeId> claimed() {
    return Set.copyOf(claimed);
  }

  public void release(NodeId node) {
    claimed.remove(node);
  }

  /// How many data groups each node leads just now; nodes that lead none are not in it.
  public Map<NodeId, Integer> leaders() {
    Map<NodeId, Integer> leads = new HashMap<>();
    view.leaders()
        .forEach((group, leadership) -> {
          if (!group.equals(ShardGroupId.ROOT)) {
            leads.merge(leadership.node(), 1, Integer::sum);
          }
        });
    return leads;
  }
}
