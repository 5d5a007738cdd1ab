package io.vxmeta.raft.api;

import io.vxmeta.client.grpc.ErrorReason;
import io.vxmeta.client.grpc.ShardMapCodec;
import io.vxmeta.client.v1.CancelMoveRequest;
import io.vxmeta.client.v1.CancelMoveResponse;
import io.vxmeta.client.v1.MoveReplicaRequest;
import io.vxmeta.client.v1.MoveReplicaResponse;
import io.vxmeta.raft.peer.PeerVoters;
import io.vxmeta.raft.place.RootWriter;
import io.vxmeta.raft.place.RootWriter.MapAt;
import io.vxmeta.raft.place.RootWriter.MoveAt;
import io.vxmeta.raft.read.ReadContract;
import io.vxmeta.raft.read.ReadGate;
import io.vxmeta.raft.read.ReadGate.Opened;
import io.vxmeta.raft.write.WriteFuture.WriteEnd;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ReplicaMove;
import io.vxmeta.shardmap.ReplicaMove.Will;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;

/// Takes orders to move replicas, and to call moves off.
final class ReplicaMoves {
  /* Threads: any. An order is checked against the shard map that its transaction compares, so what it names is true when it is kept.
   */
  private final ReadGate gate;
  private final RootWriter rootWriter;
  private final CallErrors errors;
  private final IntFunction<CompletableFuture<Set<NodeId>>> behind;

  /// @param behind nodes whose build knows less than that number of `PeerVoters` says
  ReplicaMoves(
      ReadGate gate,
      RootWriter rootWriter,
      CallErrors errors,
      IntFunction<CompletableFuture<Set<NodeId>>> behind) {
    this.behind = behind;
    this.gate = gate;
    this.rootWriter = rootWriter;
    this.errors = errors;
  }

  /// To be called on the root group's leader.
  CompletableFuture<MoveReplicaResponse> order(MoveReplicaRequest request, long deadlineNanos) {
    return opened(deadlineNanos)
        .thenCompose(root -> {
          MapAt map = RootWriter.mapIn(root.state());
          ReplicaMove move = move(map.map(), request);
          Optional<MoveAt> underWay = RootWriter.moveIn(root.state(), move.group());
          if (underWay.isPresent()) {
            requireSame(underWay.get().move(), move);
            return CompletableFuture.completedFuture(ordered(false));
          }
          if (isDone(map.map(), move)) {
            return CompletableFuture.completedFuture(
                MoveReplicaResponse.newBuilder().setDone(true).build());
          }
          requirePlaces(map.map(), move);
          return behind
              .apply(PeerVoters.REPLICAS_MOVE)
              .thenCompose(nodes -> {
                requireNone(nodes, "moves");
                return rootWriter.order(map, move);
              })
              .thenApply(end -> {
                requireWritten(end);
                return ordered(true);
              });
        });
  }

  /// Such a node would neither take nor give up a replica, and would start with members that are
  /// old.
  static void requireNone(Set<NodeId> nodes, String what) {
    if (!nodes.isEmpty()) {
      throw Refusal.of(
          ErrorReason.INVALID_REQUEST,
          "expected a build that knows of "
              + what
              + " on every node; earlier="
              + nodes
              + "; start the new one there first",
          "field",
          "group",
          "expected",
          "a build that knows of " + what + " on every node",
          "actual",
          nodes);
    }
  }

  /// To be called on the root group's leader.
  CompletableFuture<CancelMoveResponse> cancel(CancelMoveRequest request, long deadlineNanos) {
    return opened(deadlineNanos)
        .thenCompose(root -> {
          MoveAt read =
              RootWriter.moveIn(root.state(), group(request.getGroup()))
                  .orElseThrow(() ->
                      Refusal.invalid(
                          "group", "a group whose replica is being moved", request.getGroup()));
          CompletableFuture<CancelMoveResponse> done =
              CompletableFuture.completedFuture(
                  CancelMoveResponse.newBuilder()
                      .setMove(ShardMapCodec.encode(read.move().calledOff()))
                      .build());
          return read.move().will() == Will.CALLED_OFF
              ? done
              : rootWriter
                  .callOff(read)
                  .thenCompose(end -> {
                    requireWritten(end);
                    return done;
                  });
        });
  }

  private CompletableFuture<Opened> opened(long deadlineNanos) {
    return gate.open(ShardGroupId.ROOT, new ReadContract.Linearizable(), deadlineNanos)
        .exceptionallyCompose(problem ->
            CompletableFuture.failedFuture(errors.translated(problem, ShardGroupId.ROOT)));
  }

  private static ShardGroupId group(int number) {
    if (number <= 0) {
      throw Refusal.invalid(
          "group", "a data group; the root group has a replica on every node", number);
    }
    return new ShardGroupId(number);
  }

  private static ReplicaMove move(ShardMap map, MoveReplicaRequest request) {
    ShardGroupId group = group(request.getGroup());
    if (map.findGroup(group).isEmpty()) {
      throw Refusal.invalid(
          "group", "one of " + map.dataGroups().stream().map(ShardGroup::id).toList(), group);
    }
    NodeId from = RootChange.node(map, "from_node", request.getFromNode()).id();
    NodeId to = RootChange.node(map, "to_node", request.getToNode()).id();
    if (from.equals(to)) {
      throw Refusal.invalid("to_node", "another node than from_node", to);
    }
    return ReplicaMove.between(group, from, to);
  }

  private static void requireSame(ReplicaMove underWay, ReplicaMove asked) {
    if (!underWay.equals(asked)) {
      throw Refusal.of(
          ErrorReason.MOVE_UNDER_WAY,
          "another move of the group is under way, one at a time: "
              + underWay
              + "; wait for its end (vxctl status), or call it off (vxctl replica cancel)",
          "group",
          asked.group().value(),
          "from",
          underWay.from().map(NodeId::value).orElse(""),
          "to",
          underWay.to().map(NodeId::value).orElse(""));
    }
  }

  private static boolean isDone(ShardMap map, ReplicaMove move) {
    ShardGroup group = map.group(move.group());
    return group.isOn(move.to().orElseThrow()) && !group.isOn(move.from().orElseThrow());
  }

  private static void requirePlaces(ShardMap map, ReplicaMove move) {
    ShardGroup group = map.group(move.group());
    NodeId from = move.from().orElseThrow();
    NodeId to = move.to().orElseThrow();
    if (!group.isOn(from)) {
      throw Refusal.invalid(
          "from_node", "a node with a replica of the group, one of " + group.voters(), from);
    }
    if (group.isOn(to)) {
      throw Refusal.invalid(
          "to_node", "a node without a replica of the group, not one of " + group.voters(), to);
    }
    if (!map.group(ShardGroupId.ROOT).isOn(to)) {
      throw Refusal.invalid("to_node", "a node that has joined (vxctl node list)", to);
    }
    if (map.node(to).drains()) {
      throw Refusal.invalid(
          "to_node", "a node that is not draining or leaving (vxctl node undrain NODE)", to);
    }
  }

  private void requireWritten(WriteEnd end) {
    boolean written =
        switch (end) {
          case WriteEnd.Refused refused ->
              throw errors.refusal(refused.refusal(), ShardGroupId.ROOT);
          case WriteEnd.Unknown unknown ->
              throw errors.unknown(ShardGroupId.ROOT, unknown.message());
          case WriteEnd.Answered answered ->
              RootWriter.written(answered.answer()) == RootWriter.Written.NEW;
        };
    if (!written) {
      throw Refusal.of(
          ErrorReason.NOT_READY,
          "the shard map or the order changed meanwhile; retry",
          "group",
          0,
          "reason",
          "conflict");
    }
  }

  private static MoveReplicaResponse ordered(boolean isNew) {
    return MoveReplicaResponse.newBuilder().setOrdered(isNew).build();
  }
}
