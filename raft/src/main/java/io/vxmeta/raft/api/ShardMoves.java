package io.vxmeta.raft.api;

import io.vxmeta.client.grpc.ErrorReason;
import io.vxmeta.client.grpc.ShardMapCodec;
import io.vxmeta.client.v1.CancelShardMoveRequest;
import io.vxmeta.client.v1.CancelShardMoveResponse;
import io.vxmeta.client.v1.ListShardMovesResponse;
import io.vxmeta.client.v1.MoveShardRequest;
import io.vxmeta.client.v1.MoveShardResponse;
import io.vxmeta.client.v1.ShardMoveMessage;
import io.vxmeta.raft.move.ShardMover;
import io.vxmeta.raft.move.ShardMover.Progress;
import io.vxmeta.raft.peer.PeerVoters;
import io.vxmeta.raft.place.RootWriter;
import io.vxmeta.raft.place.RootWriter.MapAt;
import io.vxmeta.raft.place.ShardOrders;
import io.vxmeta.raft.place.ShardOrders.LastAttempt;
import io.vxmeta.raft.place.ShardOrders.OrderAt;
import io.vxmeta.raft.read.ReadContract;
import io.vxmeta.raft.read.ReadGate;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.shardmap.ShardMap;
import io.vxmeta.shardmap.ShardMove;
import io.vxmeta.statemachine.GroupState;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Takes orders to move shards, calls moves off, and tells how far they are.
final class ShardMoves {
  /* Threads: any. An order is checked against the shard map that its transaction compares, so the source owns the shard when the order is
   *   kept, and no other move of it is under way.
   */
  private final ReadGate gate;
  private final ShardOrders orders;
  private final RootChange changes;
  private final CallErrors errors;
  private final ShardMover mover;
  private final IntFunction<CompletableFuture<Set<NodeId>>> behind;

  /// @param mover of this node
  /// @param behind nodes whose build knows less than that number of `PeerVoters` says
  ShardMoves(
      ReadGate gate,
      RootWriter rootWriter,
      CallErrors errors,
      ShardMover mover,
      IntFunction<CompletableFuture<Set<NodeId>>> behind) {
    this.gate = gate;
    this.orders = new ShardOrders(rootWriter);
    this.changes = new RootChange(gate, errors);
    this.errors = errors;
    this.mover = mover;
    this.behind = behind;
  }

  /// What came of an order: the move that is under way now; none if there is nothing to do.
  private record Ordered(Optional<ShardMove> move, boolean isNew) {}

  /// To be called on the root group's leader, as the next ones.
  CompletableFuture<MoveShardResponse> order(MoveShardRequest request, long deadlineNanos) {
    ShardId shard = shard(request.getShard());
    return behind
        .apply(PeerVoters.SHARDS_MOVE)
        .thenCompose(nodes -> {
          ReplicaMoves.requireNone(nodes, "moves of shards");
          return changes.make((map, root) -> order(map, root, shard, request), deadlineNanos);
        })
        .thenApply(ordered -> {
          if (ordered.isNew()) {
            ordered.move().ifPresent(mover::onOrdered);
          }
          MoveShardResponse.Builder response =
              MoveShardResponse.newBuilder()
                  .setOrdered(ordered.isNew())
                  .setDone(ordered.move().isEmpty());
          ordered.move().map(ShardMapCodec::encode).ifPresent(response::setMove);
          return response.build();
        });
  }

  private RootChange.Change<Ordered> order(
      MapAt map, GroupState root, ShardId shard, MoveShardRequest request) {
    ShardGroupId to = group(map.map(), request.getToGroup());
    Optional<OrderAt> underWay = ShardOrders.in(root, shard);
    if (underWay.isPresent()) {
      requireSame(underWay.get().move(), to);
      return RootChange.Change.none(new Ordered(underWay.map(OrderAt::move), false));
    }
    ShardGroupId from = map.map().groupOf(shard);
    if (from.equals(to)) {
      return RootChange.Change.none(new Ordered(Optional.empty(), false));
    }
    LastAttempt last = ShardOrders.lastAttemptIn(root);
    ShardMove move = ShardMove.between(shard, from, to, last.next());
    return RootChange.Change.by(
        new Ordered(Optional.of(move), true), () -> orders.order(map, last, move));
  }

  private static void requireSame(ShardMove underWay, ShardGroupId to) {
    if (!underWay.to().equals(to) || underWay.will() == ShardMove.Will.CALLED_OFF) {
      throw Refusal.of(
          ErrorReason.MOVE_UNDER_WAY,
          "another move of the shard is under way: "
              + underWay
              + "; wait for its end (vxctl shard moves), or call it off (vxctl shard cancel)",
          "shard",
          underWay.shard().value(),
          "from",
          underWay.from().value(),
          "to",
          underWay.to().value());
    }
  }

  CompletableFuture<CancelShardMoveResponse> cancel(
      CancelShardMoveRequest request, long deadlineNanos) {
    ShardId shard = shard(request.getShard());
    return changes
        .make((_, root) -> cancel(root, shard), deadlineNanos)
        .thenApply(move ->
            CancelShardMoveResponse.newBuilder().setMove(ShardMapCodec.encode(move)).build());
  }

  private RootChange.Change<ShardMove> cancel(GroupState root, ShardId shard) {
    OrderAt read =
        ShardOrders.in(root, shard)
            .orElseThrow(() ->
                Refusal.invalid(
                    "shard", "a shard that moves (vxctl shard moves lists them)", shard));
    ShardMove off = read.move().calledOff();
    return read.move().equals(off)
        ? RootChange.Change.none(off)
        : RootChange.Change.by(off, () -> orders.callOff(read));
  }

  CompletableFuture<ListShardMovesResponse> list(long deadlineNanos) {
    return gate.open(ShardGroupId.ROOT, new ReadContract.Linearizable(), deadlineNanos)
        .exceptionallyCompose(problem ->
            CompletableFuture.failedFuture(errors.translated(problem, ShardGroupId.ROOT)))
        .thenApply(opened -> {
          Map<ShardId, Progress> progress = mover.report();
          ListShardMovesResponse.Builder response =
              ListShardMovesResponse.newBuilder()
                  .setMapEpoch(RootWriter.mapIn(opened.state()).map().epoch().value());
          IntStream.range(0, ShardId.COUNT)
              .mapToObj(ShardId::new)
              .flatMap(shard -> ShardOrders.in(opened.state(), shard).stream())
              .map(order -> told(order.move(), progress.get(order.move().shard())))
              .forEach(response::addMoves);
          return response.build();
        });
  }

  private static ShardMoveMessage told(ShardMove move, @Nullable Progress progress) {
    ShardMoveMessage.Builder message = ShardMapCodec.encode(move).toBuilder();
    if (progress == null) {
      return message.setStep("waits for the root group's leader").build();
    }
    return message
        .setStep(progress.step())
        .setParts(Math.toIntExact(progress.parts()))
        .setCopiedBytes(progress.bytes())
        .build();
  }

  private static ShardId shard(int number) {
    if (number < 0 || number >= ShardId.COUNT) {
      throw Refusal.invalid("shard", "0.." + (ShardId.COUNT - 1), Integer.toUnsignedLong(number));
    }
    return new ShardId(number);
  }

  private static ShardGroupId group(ShardMap map, int number) {
    return map.dataGroups().stream()
        .map(ShardGroup::id)
        .filter(group -> group.value() == number)
        .findFirst()
        .orElseThrow(() ->
            Refusal.invalid(
                "to_group",
                "a data group, one of " + map.dataGroups().stream().map(ShardGroup::id).toList(),
                Integer.toUnsignedLong(number)));
  }
}
