package io.vxmeta.statemachine.batch;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// A transaction as plain objects: what a batch is expected to give back.
@SuppressWarnings("ArrayRecordComponent") // never compared as a record
public record MadeTransaction(
    int namespace,
    byte[] id,
    int epoch,
    long sequence,
    List<Compare> compares,
    List<Mutation> mutations) {

  public record Compare(CompareKind kind, int shard, byte[] key, long version) {}

  public record Mutation(
      MutationKind kind,
      int shard,
      byte[] key,
      byte[] value,
      int flags,
      long expiresAtMs,
      long delta) {}

  static MadeTransaction any(Random random) {
    List<Compare> compares = new ArrayList<>();
    List<Mutation> mutations = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      CompareKind kind = List.of(CompareKind.values()).get(random.nextInt(3));
      long version = kind == CompareKind.VERSION_EQUALS ? 1 + random.nextLong(Long.MAX_VALUE) : 0;
      compares.add(new Compare(kind, random.nextInt(129), key(random), version));
    }
    for (int i = random.nextInt(6); i > 0 || compares.size() + mutations.size() == 0; i--) {
      mutations.add(mutation(random));
    }
    byte[] id = bytes(random, 16);
    boolean anonymous = random.nextInt(5) == 0;
    int epoch = anonymous ? 0 : random.nextInt() | 1;
    long sequence = anonymous ? 0 : 1 + random.nextLong(Long.MAX_VALUE);
    return new MadeTransaction(
        1 + random.nextInt(65_535), id, epoch, sequence, compares, mutations);
  }

  private static Mutation mutation(Random random) {
    MutationKind kind = List.of(MutationKind.values()).get(random.nextInt(3));
    int shard = random.nextInt(129);
    byte[] key = key(random);
    return switch (kind) {
      case PUT -> {
        int flags = random.nextBoolean() ? random.nextInt() : 0;
        long expiry = random.nextBoolean() ? 1 + random.nextLong(Long.MAX_VALUE) : 0;
        byte[] value =
            bytes(random, random.nextInt(20) == 0 ? random.nextInt(20_000) : random.nextInt(80));
        yield new Mutation(kind, shard, key, value, flags, expiry, 0);
      }
      case DELETE -> new Mutation(kind, shard, key, new byte[0], 0, 0, 0);
      case ADD -> new Mutation(kind, shard, key, new byte[0], 0, 0, random.nextLong());
    };
  }

  private static byte[] key(Random random) {
    return bytes(
        random, 1 + (random.nextInt(20) == 0 ? random.nextInt(4_096) : random.nextInt(40)));
  }

  private static byte[] bytes(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  public EncodedTransaction encode(TransactionEncoder encoder) {
    if (epoch == 0) {
      encoder.beginAnonymous(namespace);
    } else {
      encoder.begin(namespace, id, epoch, sequence);
    }
    for (Compare compare : compares) {
      Slice key = Slice.of(compare.key);
      switch (compare.kind) {
        case VERSION_EQUALS -> encoder.compareVersion(compare.shard, key, compare.version);
        case EXISTS -> encoder.compareExists(compare.shard, key);
        case ABSENT -> encoder.compareAbsent(compare.shard, key);
      }
    }
    for (Mutation mutation : mutations) {
      Slice key = Slice.of(mutation.key);
      switch (mutation.kind) {
        case PUT ->
            encoder.putExpiring(
                mutation.shard,
                key,
                Slice.of(mutation.value),
                mutation.flags,
                mutation.expiresAtMs);
        case DELETE -> encoder.delete(mutation.shard, key);
        case ADD -> encoder.add(mutation.shard, key, mutation.delta);
      }
    }
    return encoder.end();
  }

  int firstShard() {
    return compares.isEmpty() ? mutations.getFirst().shard : compares.getFirst().shard;
  }
}
