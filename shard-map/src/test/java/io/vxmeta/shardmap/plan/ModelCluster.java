package io.vxmeta.shardmap.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.Replica;
import io.vxmeta.shardmap.ShardGroupId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;

/// A cluster on which moves are made one by one, and which fails when one of them is what a real
/// cluster must never be asked for.
final class ModelCluster {
  /* It knows nothing of how plans are made: members in maps, sums by adding up. */

  private final int replication;
  private final Map<NodeId, NodeFacts> nodes = new TreeMap<>();
  private final SortedMap<ShardGroupId, Group> groups = new TreeMap<>();
  private final Map<NodeId, Long> used = new HashMap<>();

  private static final class Group {
    private final GroupFacts facts;
    private final SortedMap<NodeId, Replica.Role> members = new TreeMap<>();
    private Optional<NodeId> leader;
    private int votersMax;

    private Group(GroupFacts facts) {
      this.facts = facts;
      facts.replicas().forEach(replica -> members.put(replica.node(), replica.role()));
      leader = facts.leader();
    }

    private List<NodeId> voters() {
      return members.keySet().stream()
          .filter(node -> members.get(node) == Replica.Role.VOTER)
          .toList();
    }
  }

  ModelCluster(PlacementFacts facts) {
    replication = facts.replication();
    facts.nodes().forEach(node -> nodes.put(node.id(), node));
    for (GroupFacts group : facts.groups()) {
      groups.put(group.id(), new Group(group));
      group.replicas().forEach(replica -> used.merge(replica.node(), group.bytes(), Long::sum));
    }
  }

  private NodeFacts node(NodeId id) {
    return Objects.requireNonNull(nodes.get(id), id::toString);
  }

  private Group group(ShardGroupId id) {
    return Objects.requireNonNull(groups.get(id), id::toString);
  }

  /// What a planner would be told of it now.
  PlacementFacts facts() {
    return new PlacementFacts(
        replication,
        List.copyOf(nodes.values()),
        groups.values().stream()
            .map(group ->
                new GroupFacts(
                    group.facts.id(),
                    group.members.entrySet().stream()
                        .map(member -> new Replica(member.getKey(), member.getValue()))
                        .toList(),
                    group.leader,
                    group.facts.bytes(),
                    group.facts.operationsPerSecond()))
            .toList());
  }

  /// Puts a node in, or in place of the one of its name.
  void set(NodeFacts node) {
    nodes.put(node.id(), node);
  }

  long usedOn(NodeId node) {
    return used.getOrDefault(node, 0L);
  }

  /// Makes all moves in their order, in which no node may be filled beyond the limit.
  void makeInOrder(PlacementPlan plan, PlanLimits limits) {
    begin();
    for (Move move : plan.moves()) {
      if (move instanceof Move.AddReplica add) {
        long before = usedOn(add.node());
        make(move);
        long percent = node(add.node()).capacityBytes() / 100;
        assertTrue(
            usedOn(add.node()) == before || usedOn(add.node()) / limits.fillPercentMax() <= percent,
            () -> "overfilled by " + move);
      } else {
        make(move);
      }
    }
  }

  /// Makes all moves, those of each group in their order, the groups in any.
  void makeInterleaved(PlacementPlan plan, Random random) {
    begin();
    Map<ShardGroupId, Deque<Move>> byGroup = new LinkedHashMap<>();
    plan.moves()
        .forEach(move -> byGroup.computeIfAbsent(move.group(), id -> new ArrayDeque<>()).add(move));
    List<Deque<Move>> waiting = new ArrayList<>(byGroup.values());
    while (!waiting.isEmpty()) {
      int which = random.nextInt(waiting.size());
      make(waiting.get(which).removeFirst());
      if (waiting.get(which).isEmpty()) {
        waiting.remove(which);
      }
    }
  }

  private void begin() {
    for (Group group : groups.values()) {
      group.votersMax = Math.max(replication, group.voters().size()) + 1;
    }
  }

  private void make(Move move) {
    Group group = group(move.group());
    assertFalse(move.reason().isBlank(), () -> "no reason: " + move);
    assertTrue(2 * living(group) > group.voters().size(), () -> "no majority for " + move);
    int livedBefore = living(group);
    if (move instanceof Move.AddReplica add) {
      add(group, add);
    } else if (move instanceof Move.RemoveReplica remove) {
      remove(group, remove);
    } else if (move instanceof Move.TransferLeader transfer) {
      assertEquals(group.leader, Optional.of(transfer.from()), transfer::toString);
      assertTrue(group.voters().contains(transfer.to()), transfer::toString);
      assertTrue(node(transfer.to()).lives(), transfer::toString);
      assertNotEquals(transfer.from(), transfer.to());
      group.leader = Optional.of(transfer.to());
    }
    assertTrue(
        living(group) >= Math.min(replication, livedBefore),
        () -> "fewer living voters than before " + move);
    assertTrue(2 * living(group) > group.voters().size(), () -> "majority lost by " + move);
    assertTrue(
        group.voters().size() <= group.votersMax, () -> "a second change begins with " + move);
  }

  private void add(Group group, Move.AddReplica add) {
    assertEquals(NodeFacts.Standing.SERVING, node(add.node()).standing(), add::toString);
    Replica.Role was = group.members.put(add.node(), Replica.Role.VOTER);
    assertNotEquals(Replica.Role.VOTER, was, add::toString);
    if (was == null) {
      used.merge(add.node(), group.facts.bytes(), Long::sum);
    }
  }

  private void remove(Group group, Move.RemoveReplica remove) {
    assertNotEquals(Optional.of(remove.node()), livingLeader(group), remove::toString);
    assertTrue(group.members.containsKey(remove.node()), remove::toString);
    group.members.remove(remove.node());
    group.leader = group.leader.filter(leader -> !leader.equals(remove.node()));
    used.merge(remove.node(), -group.facts.bytes(), Long::sum);
  }

  private Optional<NodeId> livingLeader(Group group) {
    return group.leader.filter(leader -> node(leader).lives());
  }

  private int living(Group group) {
    return (int) group.voters().stream().filter(node -> node(node).lives()).count();
  }

  /// The group's voters, by name.
  List<NodeFacts> votersOf(ShardGroupId group) {
    return group(group).voters().stream().map(this::node).toList();
  }

  Optional<NodeId> leaderOf(ShardGroupId group) {
    return livingLeader(group(group));
  }

  /// What the node has of a measure.
  long has(NodeId node, Measure measure) {
    return groups.values().stream().mapToLong(group -> has(group, node, measure)).sum();
  }

  private long has(Group group, NodeId node, Measure measure) {
    boolean on = group.members.containsKey(node);
    return switch (measure) {
      case REPLICAS -> on ? 1 : 0;
      case BYTES -> on ? group.facts.bytes() : 0;
      case LOAD -> on ? group.facts.operationsPerSecond() : 0;
      case LEADERS -> group.leader.equals(Optional.of(node)) ? 1 : 0;
    };
  }

  Collection<NodeFacts> nodes() {
    return nodes.values();
  }

  Collection<ShardGroupId> groups() {
    return groups.keySet();
  }
}
