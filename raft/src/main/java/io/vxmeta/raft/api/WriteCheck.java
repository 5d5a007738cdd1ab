package io.vxmeta.raft.api;

import com.google.protobuf.ByteString;
import io.vxmeta.client.v1.Compare;
import io.vxmeta.client.v1.IntervalsAdd;
import io.vxmeta.client.v1.Mutation;
import io.vxmeta.client.v1.Producer;
import io.vxmeta.client.v1.Put;
import io.vxmeta.client.v1.PutIfNewer;
import io.vxmeta.client.v1.WriteRequest;
import io.vxmeta.statemachine.batch.EncodedTransaction;
import io.vxmeta.statemachine.batch.IntervalsForm;
import io.vxmeta.statemachine.batch.IntervalsForm.Interval;
import io.vxmeta.statemachine.batch.Lifetime;
import io.vxmeta.statemachine.batch.Limits;
import io.vxmeta.statemachine.batch.SetForm;
import io.vxmeta.statemachine.batch.Slice;
import io.vxmeta.statemachine.batch.StampedForm;
import io.vxmeta.statemachine.batch.TransactionEncoder;
import java.util.List;
import java.util.function.ToIntFunction;

/// Checks what one transaction says and encodes it for the log on the way.
final class WriteCheck {
  /* Threads: one, for one request. Everything that TransactionEncoder would throw on is refused here BEFORE, with the field's
   * name: what is in the log can not be refused any more.
   */

  private final TransactionEncoder encoder = new TransactionEncoder();
  private final int namespace;
  private final ToIntFunction<byte[]> shardOf;
  private int digestCompares;
  private int collectionMutations;

  /// `shardOf` refuses keys that belong elsewhere.
  WriteCheck(int namespace, ToIntFunction<byte[]> shardOf) {
    this.namespace = namespace;
    this.shardOf = shardOf;
  }

  /// Refuses a request that has too much or nothing in it, BEFORE its keys are looked at.
  static void requireCounts(WriteRequest request) {
    if (request.getComparesCount() > Limits.COMPARES_MAX) {
      throw Refusal.limit("compares", Limits.COMPARES_MAX, request.getComparesCount());
    }
    if (request.getMutationsCount() > Limits.MUTATIONS_MAX) {
      throw Refusal.limit("mutations", Limits.MUTATIONS_MAX, request.getMutationsCount());
    }
    if (request.getComparesCount() + request.getMutationsCount() == 0) {
      throw Refusal.invalid("mutations", "at least one compare or mutation", 0);
    }
    if (request.getSerializedSize() > Limits.TRANSACTION_BYTES_MAX) {
      throw Refusal.limit(
          "transaction bytes", Limits.TRANSACTION_BYTES_MAX, request.getSerializedSize());
    }
  }

  EncodedTransaction encode(WriteRequest request) {
    begin(encoder, namespace, request);
    for (int i = 0; i < request.getComparesCount(); i++) {
      compare(i, request.getCompares(i));
    }
    for (int i = 0; i < request.getMutationsCount(); i++) {
      mutation(i, request.getMutations(i));
    }
    if (encoder.size() > Limits.TRANSACTION_BYTES_MAX) {
      throw Refusal.limit("transaction bytes", Limits.TRANSACTION_BYTES_MAX, encoder.size());
    }
    return encoder.end();
  }

  private static void begin(TransactionEncoder encoder, int namespace, WriteRequest request) {
    if (!request.hasProducer()) {
      throw Refusal.invalid("producer", "a producer with id, epoch and sequence", "none");
    }
    Producer producer = request.getProducer();
    if (producer.getId().size() != Limits.PRODUCER_ID_BYTES) {
      throw Refusal.invalid("producer.id", "16 bytes", producer.getId().size() + " bytes");
    }
    if (producer.getEpoch() == 0) {
      throw Refusal.invalid("producer.epoch", "an epoch from 1", 0);
    }
    if (producer.getSequence() <= 0) {
      throw Refusal.invalid("producer.sequence", "a sequence from 1", producer.getSequence());
    }
    encoder.begin(
        namespace, producer.getId().toByteArray(), producer.getEpoch(), producer.getSequence());
  }

  private void compare(int i, Compare compare) {
    String field = "compares[" + i + "]";
    byte[] key = CallCheck.key(field + ".key", compare.getKey());
    int shard = shardOf.applyAsInt(key);
    switch (compare.getConditionCase()) {
      case VERSION_EQUALS -> {
        if (compare.getVersionEquals() <= 0) {
          throw Refusal.invalid(
              field + ".version_equals", "a version from 1", compare.getVersionEquals());
        }
        encoder.compareVersion(shard, Slice.of(key), compare.getVersionEquals());
      }
      case EXISTS -> {
        requireTrue(field + ".exists", compare.getExists());
        encoder.compareExists(shard, Slice.of(key));
      }
      case ABSENT -> {
        requireTrue(field + ".absent", compare.getAbsent());
        encoder.compareAbsent(shard, Slice.of(key));
      }
      case VALUE_SHA256 -> {
        if (compare.getValueSha256().size() != Limits.DIGEST_BYTES) {
          throw Refusal.invalid(
              field + ".value_sha256", "32 bytes", compare.getValueSha256().size() + " bytes");
        }
        if (++digestCompares > Limits.DIGEST_COMPARES_MAX) {
          throw Refusal.limit(
              "compares by value_sha256", Limits.DIGEST_COMPARES_MAX, digestCompares);
        }
        encoder.compareDigest(
            shard, Slice.of(key), Slice.of(compare.getValueSha256().toByteArray()));
      }
      case CONDITION_NOT_SET ->
          throw Refusal.invalid(
              field, "one of version_equals, exists, absent, value_sha256", "none");
    }
  }

  private static void requireTrue(String field, boolean value) {
    if (!value) {
      throw Refusal.invalid(field, "true (use exists or absent to say which)", false);
    }
  }

  private void mutation(int i, Mutation mutation) {
    String field = "mutations[" + i + "]";
    byte[] key = CallCheck.key(field + ".key", mutation.getKey());
    int shard = shardOf.applyAsInt(key);
    switch (mutation.getKindCase()) {
      case PUT -> put(field + ".put", shard, key, mutation.getPut());
      case DELETE -> encoder.delete(shard, Slice.of(key));
      case ADD -> encoder.add(shard, Slice.of(key), mutation.getAdd().getDelta());
      case MAX -> encoder.max(shard, Slice.of(key), mutation.getMax().getNumber());
      case MIN -> encoder.min(shard, Slice.of(key), mutation.getMin().getNumber());
      case PUT_IF_NEWER ->
          putIfNewer(field + ".put_if_newer", shard, key, mutation.getPutIfNewer());
      case SET_ADD ->
          encoder.setAdd(
              shard,
              Slice.of(key),
              set(field + ".set_add.members", mutation.getSetAdd().getMembersList()));
      case SET_REMOVE ->
          encoder.setRemove(
              shard,
              Slice.of(key),
              set(field + ".set_remove.members", mutation.getSetRemove().getMembersList()));
      case INTERVALS_ADD ->
          encoder.intervalsAdd(
              shard,
              Slice.of(key),
              intervals(field + ".intervals_add.intervals", mutation.getIntervalsAdd()));
      case KIND_NOT_SET ->
          throw Refusal.invalid(field, "a kind of mutation that this node knows", "none");
    }
  }

  private void put(String field, int shard, byte[] key, Put put) {
    ByteString value = put.getValue();
    if (value.size() > Limits.VALUE_BYTES_MAX) {
      throw Refusal.limit(field + ".value bytes", Limits.VALUE_BYTES_MAX, value.size());
    }
    Lifetime lifetime =
        switch (put.getLifetimeCase()) {
          case TTL_MS -> ttl(field, put.getTtlMs());
          case EXPIRES_AT_MS -> until(field, put.getExpiresAtMs());
          case LIFETIME_NOT_SET -> Lifetime.FOREVER;
        };
    encoder.put(shard, Slice.of(key), Slice.of(value.toByteArray()), put.getFlags(), lifetime);
  }

  private void putIfNewer(String field, int shard, byte[] key, PutIfNewer put) {
    ByteString value = put.getValue();
    int most = Limits.VALUE_BYTES_MAX - StampedForm.HEADER_BYTES;
    if (value.size() > most) {
      throw Refusal.limit(field + ".value bytes", most, value.size());
    }
    Lifetime lifetime =
        switch (put.getLifetimeCase()) {
          case TTL_MS -> ttl(field, put.getTtlMs());
          case EXPIRES_AT_MS -> until(field, put.getExpiresAtMs());
          case LIFETIME_NOT_SET -> Lifetime.FOREVER;
        };
    encoder.putIfNewer(
        shard,
        Slice.of(key),
        put.getEventTime(),
        Slice.of(value.toByteArray()),
        put.getFlags(),
        lifetime);
  }

  private static Lifetime ttl(String field, long ttlMs) {
    if (ttlMs < 1 || ttlMs > Limits.TTL_MS_MAX) {
      throw Refusal.invalid(
          field + ".ttl_ms", "1.." + Limits.TTL_MS_MAX + " ms", Long.toUnsignedString(ttlMs));
    }
    return Lifetime.of(ttlMs);
  }

  private static Lifetime until(String field, long expiresAtMs) {
    if (expiresAtMs < 1) {
      throw Refusal.invalid(
          field + ".expires_at_ms",
          "milliseconds since 1970, above 0",
          Long.toUnsignedString(expiresAtMs));
    }
    return Lifetime.until(expiresAtMs);
  }

  private Slice set(String field, List<ByteString> members) {
    requireCollection(field, members.size());
    for (ByteString member : members) {
      if (member.isEmpty() || member.size() > Limits.SET_MEMBER_BYTES_MAX) {
        throw Refusal.invalid(
            field,
            "members of 1.." + Limits.SET_MEMBER_BYTES_MAX + " bytes",
            member.size() + " bytes");
      }
    }
    return Slice.of(
        formed(field, SetForm.of(members.stream().map(ByteString::toByteArray).toList())));
  }

  private Slice intervals(String field, IntervalsAdd add) {
    requireCollection(field, add.getIntervalsCount());
    List<Interval> intervals =
        add.getIntervalsList().stream()
            .map(each -> {
              if (each.getFrom() >= each.getTo()) {
                throw Refusal.invalid(
                    field, "from < to", "from=" + each.getFrom() + " to=" + each.getTo());
              }
              return new Interval(each.getFrom(), each.getTo());
            })
            .toList();
    return Slice.of(formed(field, IntervalsForm.of(intervals)));
  }

  private void requireCollection(String field, int elements) {
    if (elements == 0) {
      throw Refusal.invalid(field, "at least one", 0);
    }
    if (++collectionMutations > Limits.COLLECTION_MUTATIONS_MAX) {
      throw Refusal.limit(
          "mutations of sets and intervals", Limits.COLLECTION_MUTATIONS_MAX, collectionMutations);
    }
  }

  private static byte[] formed(String field, byte[] form) {
    if (form.length > Limits.COLLECTION_BYTES_MAX) {
      throw Refusal.limit(field + " bytes", Limits.COLLECTION_BYTES_MAX, form.length);
    }
    return form;
  }
}
