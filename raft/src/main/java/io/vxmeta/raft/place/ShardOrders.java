package io.vxmeta.raft.place;

import io.vxmeta.client.grpc.ShardMapCodec;
import io.vxmeta.raft.place.RootWriter.MapAt;
import io.vxmeta.raft.write.WriteFuture.WriteEnd;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.shardmap.ShardMove;
import io.vxmeta.statemachine.GroupState;
import io.vxmeta.statemachine.batch.Slice;
import io.vxmeta.statemachine.batch.TransactionEncoder;
import io.vxmeta.statemachine.table.RecordView;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/// Keeps the orders to move shards in the root group, and numbers their attempts.
public final class ShardOrders {
  /* Threads: any. Every change is one transaction that compares what it was decided on, so it happens at most once whoever tries.
   * Invariants: a shard has one order at a time; an attempt's number is given once in the whole cluster, in the transaction that
   *   writes it into an order, so the attempts of a shard grow.
   */
  private static final int ROOT_SHARD = ShardId.ROOT.value();

  private final RootWriter root;

  public ShardOrders(RootWriter root) {
    this.root = root;
  }

  /// An order and the version of its record.
  public record OrderAt(ShardMove move, long version) {}

  /// The number that was given last, and the version of its record, if any was given.
  public record LastAttempt(long number, OptionalLong version) {
    public long next() {
      return number + 1;
    }
  }

  /// The move of a shard that is under way by the root group's state.
  public static Optional<OrderAt> in(GroupState root, ShardId shard) {
    RecordView view = RootKeys.read(root, RootKeys.shardMove(shard));
    return view.found()
        ? Optional.of(new OrderAt(ClusterView.shardMove(view), view.version()))
        : Optional.empty();
  }

  public static LastAttempt lastAttemptIn(GroupState root) {
    RecordView view = RootKeys.read(root, RootKeys.lastShardAttempt());
    return view.found()
        ? new LastAttempt(ByteBuffer.wrap(view.value()).getLong(), OptionalLong.of(view.version()))
        : new LastAttempt(0, OptionalLong.empty());
  }

  /// Orders a move that was checked against a map. To be called on the root leader after its read
  /// gate, as the next ones; the answer is read by `RootWriter.written`.
  public CompletableFuture<WriteEnd> order(MapAt map, LastAttempt last, ShardMove move) {
    TransactionEncoder encoder = begin();
    encoder.compareAbsent(ROOT_SHARD, Slice.of(RootKeys.shardMove(move.shard())));
    encoder.compareVersion(ROOT_SHARD, Slice.of(RootKeys.map()), map.version());
    number(encoder, last, move);
    return root.submit(encoder.end());
  }

  /// Begins a move anew, under a number that is higher than the last.
  public CompletableFuture<WriteEnd> anew(OrderAt read, LastAttempt last, ShardMove next) {
    TransactionEncoder encoder = begin();
    compare(encoder, read);
    number(encoder, last, next);
    return root.submit(encoder.end());
  }

  /// Calls a move off.
  public CompletableFuture<WriteEnd> callOff(OrderAt read) {
    TransactionEncoder encoder = begin();
    compare(encoder, read);
    put(encoder, read.move().calledOff());
    return root.submit(encoder.end());
  }

  /// Gives the shard to the move's target in the shard map, if the order is still the one that was
  /// read: whoever leads again after a while must not repeat what others have undone.
  public CompletableFuture<WriteEnd> handOver(OrderAt read, MapAt map) {
    TransactionEncoder encoder = begin();
    compare(encoder, read);
    ShardMove move = read.move();
    RootWriter.replaceMap(encoder, map, map.map().with(move.shard(), move.to()));
    return root.submit(encoder.end());
  }

  /// Forgets a move that has ended, one way or the other.
  public CompletableFuture<WriteEnd> forget(OrderAt read) {
    TransactionEncoder encoder = begin();
    compare(encoder, read);
    encoder.delete(ROOT_SHARD, Slice.of(RootKeys.shardMove(read.move().shard())));
    return root.submit(encoder.end());
  }

  private static TransactionEncoder begin() {
    TransactionEncoder encoder = new TransactionEncoder();
    encoder.beginAnonymous(RootKeys.SYSTEM_NAMESPACE);
    return encoder;
  }

  private static void compare(TransactionEncoder encoder, OrderAt read) {
    encoder.compareVersion(
        ROOT_SHARD, Slice.of(RootKeys.shardMove(read.move().shard())), read.version());
  }

  private static void number(TransactionEncoder encoder, LastAttempt last, ShardMove move) {
    Slice counter = Slice.of(RootKeys.lastShardAttempt());
    if (last.version().isPresent()) {
      encoder.compareVersion(ROOT_SHARD, counter, last.version().getAsLong());
    } else {
      encoder.compareAbsent(ROOT_SHARD, counter);
    }
    byte[] number = ByteBuffer.allocate(Long.BYTES).putLong(move.attempt()).array();
    encoder.put(ROOT_SHARD, counter, Slice.of(number), 0);
    put(encoder, move);
  }

  private static void put(TransactionEncoder encoder, ShardMove move) {
    encoder.put(
        ROOT_SHARD,
        Slice.of(RootKeys.shardMove(move.shard())),
        Slice.of(ShardMapCodec.encode(move).toByteArray()),
        0);
  }
}
