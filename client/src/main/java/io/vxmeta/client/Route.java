package io.vxmeta.client;

import io.vxmeta.client.grpc.ErrorReason;
import io.vxmeta.client.grpc.RpcFailure;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/// Chooses which node one call asks next.
final class Route {
  /* Threads: one attempt at a time uses it; `other` alone is asked by the timer meanwhile, and changes nothing. */

  /// Whom a call may ask.
  sealed interface Preference {}

  /// The group's leader; followers only tell where it is.
  record Leader() implements Preference {}

  /// Any replica, those in the zone first.
  record AnyReplica(String zone) implements Preference {}

  /// This node and no other.
  record Pinned(NodeId node) implements Preference {
    @Override
    public String toString() {
      return "node=" + node;
    }
  }

  private final Preference preference;
  private final Leaders leaders;
  private final long shuffleSeed;
  private int turn;

  Route(Preference preference, Leaders leaders, Random random) {
    this.preference = preference;
    this.leaders = leaders;
    this.shuffleSeed = random.nextLong();
  }

  Preference preference() {
    return preference;
  }

  /// Empty: the map does not know the pinned node.
  Optional<Target> next(ShardMap map, ShardGroupId group) {
    if (preference instanceof Pinned pinned) {
      return map.findNode(pinned.node()).map(Target::of);
    }
    if (preference instanceof Leader) {
      Optional<Target> believed = leaders.of(group);
      return believed.isPresent() ? believed : Optional.of(turnOf(voters(map, group)));
    }
    return Optional.of(turnOf(replicas(map, group, ((AnyReplica) preference).zone())));
  }

  /// A replica to ask beside that one; empty when there is none that has answered lately, or when
  /// only one node may be asked.
  Optional<Target> other(ShardMap map, ShardGroupId group, Target asked) {
    if (preference instanceof Pinned) {
      return Optional.empty();
    }
    String zone = preference instanceof AnyReplica any ? any.zone() : "";
    return replicas(map, group, zone).stream()
        .filter(target -> !target.endpoint().equals(asked.endpoint()))
        .filter(target -> !leaders.isAvoided(target))
        .findFirst();
  }

  /// The next in turn, passing over nodes that did not answer lately unless all are such.
  private Target turnOf(List<Target> candidates) {
    for (int i = 0; i < candidates.size(); i++) {
      Target candidate = candidates.get((turn + i) % candidates.size());
      if (!leaders.isAvoided(candidate)) {
        return candidate;
      }
    }
    return candidates.get(turn % candidates.size());
  }

  private static List<Target> voters(ShardMap map, ShardGroupId group) {
    return map.group(group).voters().stream().map(node -> Target.of(map.node(node))).toList();
  }

  private List<Target> replicas(ShardMap map, ShardGroupId group, String zone) {
    ShardGroup members = map.group(group);
    List<Node> nodes = new ArrayList<>(map.nodesOf(members.id()));
    Collections.shuffle(nodes, new Random(shuffleSeed));
    if (!zone.isEmpty()) {
      nodes.sort(Comparator.comparing(node -> !node.zone().equals(zone)));
    }
    return nodes.stream().map(Target::of).toList();
  }

  /// The target named another leader; true when that one is worth asking at once.
  boolean follow(ShardGroupId group, Target asked, Target leader) {
    leaders.forget(group, asked);
    if (leader.endpoint().equals(asked.endpoint()) || leaders.isAvoided(leader)) {
      turn++;
      return false;
    }
    leaders.learn(group, leader);
    return preference instanceof Leader;
  }

  /// The target wants a newer map. If it has no replica, somebody else is next all the same: the
  /// map may be the newest there is, and who gave its replica up would be believed to lead, and
  /// asked, for ever.
  void onOldMap(ShardGroupId group, Target asked, RpcFailure failure) {
    if (failure.is(ErrorReason.WRONG_NODE)) {
      turnFrom(group, asked);
    }
  }

  /// The target could not answer; somebody else is next.
  void turnFrom(ShardGroupId group, Target asked) {
    leaders.forget(group, asked);
    turn++;
  }
}
