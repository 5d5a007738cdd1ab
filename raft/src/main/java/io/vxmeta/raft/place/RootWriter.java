package io.vxmeta.raft.place;

import io.vxmeta.client.grpc.ShardMapCodec;
import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.raft.write.Coalescer;
import io.vxmeta.raft.write.WriteFuture;
import io.vxmeta.raft.write.WriteFuture.WriteEnd;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ReplicaMove;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.shardmap.ShardMap;
import io.vxmeta.statemachine.Answer;
import io.vxmeta.statemachine.GroupState;
import io.vxmeta.statemachine.Outcome;
import io.vxmeta.statemachine.batch.EncodedTransaction;
import io.vxmeta.statemachine.batch.Slice;
import io.vxmeta.statemachine.batch.TransactionEncoder;
import io.vxmeta.statemachine.table.RecordView;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// Changes the root group: the shard map, namespaces, orders to move replicas.
public final class RootWriter {
  /* Threads: any. Every change is one transaction with a compare, so it happens at most once whoever tries, however often:
   * the first map needs its key absent, a later one the map it follows, a namespace the counter unchanged since it was read, a
   * move the map it was checked against, and its end the order and the map that it ends.
   */
  public static final String DEFAULT_NAMESPACE = "default";

  private static final int ROOT_SHARD = ShardId.ROOT.value();

  /// Stands for the incarnation of a name that no node has any more.
  private static final String LEFT = "left";

  private final Map<ShardGroupId, ? extends Replica> replicas;
  private final Map<ShardGroupId, Coalescer> coalescers;

  /// Both are live views: the root group of a node that joins may be opened anew.
  public RootWriter(
      Map<ShardGroupId, ? extends Replica> replicas, Map<ShardGroupId, Coalescer> coalescers) {
    this.replicas = replicas;
    this.coalescers = coalescers;
  }

  /// Writes the first map and the default namespace unless there is a map. Does nothing on a
  /// follower.
  public CompletableFuture<WriteEnd> bootstrap(ShardMap first) {
    TransactionEncoder encoder = new TransactionEncoder();
    encoder.beginAnonymous(RootKeys.SYSTEM_NAMESPACE);
    encoder.compareAbsent(ROOT_SHARD, Slice.of(RootKeys.map()));
    encoder.put(
        ROOT_SHARD,
        Slice.of(RootKeys.map()),
        Slice.of(ShardMapCodec.encode(first).toByteArray()),
        0);
    encoder.put(ROOT_SHARD, Slice.of(RootKeys.lastNamespaceId()), Slice.of(number(1)), 0);
    encoder.put(
        ROOT_SHARD, Slice.of(RootKeys.namespace(DEFAULT_NAMESPACE)), Slice.of(number(1)), 0);
    return submit(encoder.end());
  }

  /// What came of creating a namespace.
  public enum Created {
    NEW,
    THERE_ALREADY,
    /// Another change came between; read again and repeat.
    CONFLICT
  }

  /// Numbers a namespace. To be called on the root leader after its read gate.
  public CompletableFuture<WriteEnd> createNamespace(GroupState state, String name) {
    RecordView counter = read(state, RootKeys.lastNamespaceId());
    int id = ByteBuffer.wrap(counter.value()).getInt() + 1;
    TransactionEncoder encoder = new TransactionEncoder();
    encoder.beginAnonymous(RootKeys.SYSTEM_NAMESPACE);
    encoder.compareVersion(ROOT_SHARD, Slice.of(RootKeys.lastNamespaceId()), counter.version());
    encoder.compareAbsent(ROOT_SHARD, Slice.of(RootKeys.namespace(name)));
    encoder.put(ROOT_SHARD, Slice.of(RootKeys.lastNamespaceId()), Slice.of(number(id)), 0);
    encoder.put(ROOT_SHARD, Slice.of(RootKeys.namespace(name)), Slice.of(number(id)), 0);
    return submit(encoder.end());
  }

  /// Reads the answer of `createNamespace`.
  public static Created created(Answer answer) {
    if (answer.outcome() == Outcome.APPLIED) {
      return Created.NEW;
    }
    return answer.failedIndex() == 0 ? Created.CONFLICT : Created.THERE_ALREADY;
  }

  /// Whether a newer map was written.
  public enum Written {
    NEW,
    /// Another change came between; read again and repeat.
    CONFLICT
  }

  /// Writes the map that follows another. To be called on the root leader after its read gate; the
  /// answer is read by `written`.
  public CompletableFuture<WriteEnd> writeMap(MapAt read, ShardMap next) {
    TransactionEncoder encoder = new TransactionEncoder();
    encoder.beginAnonymous(RootKeys.SYSTEM_NAMESPACE);
    replaceMap(encoder, read, next);
    return submit(encoder.end());
  }

  static void replaceMap(TransactionEncoder encoder, MapAt read, ShardMap next) {
    encoder.compareVersion(ROOT_SHARD, Slice.of(RootKeys.map()), read.version());
    encoder.put(
        ROOT_SHARD,
        Slice.of(RootKeys.map()),
        Slice.of(ShardMapCodec.encode(next).toByteArray()),
        0);
  }

  /// Gives a name that was announced to the data directory of an incarnation, and orders its node
  /// to get a replica of the root group. The answer is read by `written`.
  public CompletableFuture<WriteEnd> admit(
      MapAt read, ShardMap next, NodeId node, String incarnation) {
    TransactionEncoder encoder = new TransactionEncoder();
    encoder.beginAnonymous(RootKeys.SYSTEM_NAMESPACE);
    encoder.compareAbsent(ROOT_SHARD, Slice.of(RootKeys.incarnation(node)));
    encoder.compareAbsent(ROOT_SHARD, Slice.of(RootKeys.move(ShardGroupId.ROOT)));
    replaceMap(encoder, read, next);
    putIncarnation(encoder, node, incarnation);
    put(encoder, ReplicaMove.joins(node));
    return submit(encoder.end());
  }

  private static void putIncarnation(TransactionEncoder encoder, NodeId node, String incarnation) {
    encoder.put(
        ROOT_SHARD,
        Slice.of(RootKeys.incarnation(node)),
        Slice.of(incarnation.getBytes(StandardCharsets.UTF_8)),
        0);
  }

  /// Under which incarnation a name was admitted; also there, with another value than any
  /// incarnation has, once no node has that name any more.
  public static Optional<String> incarnationIn(GroupState state, NodeId node) {
    RecordView view = RootKeys.read(state, RootKeys.incarnation(node));
    return view.found() ? Optional.of(RootKeys.text(view)) : Optional.empty();
  }

  /// Reads the answer of a change that compared what it had read.
  public static Written written(Answer answer) {
    return answer.outcome() == Outcome.APPLIED ? Written.NEW : Written.CONFLICT;
  }

  /// A shard map and the version of its record.
  public record MapAt(ShardMap map, long version) {}

  /// The map in the root group's state; a newer one may come between two looks, which the version
  /// tells.
  public static MapAt mapIn(GroupState state) {
    long version = read(state, RootKeys.map()).version();
    ShardMap map =
        ClusterView.mapIn(state)
            .orElseThrow(() -> new IllegalStateException("the root group lost its shard map"));
    return new MapAt(map, version);
  }

  /// An order and the version of its record.
  public record MoveAt(ReplicaMove move, long version) {}

  /// The move of a group's replica that is under way by the root group's state.
  public static Optional<MoveAt> moveIn(GroupState state, ShardGroupId group) {
    RecordView view = RootKeys.read(state, RootKeys.move(group));
    return view.found()
        ? Optional.of(new MoveAt(ClusterView.move(view), view.version()))
        : Optional.empty();
  }

  /// All moves that are under way by the root group's state.
  public static Collection<ReplicaMove> movesIn(GroupState state) {
    return ClusterView.readMoves(state);
  }

  /// Orders a move that was checked against a map. To be called on the root leader after its read
  /// gate, as the next ones; the answer is read by `written`. That a node leaves the root group is
  /// a new map as well, so that what else was decided on the old one, as that the node stays, comes
  /// too late.
  public CompletableFuture<WriteEnd> order(MapAt read, ReplicaMove move) {
    TransactionEncoder encoder = new TransactionEncoder();
    encoder.beginAnonymous(RootKeys.SYSTEM_NAMESPACE);
    encoder.compareAbsent(ROOT_SHARD, Slice.of(RootKeys.move(move.group())));
    Optional<NodeId> departing = move.group().isRoot() ? move.from() : Optional.empty();
    if (departing.isPresent()) {
      replaceMap(encoder, read, read.map().with(read.map().node(departing.get())));
    } else {
      encoder.compareVersion(ROOT_SHARD, Slice.of(RootKeys.map()), read.version());
    }
    put(encoder, move);
    return submit(encoder.end());
  }

  /// Calls a move off.
  public CompletableFuture<WriteEnd> callOff(MoveAt read) {
    TransactionEncoder encoder = new TransactionEncoder();
    compare(encoder, read);
    put(encoder, read.move().calledOff());
    return submit(encoder.end());
  }

  /// Calls off that a node leaves the root group, in a map in which it stays. Once it has lost its
  /// vote it leaves all the same.
  public CompletableFuture<WriteEnd> stay(MapAt read, ShardMap next, MoveAt leaves) {
    TransactionEncoder encoder = new TransactionEncoder();
    compare(encoder, leaves);
    replaceMap(encoder, read, next);
    put(encoder, leaves.move().calledOff());
    return submit(encoder.end());
  }

  /// Ends a move that has happened: the next map says so, and the order is gone.
  public CompletableFuture<WriteEnd> finish(MoveAt read, MapAt before) {
    TransactionEncoder encoder = new TransactionEncoder();
    compare(encoder, read);
    ShardMap next = before.map().after(read.move());
    replaceMap(encoder, before, next);
    encoder.delete(ROOT_SHARD, Slice.of(RootKeys.move(read.move().group())));
    // Nobody gets the name of a node that has left: who once gave votes under it may still be asked
    // for them.
    read.move()
        .from()
        .filter(node -> next.findNode(node).isEmpty())
        .ifPresent(node -> putIncarnation(encoder, node, LEFT));
    return submit(encoder.end());
  }

  /// Forgets a move that did not happen.
  public CompletableFuture<WriteEnd> forget(MoveAt read) {
    TransactionEncoder encoder = new TransactionEncoder();
    compare(encoder, read);
    encoder.delete(ROOT_SHARD, Slice.of(RootKeys.move(read.move().group())));
    return submit(encoder.end());
  }

  private static void compare(TransactionEncoder encoder, MoveAt read) {
    encoder.beginAnonymous(RootKeys.SYSTEM_NAMESPACE);
    encoder.compareVersion(
        ROOT_SHARD, Slice.of(RootKeys.move(read.move().group())), read.version());
  }

  private static void put(TransactionEncoder encoder, ReplicaMove move) {
    encoder.put(
        ROOT_SHARD,
        Slice.of(RootKeys.move(move.group())),
        Slice.of(ShardMapCodec.encode(move).toByteArray()),
        0);
  }

  CompletableFuture<WriteEnd> submit(EncodedTransaction transaction) {
    WriteFuture write = WriteFuture.ofSystem(transaction);
    Coalescer coalescer = coalescers.get(ShardGroupId.ROOT);
    if (coalescer == null) {
      return CompletableFuture.failedFuture(
          new IllegalStateException("the root group is being opened anew"));
    }
    coalescer.submit(write);
    return write.end();
  }

  private static RecordView read(GroupState state, byte[] key) {
    RecordView view = RootKeys.read(state, key);
    if (!view.found()) {
      throw new IllegalStateException("the root group is not initialized yet");
    }
    return view;
  }

  /// True while this replica may write.
  public boolean leads() {
    Replica root = replicas.get(ShardGroupId.ROOT);
    return root != null && root.leaderReady();
  }

  private static byte[] number(int value) {
    return ByteBuffer.allocate(Integer.BYTES).putInt(value).array();
  }
}
