package io.vxmeta.statemachine;

import io.vxmeta.statemachine.batch.MadeTransaction;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A group as the API describes it: maps of plain objects, copied for each transaction.
final class GroupTwin {
  @SuppressWarnings("ArrayRecordComponent") // compared by `same`
  record Stored(byte[] value, int flags, long expiresAtMs, long version, long createVersion) {}

  record Place(int shard, ByteBuffer key) {}

  private final ProducersTwin producers;
  private Map<Place, Stored> records = new HashMap<>();
  private long revision;
  private long now;

  GroupTwin(ProducerLimits limits) {
    producers = new ProducersTwin(limits);
  }

  long revision() {
    return revision;
  }

  int size() {
    return records.size();
  }

  Map<Place, Stored> records() {
    return records;
  }

  Optional<Stored> find(int shard, byte[] tableKey) {
    return Optional.ofNullable(records.get(new Place(shard, ByteBuffer.wrap(tableKey))));
  }

  List<String> apply(List<MadeTransaction> batch, long leaderTimeMs) {
    now = Math.max(now, leaderTimeMs);
    producers.expire(now);
    List<String> answers = new ArrayList<>();
    for (MadeTransaction transaction : batch) {
      answers.add(apply(transaction));
    }
    return answers;
  }

  private String apply(MadeTransaction transaction) {
    if (transaction.epoch() == 0) {
      return decide(transaction);
    }
    long id = ByteBuffer.wrap(transaction.id()).getLong();
    long epoch = Integer.toUnsignedLong(transaction.epoch());
    Optional<String> known = producers.admit(id, epoch, transaction.sequence());
    if (known.isPresent()) {
      return known.get();
    }
    String answer = decide(transaction);
    producers.remember(id, epoch, transaction.sequence(), answer, now);
    return answer;
  }

  private String decide(MadeTransaction transaction) {
    for (int i = 0; i < transaction.compares().size(); i++) {
      MadeTransaction.Compare compare = transaction.compares().get(i);
      Stored found = records.get(place(transaction, compare.shard(), compare.key()));
      boolean holds =
          switch (compare.kind()) {
            case VERSION_EQUALS -> found != null && found.version == compare.version();
            case EXISTS -> found != null;
            case ABSENT -> found == null;
            case VALUE_DIGEST -> found != null && Arrays.equals(found.value, compare.value());
          };
      if (!holds) {
        long version = found == null ? 0 : found.version;
        return "COMPARE_FAILED " + revision + " " + i + " " + version;
      }
    }
    Map<Place, Stored> after = new HashMap<>(records);
    StringBuilder results = new StringBuilder();
    for (int i = 0; i < transaction.mutations().size(); i++) {
      MadeTransaction.Mutation mutation = transaction.mutations().get(i);
      Place place = place(transaction, mutation.shard(), mutation.key());
      if (!mutate(mutation, place, after, results)) {
        return "WRONG_TYPE " + revision + " " + i;
      }
    }
    records = after;
    revision++;
    return "APPLIED " + revision + " " + transaction.mutations().size() + "[" + results + "]";
  }

  private boolean mutate(
      MadeTransaction.Mutation mutation,
      Place place,
      Map<Place, Stored> after,
      StringBuilder results) {
    Stored old = after.get(place);
    boolean fits = old == null || TwinValues.fits(mutation.kind(), old.value);
    if (!fits) {
      return false;
    }
    switch (mutation.kind()) {
      case PUT -> after.put(place, put(mutation, mutation.value(), old));
      case DELETE -> after.remove(place);
      case EXPIRE -> {
        if (old == null || old.expiresAtMs == 0 || old.expiresAtMs > now) {
          results.append('0');
          return true;
        }
        after.remove(place);
      }
      case PUT_IF_NEWER -> {
        boolean newer = old == null || TwinValues.eventTime(old.value) < mutation.delta();
        if (newer) {
          byte[] value = TwinValues.stamped(mutation.delta(), mutation.value());
          after.put(place, put(mutation, value, old));
        }
        results.append(old == null ? '0' : '1').append('=').append(newer ? 1 : 0).append(' ');
        return true;
      }
      case ADD, MAX, MIN, SET_ADD, SET_REMOVE, INTERVALS_ADD -> {
        TwinValues.Merged merged = TwinValues.merge(mutation, old == null ? null : old.value);
        if (merged.written()) {
          after.put(place, kept(merged.value(), old));
        }
        results.append(old == null ? '0' : '1').append('=').append(merged.number()).append(' ');
        return true;
      }
    }
    results.append(old == null ? '0' : '1');
    return true;
  }

  private Stored put(MadeTransaction.Mutation mutation, byte[] value, @Nullable Stored old) {
    long expiry = mutation.ttlMs() == 0 ? mutation.expiresAtMs() : now + mutation.ttlMs();
    return new Stored(value, mutation.flags(), expiry, revision + 1, created(old));
  }

  private Stored kept(byte[] value, @Nullable Stored old) {
    return new Stored(
        value,
        old == null ? 0 : old.flags,
        old == null ? 0 : old.expiresAtMs,
        revision + 1,
        created(old));
  }

  private long created(@Nullable Stored old) {
    return old == null ? revision + 1 : old.createVersion;
  }

  static byte[] tableKey(int namespace, byte[] key) {
    byte[] tableKey =
        Arrays.copyOf(new byte[] {(byte) namespace, (byte) (namespace >> 8)}, key.length + 2);
    System.arraycopy(key, 0, tableKey, 2, key.length);
    return tableKey;
  }

  private static Place place(MadeTransaction transaction, int shard, byte[] key) {
    return new Place(shard, ByteBuffer.wrap(tableKey(transaction.namespace(), key)));
  }
}
