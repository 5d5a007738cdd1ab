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
      CompareKind kind = List.of(CompareKind.values()).get(random.nextInt(3));
      long version =
          kind == CompareKind.VERSION_EQUALS ? Math.max(1, likelyVersion - random.nextInt(10)) : 0;
      compares.add(new MadeTransaction.Compare(kind, shardOf(key), key(key), version));
    }
    for (int i = random.nextInt(6); i > 0 || compares.size() + mutations.size() == 0; i--) {
      mutations.add(mutation());
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
    return switch (random.nextInt(6)) {
      case 0 -> new MadeTransaction.Mutation(MutationKind.DELETE, shard, name, none, 0, 0, 0);
      case 1, 2 ->
          new MadeTransaction.Mutation(
              MutationKind.ADD, shard, name, none, 0, 0, random.nextInt(100) - 50);
      default -> {
        byte[] value = new byte[random.nextInt(3) == 0 ? random.nextInt(300) : 8];
        random.nextBytes(value);
        int flags = random.nextBoolean() ? random.nextInt() : 0;
        yield new MadeTransaction.Mutation(MutationKind.PUT, shard, name, value, flags, 0, 0);
      }
    };
  }
}
