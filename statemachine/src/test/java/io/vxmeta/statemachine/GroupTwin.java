package io.vxmeta.statemachine;

import io.vxmeta.statemachine.batch.MadeTransaction;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A group as the API describes it: maps of plain objects, copied for each transaction.
final class GroupTwin {
  @SuppressWarnings("ArrayRecordComponent") // compared by `same`
  record Stored(byte[] value, int flags, long version, long createVersion) {}

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
    long create = old == null ? revision + 1 : old.createVersion;
    results.append(old == null ? '0' : '1');
    switch (mutation.kind()) {
      case PUT ->
          after.put(place, new Stored(mutation.value(), mutation.flags(), revision + 1, create));
      case DELETE -> after.remove(place);
      case ADD -> {
        if (old != null && old.value.length != 8) {
          return false;
        }
        long number = mutation.delta() + (old == null ? 0 : ByteBuffer.wrap(old.value).getLong());
        byte[] value = ByteBuffer.allocate(8).putLong(number).array();
        after.put(place, new Stored(value, old == null ? 0 : old.flags, revision + 1, create));
        results.append('=').append(number).append(' ');
      }
    }
    return true;
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
