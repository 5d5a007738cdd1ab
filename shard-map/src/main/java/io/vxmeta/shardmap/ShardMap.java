package io.vxmeta.shardmap;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/// The versioned table shard -> shard group -> replicas -> endpoints of one cluster.
public final class ShardMap {
  /* Threads: immutable; share freely.
   * Invariants (checked at construction): each of the 128 shards belongs to a data group of this map; each replica is on
   *   a node of this map; group 0 exists and owns ShardId.ROOT and no other shard.
   * That a shard was moved is never forgotten: it may be where it was at first. */

  private final String clusterId;
  private final Epoch epoch;
  private final List<ShardGroupId> groupOfShard;
  private final SortedMap<ShardGroupId, ShardGroup> groups = new TreeMap<>();
  private final SortedMap<NodeId, Node> nodes = new TreeMap<>();
  private final Set<ShardId> moved;

  /// `groupOfShard` has an element for each of the 128 data shards, by number. None was moved.
  public ShardMap(
      String clusterId,
      Epoch epoch,
      List<ShardGroupId> groupOfShard,
      Collection<ShardGroup> groups,
      Collection<Node> nodes) {
    this(clusterId, epoch, groupOfShard, Set.of(), groups, nodes);
  }

  /// `moved` are the shards that were in another group once.
  public ShardMap(
      String clusterId,
      Epoch epoch,
      List<ShardGroupId> groupOfShard,
      Set<ShardId> moved,
      Collection<ShardGroup> groups,
      Collection<Node> nodes) {
    this.clusterId = clusterId;
    this.epoch = epoch;
    this.groupOfShard = List.copyOf(groupOfShard);
    this.moved = Set.copyOf(moved);
    groups.forEach(this::add);
    nodes.forEach(this::add);
    checkCluster();
    checkShards();
    checkReplicas();
  }

  private void add(ShardGroup group) {
    if (groups.put(group.id(), group) != null) {
      throw malformed("a group is listed once", "group=" + group.id());
    }
  }

  private void add(Node node) {
    if (nodes.put(node.id(), node) != null) {
      throw malformed("a node is listed once", "node=" + node.id());
    }
  }

  private void checkCluster() {
    if (clusterId.isEmpty()) {
      throw malformed("a shard map names its cluster", "clusterId is empty");
    }
    if (!groups.containsKey(ShardGroupId.ROOT)) {
      throw malformed("a shard map has the root group", "groups=" + groups.keySet());
    }
  }

  private void checkShards() {
    if (groupOfShard.size() != ShardId.COUNT) {
      throw malformed(
          "a shard map places " + ShardId.COUNT + " shards", "shards=" + groupOfShard.size());
    }
    for (int shard = 0; shard < ShardId.COUNT; shard++) {
      ShardGroupId group = groupOfShard.get(shard);
      if (group.isRoot() || !groups.containsKey(group)) {
        throw malformed(
            "a shard belongs to a data group of the map", "shard=" + shard + " group=" + group);
      }
    }
  }

  private void checkReplicas() {
    for (ShardGroup group : groups.values()) {
      for (Replica replica : group.replicas()) {
        if (!nodes.containsKey(replica.node())) {
          throw malformed(
              "a replica is on a node of the map",
              "group=" + group.id() + " node=" + replica.node());
        }
      }
    }
  }

  private static IllegalArgumentException malformed(String expected, String facts) {
    return new IllegalArgumentException(
        "malformed shard map: " + expected + ": " + facts + "; fetch the map again");
  }

  public String clusterId() {
    return clusterId;
  }

  public Epoch epoch() {
    return epoch;
  }

  public ShardGroupId groupOf(ShardId shard) {
    return shard.isRoot() ? ShardGroupId.ROOT : groupOfShard.get(shard.value());
  }

  /// Whether the shard was in another group once, so that tokens of several groups speak of it.
  public boolean wasMoved(ShardId shard) {
    return moved.contains(shard);
  }

  /// The group, which must be one of this map.
  public ShardGroup group(ShardGroupId id) {
    return findGroup(id).orElseThrow(() -> absent("group", id, groups.keySet()));
  }

  public Optional<ShardGroup> findGroup(ShardGroupId id) {
    return Optional.ofNullable(groups.get(id));
  }

  /// The node, which must be one of this map.
  public Node node(NodeId id) {
    return findNode(id).orElseThrow(() -> absent("node", id, nodes.keySet()));
  }

  public Optional<Node> findNode(NodeId id) {
    return Optional.ofNullable(nodes.get(id));
  }

  private NoSuchElementException absent(String kind, Object id, Collection<?> present) {
    return new NoSuchElementException(
        "no such "
            + kind
            + " in the shard map: "
            + kind
            + "="
            + id
            + " epoch="
            + epoch
            + " present="
            + present);
  }

  /// All groups by number, the root group first.
  public Collection<ShardGroup> groups() {
    return Collections.unmodifiableCollection(groups.values());
  }

  /// All groups that own data shards, by number.
  public List<ShardGroup> dataGroups() {
    return groups.values().stream().filter(group -> !group.id().isRoot()).toList();
  }

  /// All nodes by name.
  public Collection<Node> nodes() {
    return Collections.unmodifiableCollection(nodes.values());
  }

  /// The next map, in which the node, which must be one of this map, has that duty.
  public ShardMap with(NodeId id, Node.Duty duty) {
    return with(node(id).with(duty));
  }

  /// The next map, in which a node is as given, whether this one has it or not.
  public ShardMap with(Node changed) {
    SortedMap<NodeId, Node> next = new TreeMap<>(nodes);
    next.put(changed.id(), changed);
    return next(groups.values(), next.values());
  }

  /// The next map, in which the move has happened: the newcomer takes the other's place in the
  /// order of preference, or the last one. Who has left the root group is not in the map any more.
  public ShardMap after(ReplicaMove move) {
    ShardGroup before = group(move.group());
    ShardGroup moved = new ShardGroup(before.id(), replicasAfter(before, move));
    boolean leftCluster = move.group().isRoot() && move.from().isPresent();
    return next(
        groups.values().stream().map(group -> group.equals(before) ? moved : group).toList(),
        nodes.values().stream().filter(node -> !leftCluster || !move.concerns(node.id())).toList());
  }

  private static List<Replica> replicasAfter(ShardGroup before, ReplicaMove move) {
    List<Replica> after = new ArrayList<>();
    boolean placed = false;
    for (Replica replica : before.replicas()) {
      if (move.from().filter(replica.node()::equals).isEmpty()) {
        after.add(replica);
      } else if (move.to().isPresent()) {
        after.add(new Replica(move.to().get(), replica.role()));
        placed = true;
      }
    }
    if (!placed) {
      move.to().ifPresent(node -> after.add(new Replica(node, Replica.Role.VOTER)));
    }
    return after;
  }

  private ShardMap next(Collection<ShardGroup> nextGroups, Collection<Node> nextNodes) {
    return new ShardMap(clusterId, epoch.next(), groupOfShard, moved, nextGroups, nextNodes);
  }

  /// The next map, in which a data group of this map owns the shard.
  public ShardMap with(ShardId shard, ShardGroupId owner) {
    if (shard.isRoot() || owner.isRoot() || !groups.containsKey(owner)) {
      throw malformed(
          "a shard moves to a data group of the map", "shard=" + shard + " group=" + owner);
    }
    List<ShardGroupId> owners = new ArrayList<>(groupOfShard);
    owners.set(shard.value(), owner);
    Set<ShardId> movedThen = new HashSet<>(moved);
    movedThen.add(shard);
    return new ShardMap(
        clusterId, epoch.next(), owners, movedThen, groups.values(), nodes.values());
  }

  /// The voters of a group that serve, in order of preference for its lead.
  public List<NodeId> servingVoters(ShardGroupId group) {
    return group(group).voters().stream().filter(voter -> !node(voter).drains()).toList();
  }

  /// The shards a group owns, ascending; the root group owns [ShardId#ROOT].
  public List<ShardId> shardsOf(ShardGroupId group) {
    if (group.isRoot()) {
      return List.of(ShardId.ROOT);
    }
    return IntStream.range(0, ShardId.COUNT)
        .filter(shard -> groupOfShard.get(shard).equals(group))
        .mapToObj(ShardId::new)
        .toList();
  }

  /// The nodes that hold a replica of the shard, in order of preference for its lead.
  public List<Node> nodesOf(ShardGroupId group) {
    return group(group).replicas().stream().map(replica -> node(replica.node())).toList();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ShardMap map
        && clusterId.equals(map.clusterId)
        && epoch.equals(map.epoch)
        && groupOfShard.equals(map.groupOfShard)
        && moved.equals(map.moved)
        && groups.equals(map.groups)
        && nodes.equals(map.nodes);
  }

  @Override
  public int hashCode() {
    return Objects.hash(clusterId, epoch, groupOfShard, moved, groups, nodes);
  }

  @Override
  public String toString() {
    return "ShardMap[cluster="
        + clusterId
        + " epoch="
        + epoch
        + " groups="
        + groups.keySet()
        + " nodes="
        + nodes.keySet()
        + "]";
  }
}
