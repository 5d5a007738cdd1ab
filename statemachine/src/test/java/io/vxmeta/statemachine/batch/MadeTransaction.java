package io.vxmeta.statemachine.batch;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
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

  /// `value` is what a compare by digest expects.
  public record Compare(CompareKind kind, int shard, byte[] key, long version, byte[] value) {
    public Compare(CompareKind kind, int shard, byte[] key, long version) {
      this(kind, shard, key, version, new byte[0]);
    }

    public byte[] digest() {
      try {
        return MessageDigest.getInstance("SHA-256").digest(value);
      } catch (NoSuchAlgorithmException e) {
        throw new AssertionError(e);
      }
    }
  }

  public record Mutation(
      MutationKind kind,
      int shard,
      byte[] key,
      byte[] value,
      int flags,
      long expiresAtMs,
      long delta,
      long ttlMs) {
    public Mutation(
        MutationKind kind,
        int shard,
        byte[] key,
        byte[] value,
        int flags,
        long expiresAtMs,
        long delta) {
      this(kind, shard, key, value, flags, expiresAtMs, delta, 0);
    }

    Lifetime lifetime() {
      return ttlMs == 0 ? Lifetime.until(expiresAtMs) : Lifetime.of(ttlMs);
    }
  }

  static MadeTransaction any(Random random) {
    List<Compare> compares = new ArrayList<>();
    List<Mutation> mutations = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      CompareKind kind = List.of(CompareKind.values()).get(random.nextInt(4));
      long version = kind == CompareKind.VERSION_EQUALS ? 1 + random.nextLong(Long.MAX_VALUE) : 0;
      compares.add(new Compare(kind, random.nextInt(129), key(random), version, bytes(random, 5)));
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
    MutationKind kind = List.of(MutationKind.values()).get(random.nextInt(10));
    int shard = random.nextInt(129);
    byte[] key = key(random);
    return switch (kind) {
      case PUT, PUT_IF_NEWER -> {
        int flags = random.nextBoolean() ? random.nextInt() : 0;
        long expiry = random.nextBoolean() ? 1 + random.nextLong(Long.MAX_VALUE) : 0;
        long ttl = random.nextBoolean() ? 1 + random.nextLong(Limits.TTL_MS_MAX) : 0;
        long time = kind == MutationKind.PUT_IF_NEWER ? random.nextLong() : 0;
        byte[] value =
            bytes(random, random.nextInt(20) == 0 ? random.nextInt(20_000) : random.nextInt(80));
        yield new Mutation(kind, shard, key, value, flags, ttl == 0 ? expiry : 0, time, ttl);
      }
      case DELETE, EXPIRE -> new Mutation(kind, shard, key, new byte[0], 0, 0, 0);
      case SET_ADD, SET_REMOVE -> new Mutation(kind, shard, key, set(random), 0, 0, 0);
      case INTERVALS_ADD -> new Mutation(kind, shard, key, intervals(random), 0, 0, 0);
      case ADD, MAX, MIN -> new Mutation(kind, shard, key, new byte[0], 0, 0, random.nextLong());
    };
  }

  /// The form of a few members, some of them equal.
  public static byte[] set(Random random) {
    List<byte[]> members = new ArrayList<>();
    for (int i = random.nextInt(5); i >= 0; i--) {
      members.add(new byte[] {(byte) random.nextInt(12), (byte) random.nextInt(2)});
      members.add(new byte[] {(byte) random.nextInt(12)});
    }
    return SetForm.of(members);
  }

  /// The form of a few short intervals, some of which meet.
  public static byte[] intervals(Random random) {
    List<IntervalsForm.Interval> intervals = new ArrayList<>();
    for (int i = random.nextInt(4); i >= 0; i--) {
      long from = random.nextInt(60) - 30L;
      intervals.add(new IntervalsForm.Interval(from, from + 1 + random.nextInt(6)));
    }
    return IntervalsForm.of(intervals);
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
        case VALUE_DIGEST -> encoder.compareDigest(compare.shard, key, Slice.of(compare.digest()));
      }
    }
    for (Mutation mutation : mutations) {
      Slice key = Slice.of(mutation.key);
      switch (mutation.kind) {
        case PUT ->
            encoder.put(
                mutation.shard, key, Slice.of(mutation.value), mutation.flags, mutation.lifetime());
        case DELETE -> encoder.delete(mutation.shard, key);
        case ADD -> encoder.add(mutation.shard, key, mutation.delta);
        case MAX -> encoder.max(mutation.shard, key, mutation.delta);
        case MIN -> encoder.min(mutation.shard, key, mutation.delta);
        case PUT_IF_NEWER ->
            encoder.putIfNewer(
                mutation.shard,
                key,
                mutation.delta,
                Slice.of(mutation.value),
                mutation.flags,
                mutation.lifetime());
        case SET_ADD -> encoder.setAdd(mutation.shard, key, Slice.of(mutation.value));
        case SET_REMOVE -> encoder.setRemove(mutation.shard, key, Slice.of(mutation.value));
        case INTERVALS_ADD -> encoder.intervalsAdd(mutation.shard, key, Slice.of(mutation.value));
        case EXPIRE -> encoder.expire(mutation.shard, Slice.of(tableKey(mutation.key)));
      }
    }
    return encoder.end();
  }

  private byte[] tableKey(byte[] key) {
    byte[] tableKey = new byte[Limits.NAMESPACE_BYTES + key.length];
    LittleEndian.u16(tableKey, 0, namespace);
    System.arraycopy(key, 0, tableKey, Limits.NAMESPACE_BYTES, key.length);
    return tableKey;
  }

  int firstShard() {
    return compares.isEmpty() ? mutations.getFirst().shard : compares.getFirst().shard;
  }
}
