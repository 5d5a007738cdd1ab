package io.vxmeta.client.grpc;

import io.vxmeta.client.v1.EndpointMessage;
import io.vxmeta.client.v1.GroupMessage;
import io.vxmeta.client.v1.NodeDuty;
import io.vxmeta.client.v1.NodeMessage;
import io.vxmeta.client.v1.ReplicaMessage;
import io.vxmeta.client.v1.ReplicaMoveMessage;
import io.vxmeta.client.v1.ShardMapMessage;
import io.vxmeta.client.v1.ShardMoveMessage;
import io.vxmeta.shardmap.Endpoint;
import io.vxmeta.shardmap.Epoch;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.Replica;
import io.vxmeta.shardmap.ReplicaMove;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.shardmap.ShardMap;
import io.vxmeta.shardmap.ShardMove;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Turns shard maps into messages and back; a message that is not a sound map is refused with the
/// reason.
public final class ShardMapCodec {

  private ShardMapCodec() {}

  public static ShardMapMessage encode(ShardMap map) {
    ShardMapMessage.Builder message =
        ShardMapMessage.newBuilder().setClusterId(map.clusterId()).setEpoch(map.epoch().value());
    IntStream.range(0, ShardId.COUNT)
        .map(shard -> map.groupOf(new ShardId(shard)).value())
        .forEach(message::addGroupOfShard);
    IntStream.range(0, ShardId.COUNT)
        .filter(shard -> map.wasMoved(new ShardId(shard)))
        .forEach(message::addMovedShards);
    map.groups().forEach(group -> message.addGroups(encode(group)));
    map.nodes().forEach(node -> message.addNodes(encode(node)));
    return message.build();
  }

  private static GroupMessage encode(ShardGroup group) {
    GroupMessage.Builder message = GroupMessage.newBuilder().setGroup(group.id().value());
    for (Replica replica : group.replicas()) {
      message.addReplicas(
          ReplicaMessage.newBuilder()
              .setNode(replica.node().value())
              .setListener(!replica.isVoter()));
    }
    return message.build();
  }

  public static NodeMessage encode(Node node) {
    NodeMessage.Builder message =
        NodeMessage.newBuilder()
            .setNode(node.id().value())
            .setZone(node.zone())
            .setRaftEndpoint(encode(node.raft()))
            .setPeerEndpoint(encode(node.peer()))
            .setDuty(encode(node.duty()))
            .setSuccessor(node.successor().map(NodeId::value).orElse(""));
    node.clientEndpoints().forEach(endpoint -> message.addEndpoints(encode(endpoint)));
    return message.build();
  }

  public static ReplicaMoveMessage encode(ReplicaMove move) {
    return ReplicaMoveMessage.newBuilder()
        .setGroup(move.group().value())
        .setFromNode(move.from().map(NodeId::value).orElse(""))
        .setToNode(move.to().map(NodeId::value).orElse(""))
        .setCalledOff(move.will() == ReplicaMove.Will.CALLED_OFF)
        .build();
  }

  public static ReplicaMove decode(ReplicaMoveMessage message) {
    return new ReplicaMove(
        new ShardGroupId(message.getGroup()),
        named(message.getFromNode()),
        named(message.getToNode()),
        message.getCalledOff() ? ReplicaMove.Will.CALLED_OFF : ReplicaMove.Will.GO);
  }

  public static ShardMoveMessage encode(ShardMove move) {
    return ShardMoveMessage.newBuilder()
        .setShard(move.shard().value())
        .setFromGroup(move.from().value())
        .setToGroup(move.to().value())
        .setAttempt(move.attempt())
        .setCalledOff(move.will() == ShardMove.Will.CALLED_OFF)
        .build();
  }

  public static ShardMove decode(ShardMoveMessage message) {
    return new ShardMove(
        new ShardId(message.getShard()),
        new ShardGroupId(message.getFromGroup()),
        new ShardGroupId(message.getToGroup()),
        message.getAttempt(),
        message.getCalledOff() ? ShardMove.Will.CALLED_OFF : ShardMove.Will.GO);
  }

  private static Optional<NodeId> named(String node) {
    return node.isEmpty() ? Optional.empty() : Optional.of(new NodeId(node));
  }

  public static NodeDuty encode(Node.Duty duty) {
    return switch (duty) {
      case SERVING -> NodeDuty.NODE_DUTY_SERVING;
      case DRAINING -> NodeDuty.NODE_DUTY_DRAINING;
      case JOINING -> NodeDuty.NODE_DUTY_JOINING;
      case LEAVING -> NodeDuty.NODE_DUTY_LEAVING;
    };
  }

  private static EndpointMessage encode(Endpoint endpoint) {
    return EndpointMessage.newBuilder().setHost(endpoint.host()).setPort(endpoint.port()).build();
  }

  /// Throws IllegalArgumentException when the message is not a sound map.
  public static ShardMap decode(ShardMapMessage message) {
    return new ShardMap(
        message.getClusterId(),
        new Epoch(message.getEpoch()),
        message.getGroupOfShardList().stream().map(ShardGroupId::new).toList(),
        message.getMovedShardsList().stream().map(ShardId::new).collect(Collectors.toSet()),
        message.getGroupsList().stream().map(ShardMapCodec::decode).toList(),
        message.getNodesList().stream().map(ShardMapCodec::decode).toList());
  }

  private static ShardGroup decode(GroupMessage message) {
    return new ShardGroup(
        new ShardGroupId(message.getGroup()),
        message.getReplicasList().stream().map(ShardMapCodec::decode).toList());
  }

  private static Replica decode(ReplicaMessage message) {
    return new Replica(
        new NodeId(message.getNode()),
        message.getListener() ? Replica.Role.LISTENER : Replica.Role.VOTER);
  }

  /// Throws IllegalArgumentException when the message names no node that can be reached.
  public static Node decode(NodeMessage message) {
    return new Node(
        new NodeId(message.getNode()),
        message.getZone(),
        message.getEndpointsList().stream().map(ShardMapCodec::decode).toList(),
        decode(message.getRaftEndpoint()),
        decode(message.getPeerEndpoint()),
        decode(message.getDuty()),
        named(message.getSuccessor()));
  }

  /// What is not said, or said by a newer release, is that the node serves.
  private static Node.Duty decode(NodeDuty duty) {
    return switch (duty) {
      case NODE_DUTY_DRAINING -> Node.Duty.DRAINING;
      case NODE_DUTY_JOINING -> Node.Duty.JOINING;
      case NODE_DUTY_LEAVING -> Node.Duty.LEAVING;
      case NODE_DUTY_UNSPECIFIED, NODE_DUTY_SERVING, UNRECOGNIZED -> Node.Duty.SERVING;
    };
  }

  private static Endpoint decode(EndpointMessage message) {
    return new Endpoint(message.getHost(), message.getPort());
  }
}
