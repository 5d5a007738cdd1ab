package io.vxmeta.raft.api;

import io.vxmeta.client.grpc.ErrorReason;
import io.vxmeta.client.grpc.ShardMapCodec;
import io.vxmeta.client.v1.AdmitNodeRequest;
import io.vxmeta.client.v1.AdmitNodeResponse;
import io.vxmeta.client.v1.JoinNodeRequest;
import io.vxmeta.client.v1.JoinNodeResponse;
import io.vxmeta.client.v1.NodeMessage;
import io.vxmeta.client.v1.RemoveNodeRequest;
import io.vxmeta.client.v1.RemoveNodeResponse;
import io.vxmeta.raft.api.RootChange.Change;
import io.vxmeta.raft.peer.PeerVoters;
import io.vxmeta.raft.place.ClusterView;
import io.vxmeta.raft.place.RootWriter;
import io.vxmeta.raft.place.RootWriter.MapAt;
import io.vxmeta.shardmap.Endpoint;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.Node.Duty;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.Placement;
import io.vxmeta.shardmap.ReplicaMove;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import io.vxmeta.statemachine.GroupState;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Collection;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;
import java.util.stream.Stream;

/// Takes new nodes into the cluster, and lets nodes leave it.
final class Membership {
  /* Threads: any.
   * A name is announced by an operator, and given to the first data directory that comes under it, for ever: a node that lost its disk
   *   has forgotten what it promised, and nobody may promise anew under its name. So neither a name that a node has, nor one
   *   that a node had, is given to another.
   * Who leaves is only marked here; Departures sees to the rest.
   */

  /// Each node has a replica of the root group.
  static final int NODES_MAX = Placement.REPLICATION_MAX;

  private final RootChange changes;
  private final RootWriter rootWriter;
  private final ClusterView cluster;
  private final IntFunction<CompletableFuture<Set<NodeId>>> behind;
  private final Optional<String> restoredFrom;

  /// @param behind nodes whose build knows less than that number of `PeerVoters` says
  /// @param restoredFrom the backup that the cluster comes from
  Membership(
      RootChange changes,
      RootWriter rootWriter,
      ClusterView cluster,
      IntFunction<CompletableFuture<Set<NodeId>>> behind,
      Optional<String> restoredFrom) {
    this.changes = changes;
    this.rootWriter = rootWriter;
    this.cluster = cluster;
    this.behind = behind;
    this.restoredFrom = restoredFrom;
  }

  /// To be called on the root group's leader, as the others.
  CompletableFuture<JoinNodeResponse> join(JoinNodeRequest request, long deadlineNanos) {
    Node node = node(request.getNode()).with(Duty.JOINING);
    return behind
        .apply(PeerVoters.NODES_JOIN)
        .thenCompose(nodes -> {
          ReplicaMoves.requireNone(nodes, "nodes that join and leave");
          return changes.make((current, root) -> joined(node, current, root), deadlineNanos);
        });
  }

  private Change<JoinNodeResponse> joined(Node node, MapAt current, GroupState root) {
    ShardMap map = current.map();
    Optional<Node> known = map.findNode(node.id());
    if (known.isPresent()) {
      if (!known.get().isAt(node)) {
        throw Refusal.invalid(
            "node.node", "a name that no node has, or the addresses that it has", node.id());
      }
      return Change.none(joined(map, false));
    }
    if (RootWriter.incarnationIn(root, node.id()).isPresent()) {
      throw Refusal.invalid(
          "node.node", "a name that no node ever had, for a node that is new", node.id());
    }
    requireOwnAddresses(map, node);
    if (map.nodes().size() >= NODES_MAX) {
      throw Refusal.limit("nodes", NODES_MAX, map.nodes().size() + 1L);
    }
    if (cluster.names() >= ClusterView.NAMES_MAX) {
      throw Refusal.limit("names of nodes", ClusterView.NAMES_MAX, cluster.names() + 1L);
    }
    ShardMap next = map.with(node);
    return Change.by(joined(next, true), () -> rootWriter.writeMap(current, next));
  }

  private static Node node(NodeMessage message) {
    try {
      return ShardMapCodec.decode(message);
    } catch (IllegalArgumentException e) {
      throw Refusal.invalid(
          "node", "a name and addresses (" + e.getMessage() + ")", message.getNode());
    }
  }

  private static void requireOwnAddresses(ShardMap map, Node node) {
    Set<Endpoint> own = new HashSet<>();
    addresses(node).forEach(Membership::requireHost);
    if (!addresses(node).allMatch(own::add)) {
      throw Refusal.invalid("node", "each address once", addresses(node).toList());
    }
    for (Node other : map.nodes()) {
      addresses(other)
          .filter(own::contains)
          .findFirst()
          .ifPresent(taken -> {
            throw Refusal.invalid(
                "node", "addresses of its own, not those of " + other.id(), taken);
          });
    }
  }

  /// As gRPC has it: a host that a URI can not have is refused by whoever would connect.
  private static void requireHost(Endpoint address) {
    boolean usable;
    try {
      usable =
          new URI(null, null, address.host(), address.port(), null, null, null).getHost() != null;
    } catch (URISyntaxException e) {
      usable = false;
    }
    if (!usable) {
      throw Refusal.invalid("node", "the name or the address of a host, and a port", address);
    }
  }

  private static Stream<Endpoint> addresses(Node node) {
    return Stream.concat(node.clientEndpoints().stream(), Stream.of(node.raft(), node.peer()));
  }

  private static JoinNodeResponse joined(ShardMap map, boolean changed) {
    return JoinNodeResponse.newBuilder()
        .setMapEpoch(map.epoch().value())
        .setChanged(changed)
        .build();
  }

  CompletableFuture<AdmitNodeResponse> admit(AdmitNodeRequest request, long deadlineNanos) {
    Node node = node(request.getNode());
    String incarnation = incarnation(request.getIncarnation());
    return changes.make(
        (current, root) -> {
          ShardMap map = current.map();
          if (!map.clusterId().equals(request.getClusterId())) {
            throw Refusal.invalid(
                "cluster_id", "the id of this cluster, " + map.clusterId(), request.getClusterId());
          }
          Optional<String> admitted = RootWriter.incarnationIn(root, node.id());
          if (admitted.isPresent() && map.findNode(node.id()).isEmpty()) {
            throw Refusal.invalid(
                "node", "a name that no node ever had: a node of this name has left", node.id());
          }
          Node known = announced(map, node);
          if (admitted.isPresent() || map.group(ShardGroupId.ROOT).isOn(node.id())) {
            requireSame(node.id(), admitted, incarnation);
            return Change.none(admission(map));
          }
          if (known.duty() != Duty.JOINING) {
            throw Refusal.invalid("node", "a node that is to join", known.duty());
          }
          if (RootWriter.moveIn(root, ShardGroupId.ROOT).isPresent()) {
            throw Refusal.of(
                ErrorReason.NOT_READY,
                "another node joins or leaves just now, one at a time; retry",
                "group",
                0,
                "reason",
                "another change of the root group");
          }
          ShardMap next = map.with(node.id(), Duty.SERVING);
          return Change.by(
              admission(next), () -> rootWriter.admit(current, next, node.id(), incarnation));
        },
        deadlineNanos);
  }

  private static String incarnation(String text) {
    try {
      return UUID.fromString(text).toString();
    } catch (IllegalArgumentException e) {
      throw Refusal.invalid("incarnation", "a UUID", text);
    }
  }

  private static Node announced(ShardMap map, Node node) {
    Node known =
        map.findNode(node.id())
            .orElseThrow(() ->
                Refusal.of(
                    ErrorReason.NODE_UNKNOWN,
                    "no node of this name was announced: node="
                        + node.id()
                        + "; announce it: vxctl node join %s --client %s --peer %s --raft %s%s"
                            .formatted(
                                node.id(),
                                node.clientEndpoints().getFirst(),
                                node.peer(),
                                node.raft(),
                                node.zone().isEmpty() ? "" : " --zone " + node.zone()),
                    "node",
                    node.id()));
    if (!known.isAt(node)) {
      throw Refusal.invalid(
          "node",
          "the zone and the addresses under which it was announced: zone="
              + known.zone()
              + " client="
              + known.clientEndpoints()
              + " peer="
              + known.peer()
              + " raft="
              + known.raft(),
          "zone="
              + node.zone()
              + " client="
              + node.clientEndpoints()
              + " peer="
              + node.peer()
              + " raft="
              + node.raft());
    }
    return known;
  }

  private static void requireSame(NodeId node, Optional<String> admitted, String incarnation) {
    if (admitted.filter(incarnation::equals).isEmpty()) {
      throw Refusal.of(
          ErrorReason.INVALID_REQUEST,
          "this name belongs to another data directory: node="
              + node
              + "; a node that lost its data must not come back empty under its name, because it may have"
              + " acknowledged writes and given votes that it no longer knows: put its data directory back, or"
              + " have a node of a new name take its place (vxctl node join, vxctl node replace)",
          "field",
          "incarnation",
          "expected",
          "the data directory that was admitted",
          "actual",
          incarnation);
    }
  }

  private AdmitNodeResponse admission(ShardMap map) {
    return AdmitNodeResponse.newBuilder()
        .setMap(ShardMapCodec.encode(map))
        .setRestoredFrom(restoredFrom.orElse(""))
        .build();
  }

  CompletableFuture<RemoveNodeResponse> remove(RemoveNodeRequest request, long deadlineNanos) {
    return behind
        .apply(PeerVoters.NODES_JOIN)
        .thenCompose(nodes -> {
          ReplicaMoves.requireNone(nodes, "nodes that join and leave");
          return changes.make((current, root) -> removed(request, current, root), deadlineNanos);
        });
  }

  private Change<RemoveNodeResponse> removed(
      RemoveNodeRequest request, MapAt current, GroupState root) {
    ShardMap map = current.map();
    if (hasLeft(map, root, request.getNode())) {
      return Change.none(
          RemoveNodeResponse.newBuilder().setMapEpoch(map.epoch().value()).setDone(true).build());
    }
    Node node = RootChange.node(map, "node", request.getNode());
    Optional<NodeId> successor = successor(map, node.id(), request.getSuccessor());
    if (node.leaves() && node.successor().equals(successor)) {
      return Change.none(leaving(map, false));
    }
    ShardMap next = map.with(node.leavingTo(successor));
    requirePlaces(next, RootWriter.movesIn(root), node.id());
    return Change.by(leaving(next, true), () -> rootWriter.writeMap(current, next));
  }

  private static boolean hasLeft(ShardMap map, GroupState root, String name) {
    try {
      NodeId node = new NodeId(name);
      return map.findNode(node).isEmpty() && RootWriter.incarnationIn(root, node).isPresent();
    } catch (IllegalArgumentException noName) {
      // It is no node's, which is said next.
      return false;
    }
  }

  private static Optional<NodeId> successor(ShardMap map, NodeId leaves, String name) {
    if (name.isEmpty()) {
      return Optional.empty();
    }
    Node successor = RootChange.node(map, "successor", name);
    if (successor.id().equals(leaves) || !takesReplicas(map, successor)) {
      throw Refusal.invalid(
          "successor", "another node, which has joined and serves (vxctl node list)", name);
    }
    return Optional.of(successor.id());
  }

  private static boolean takesReplicas(ShardMap map, Node node) {
    return node.duty() == Duty.SERVING && map.group(ShardGroupId.ROOT).isOn(node.id());
  }

  /// Each group has as many nodes that could take a replica as replicas on nodes that leave; also
  /// those of which the node has none and is wanted for one.
  private static void requirePlaces(ShardMap next, Collection<ReplicaMove> underWay, NodeId node) {
    for (ShardGroup group : next.groups()) {
      boolean concerned =
          group.isOn(node)
              || (!group.id().isRoot()
                  && hasPlaces(next.with(node, Duty.SERVING), underWay, group));
      if (concerned && !hasPlaces(next, underWay, group)) {
        throw RootChange.nodeNeeded(
            "no other node can take over a replica of a node that leaves: node="
                + node
                + " group="
                + group.id()
                + " replicas="
                + group.voters()
                + "; have another node join first (vxctl node join), or one that drains serve",
            node,
            group.id());
      }
    }
  }

  private static boolean hasPlaces(
      ShardMap next, Collection<ReplicaMove> underWay, ShardGroup group) {
    if (group.id().isRoot()) {
      // Who leads it must have somebody to give the lead to.
      return !next.servingVoters(group.id()).isEmpty();
    }
    long leaving = group.voters().stream().filter(voter -> next.node(voter).leaves()).count();
    long takers =
        next.nodes().stream()
            .filter(other -> takesReplicas(next, other) && !group.isOn(other.id()))
            .filter(other ->
                underWay.stream()
                    .filter(move -> move.group().equals(group.id()) && move.comesTo(other.id()))
                    .allMatch(
                        move -> move.from().filter(from -> next.node(from).leaves()).isPresent()))
            .count();
    return leaving <= takers;
  }

  private static RemoveNodeResponse leaving(ShardMap map, boolean changed) {
    return RemoveNodeResponse.newBuilder()
        .setMapEpoch(map.epoch().value())
        .setChanged(changed)
        .build();
  }
}
