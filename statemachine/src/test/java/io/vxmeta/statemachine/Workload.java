package io.vxmeta.statemachine;

import io.vxmeta.statemachine.batch.BatchWriter;
import io.vxmeta.statemachine.batch.CompareKind;
import io.vxmeta.statemachine.batch.MadeTransaction;
import io.vxmeta.statemachine.batch.MutationKind;
import io.vxmeta.statemachine.batch.TransactionEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Draws batches over few keys, so that compares, merges and repetitions meet.
public final class Workload {
  private static final int NAMESPACE = 7;

  private final Random random;
  private final List<Integer> shards;
  private final TransactionEncoder encoder = new TransactionEncoder();
  private final BatchWriter writer = new BatchWriter();
  private final long[] sequences = new long[8];
  private final int keys;
  private long likelyVersion = 1;
  private long time;

  public Workload(Random random, List<Integer> shards, int keys) {
    this.random = random;
    this.shards = shards;
    this.keys = keys;
  }

  public List<MadeTransaction> batch() {
    List<MadeTransaction> batch = new ArrayList<>();
    for (int i = random.nextInt(8); i >= 0; i--) {
      batch.add(transaction());
    }
    return batch;
  }

  /// Leader time of the next entry; sometimes behind that of the one before.
  public long time() {
    time += random.nextInt(5) == 0 ? -random.nextInt(3) : random.nextInt(10);
    time = Math.max(0, time);
    return time;
  }

  public byte[] encode(List<MadeTransaction> batch, long leaderTimeMs) {
    for (MadeTransaction transaction : batch) {
      if (!writer.append(transaction.encode(encoder))) {
        throw new AssertionError("expected a batch that fits; transactions=" + batch.size());
      }
    }
    return writer.seal(leaderTimeMs);
  }

  public byte[] entry() {
    return encode(batch(), time());
  }

  public int keys() {
    return keys;
  }

  public int shardOf(int key) {
    return shards.get(key % shards.size());
  }

  public static byte[] tableKey(int key) {
    return GroupTwin.tableKey(NAMESPACE, key(key));
  }

  /// Makes compares of versions likely to hold.
  void applied(long revision) {
    likelyVersion = Math.max(1, revision);
  }

  private static byte[] key(int key) {
    return ("key-" + key).getBytes(StandardCharsets.UTF_8);
  }

  private MadeTransaction transaction() {
    List<MadeTransaction.Compare> compares = new ArrayList<>();
    List<MadeTransaction.Mutation> mutations = new ArrayList<>();
    for (int i = random.nextInt(4) - 2; i > 0; i--) {
      int key = random.nextInt(keys);
      CompareKind kind = List.of(CompareKind.values()).get(random.nextInt(4));
      long version =
          kind == CompareKind.VERSION_EQUALS ? Math.max(1, likelyVersion - random.nextInt(10)) : 0;
      compares.add(
          new MadeTransaction.Compare(kind, shardOf(key), key(key), version, likelyValue()));
    }
    boolean expires = random.nextInt(8) == 0;
    for (int i = random.nextInt(6); i > 0 || compares.size() + mutations.size() == 0; i--) {
      mutations.add(expires ? expiry() : mutation());
    }
    int producer = random.nextInt(sequences.length);
    byte[] id = ByteBuffer.allocate(16).putLong(producer * 3L).putLong(producer).array();
    boolean anonymous = random.nextInt(6) == 0;
    boolean repeats = random.nextInt(6) == 0 && sequences[producer] > 0;
    long sequence = repeats ? sequences[producer] : ++sequences[producer];
    int epoch = random.nextInt(300) == 0 ? 2 : 1;
    return anonymous
        ? new MadeTransaction(NAMESPACE, id, 0, 0, compares, mutations)
        : new MadeTransaction(NAMESPACE, id, epoch, sequence, compares, mutations);
  }

  private MadeTransaction.Mutation mutation() {
    int key = random.nextInt(keys);
    byte[] name = key(key);
    int shard = shardOf(key);
    byte[] none = new byte[0];
    return switch (random.nextInt(13)) {
      case 0 -> new MadeTransaction.Mutation(MutationKind.DELETE, shard, name, none, 0, 0, 0);
      case 1, 2, 3 -> {
        MutationKind kind = drawn(MutationKind.ADD, MutationKind.MAX, MutationKind.MIN);
        long number = random.nextInt(100) - 50L;
        yield new MadeTransaction.Mutation(kind, shard, name, none, 0, 0, number);
      }
      case 4, 5 -> {
        byte[] set = MadeTransaction.set(random);
        MutationKind kind = drawn(MutationKind.SET_ADD, MutationKind.SET_REMOVE);
        yield new MadeTransaction.Mutation(kind, shard, name, set, 0, 0, 0);
      }
      case 6, 7 -> {
        byte[] intervals = MadeTransaction.intervals(random);
        yield new MadeTransaction.Mutation(
            MutationKind.INTERVALS_ADD, shard, name, intervals, 0, 0, 0);
      }
      case 8, 9 -> {
        long time = random.nextInt(6);
        yield put(MutationKind.PUT_IF_NEWER, shard, name, likelyValue(), time);
      }
      default -> put(MutationKind.PUT, shard, name, putValue(), 0);
    };
  }

  /// Alone in its transaction, as the leader asks for it.
  private MadeTransaction.Mutation expiry() {
    int key = random.nextInt(keys);
    return new MadeTransaction.Mutation(
        MutationKind.EXPIRE, shardOf(key), key(key), new byte[0], 0, 0, 0);
  }

  private MadeTransaction.Mutation put(
      MutationKind kind, int shard, byte[] name, byte[] value, long eventTime) {
    int flags = random.nextBoolean() ? random.nextInt() : 0;
    long ttl = random.nextInt(3) == 0 ? 1 + random.nextInt(60) : 0;
    long expiry = ttl == 0 && random.nextInt(4) == 0 ? 1 + time + random.nextInt(40) : 0;
    return new MadeTransaction.Mutation(kind, shard, name, value, flags, expiry, eventTime, ttl);
  }

  /// A counter, a set, intervals, one of a few short values, or anything.
  private byte[] putValue() {
    return switch (random.nextInt(6)) {
      case 0 -> MadeTransaction.set(random);
      case 1 -> MadeTransaction.intervals(random);
      case 2 -> likelyValue();
      case 3 -> bytes(random.nextInt(300));
      default -> bytes(8);
    };
  }

  private byte[] likelyValue() {
    return new byte[] {(byte) random.nextInt(3)};
  }

  private byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private MutationKind drawn(MutationKind... kinds) {
    return kinds[random.nextInt(kinds.length)];
  }
}
