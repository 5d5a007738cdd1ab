package io.vxmeta.client;

import com.google.protobuf.Any;
import com.google.rpc.ErrorInfo;
import io.grpc.Server;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.StatusProto;
import io.vxmeta.client.grpc.ErrorReason;
import io.vxmeta.shardmap.Endpoint;
import io.vxmeta.shardmap.Epoch;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.Placement;
import io.vxmeta.shardmap.ReplicaMove;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.shardmap.ShardMap;
import io.vxmeta.shardmap.ShardMove;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/// Three loopback gRPC servers over one shared in-memory state: the other side of the wire, whose
/// answers a test can script. They replicate nothing and prove nothing; leaders are whoever the
/// test says.
public final class ScriptedCluster implements AutoCloseable {

  static final String CLUSTER = "scripted";
  static final int NODES = 3;

  final ScriptedState state = new ScriptedState();
  final Set<NodeId> damaged = ConcurrentHashMap.newKeySet();
  final List<ScriptedNode> nodes = new ArrayList<>();
  final Map<ShardGroupId, ReplicaMove> moves = new ConcurrentHashMap<>();

  /// Whether somebody asked for that.
  final AtomicBoolean begun = new AtomicBoolean();

  final Map<ShardId, ShardMove> shardMoves = new ConcurrentSkipListMap<>();

  /// What the replicas of a group say; nothing, as nodes of an earlier build, if it is not here.
  public final Map<ShardGroupId, List<String>> voters = new ConcurrentHashMap<>();

  private final Map<ShardGroupId, NodeId> leaders = new ConcurrentHashMap<>();
  private final Map<ShardId, ShardGroupId> given = new ConcurrentHashMap<>();
  private final Map<NodeId, Server> servers = new ConcurrentHashMap<>();
  private volatile ShardMap map;
  private volatile String leadsRefused = "";

  public ScriptedCluster() {
    this(3);
  }

  ScriptedCluster(int groups) {
    List<Node> members = new ArrayList<>();
    for (int i = 1; i <= NODES; i++) {
      NodeId id = new NodeId("node-" + i);
      nodes.add(new ScriptedNode(this, id));
      Endpoint endpoint = new Endpoint("127.0.0.1", start(id, 0));
      members.add(new Node(id, "z" + i, List.of(endpoint), endpoint, endpoint));
    }
    map = Placement.initial(CLUSTER, members, groups, NODES);
    map.groups().forEach(group -> leaders.put(group.id(), Placement.preferredLeader(group)));
  }

  /// Lets a walk over the node's tables find something.
  public void damage(NodeId node) {
    damaged.add(node);
  }

  /// Starts a node that was killed, where it was.
  public void start(NodeId node) {
    int unused = start(node, endpoint(node).port());
  }

  private int start(NodeId node, int port) {
    ScriptedNode service = nodes.get(index(node));
    try {
      Server server =
          NettyServerBuilder.forAddress(
                  new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
              .addService(service)
              .addService(service.admin())
              .intercept(service)
              .permitKeepAliveTime(1, TimeUnit.SECONDS)
              .build()
              .start();
      servers.put(node, server);
      return server.getPort();
    } catch (IOException taken) {
      throw new UncheckedIOException(taken);
    }
  }

  /// Cuts all connections of the node at once and refuses new ones.
  public void kill(NodeId node) {
    Server server = servers.remove(node);
    if (server != null) {
      server.shutdownNow();
      try {
        boolean unused = server.awaitTermination(10, TimeUnit.SECONDS);
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /// How many transactions were applied to all groups.
  public int applied() {
    return map.groups().stream().mapToInt(group -> state.applied(group.id().value()).size()).sum();
  }

  /// Every node refuses the next write so.
  public void refuseNextWrite(ErrorReason reason) {
    nodes.forEach(node -> node.writes.add(new ScriptedNode.Refuse(error(reason, Map.of()))));
  }

  ScriptedNode leaderOf(int group) {
    return node(leader(new ShardGroupId(group)));
  }

  ScriptedNode node(NodeId id) {
    return nodes.get(index(id));
  }

  private static int index(NodeId id) {
    return Integer.parseInt(id.value().substring("node-".length())) - 1;
  }

  public NodeId leader(ShardGroupId group) {
    return java.util.Objects.requireNonNull(leaders.get(group));
  }

  public void lead(int group, NodeId node) {
    leaders.put(new ShardGroupId(group), node);
  }

  /// A node that does not lead the group.
  ScriptedNode followerOf(int group) {
    NodeId leader = leader(new ShardGroupId(group));
    return nodes.stream().filter(node -> !node.id.equals(leader)).findFirst().orElseThrow();
  }

  public ShardMap map() {
    return map;
  }

  /// From now on nobody takes a lead, for this reason.
  public void refuseLeads(String reason) {
    leadsRefused = reason;
  }

  /// Marks a node; one that drains gives its leads away at once, unless nobody takes them.
  synchronized void mark(NodeId node, Node.Duty duty) {
    map = map.with(node, duty);
    map.groups().stream()
        .map(ShardGroup::id)
        .forEach(group -> {
          if (leader(group).equals(node) && leadsRefused.isEmpty()) {
            leaders.put(group, wanted(group));
          }
        });
  }

  synchronized void announce(Node node) {
    map = map.with(node);
  }

  /// A node that has nothing goes at once, another one is marked.
  synchronized void dismiss(NodeId node) {
    boolean holds = map.groups().stream().anyMatch(group -> group.isOn(node));
    map = holds ? map.with(node, Node.Duty.LEAVING) : map.after(ReplicaMove.leavesRoot(node));
  }

  /// Who should lead by the map.
  NodeId wanted(ShardGroupId group) {
    return map.servingVoters(group).get(0);
  }

  String leadsRefused() {
    return leadsRefused;
  }

  /// Lets a group have the shard, whatever the map says.
  void give(ShardId shard, int group) {
    state.raise(group, owner(shard).value());
    given.put(shard, new ShardGroupId(group));
  }

  /// Ends the move of a shard, with a map that says where it is now.
  public void endShardMove(ShardId shard, ShardGroupId owner) {
    give(shard, owner.value());
    publishOwners();
    ShardMove unused = shardMoves.remove(shard);
  }

  /// Publishes a map in which everything is where it is, if the last one is not such.
  synchronized void publishOwners() {
    given.forEach((shard, owner) -> {
      map = map.with(shard, owner);
      // Only what was published: it may be given on meanwhile.
      boolean unused = given.remove(shard, owner);
    });
  }

  ShardGroupId owner(ShardId shard) {
    return given.getOrDefault(shard, map.groupOf(shard));
  }

  /// Publishes the same map under the next epoch.
  void raiseEpoch() {
    map =
        new ShardMap(
            CLUSTER,
            map.epoch().next(),
            java.util.stream.IntStream.range(0, 128)
                .mapToObj(s -> map.groupOf(new ShardId(s)))
                .toList(),
            map.groups(),
            map.nodes());
  }

  Epoch epoch() {
    return map.epoch();
  }

  Endpoint endpoint(NodeId node) {
    return map.node(node).clientEndpoints().get(0);
  }

  public ClientConfig config() {
    return ClientConfig.of(
        map.nodes().stream().map(node -> node.clientEndpoints().get(0)).toList());
  }

  /// The error a server sends for this reason.
  static StatusRuntimeException error(ErrorReason reason, Map<String, String> facts) {
    return StatusProto.toStatusRuntimeException(
        com.google.rpc.Status.newBuilder()
            .setCode(reason.code().value())
            .setMessage("scripted " + reason)
            .addDetails(
                Any.pack(
                    ErrorInfo.newBuilder()
                        .setDomain(ErrorReason.DOMAIN)
                        .setReason(reason.name())
                        .putAllMetadata(facts)
                        .build()))
            .build());
  }

  @Override
  public void close() {
    nodes.forEach(node -> kill(node.id));
  }
}
