package io.vxmeta.raft.place;

import io.vxmeta.client.grpc.ShardMapCodec;
import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.raft.write.Coalescer;
import io.vxmeta.raft.write.WriteFuture;
import io.vxmeta.raft.write.WriteFuture.WriteEnd;
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
import java.util.concurrent.CompletableFuture;

/// Changes the root group: the shard map, namespaces.
public final class RootWriter {
  /* Threads: any. Every change is one transaction with a compare, so it happens at most once whoever tries, however often:
   * the first map needs its key absent, a later one the map it follows, a namespace the counter unchanged since it was read.
   */
  public static final String DEFAULT_NAMESPACE = "default";

  private static final int ROOT_SHARD = ShardId.ROOT.value();

  private final Replica root;
  private final Coalescer coalescer;

  public RootWriter(Replica root, Coalescer coalescer) {
    this.root = root;
    this.coalescer = coalescer;
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
    encoder.compareVersion(ROOT_SHARD, Slice.of(RootKeys.map()), read.version());
    encoder.put(
        ROOT_SHARD,
        Slice.of(RootKeys.map()),
        Slice.of(ShardMapCodec.encode(next).toByteArray()),
        0);
    return submit(encoder.end());
  }

  /// Reads the answer of `writeMap`.
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
        ClusterView.readMap(state)
            .orElseThrow(() -> new IllegalStateException("the root group lost its shard map"));
    return new MapAt(map, version);
  }

  private CompletableFuture<WriteEnd> submit(EncodedTransaction transaction) {
    WriteFuture write = WriteFuture.ofSystem(transaction);
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
    return root.leaderReady();
  }

  private static byte[] number(int value) {
    return ByteBuffer.allocate(Integer.BYTES).putInt(value).array();
  }
}
