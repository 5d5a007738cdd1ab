package io.vxmeta.client;

import com.google.protobuf.ByteString;
import io.vxmeta.client.v1.Compare;
import io.vxmeta.client.v1.Mutation;
import io.vxmeta.client.v1.MutationResult;
import io.vxmeta.client.v1.Producer;
import io.vxmeta.client.v1.Record;
import io.vxmeta.client.v1.WriteOutcome;
import io.vxmeta.client.v1.WriteRequest;
import io.vxmeta.client.v1.WriteResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// What all scripted nodes share: records, producers' first answers, and the order things were
/// applied in.
final class ScriptedState {

  private record RecordKey(String namespace, ByteString key) {}

  private record ProducerKey(ByteString id, int epoch, int group, long sequence) {}

  private final Map<RecordKey, Record> records = new HashMap<>();
  private final Map<ProducerKey, WriteResponse> firstAnswers = new HashMap<>();
  private final Set<ProducerKey> declined = new HashSet<>();
  private final List<WriteRequest> order = new ArrayList<>();
  private final Map<Integer, Long> revisions = new TreeMap<>();
  private final Map<Integer, List<WriteRequest>> applied = new HashMap<>();

  /// The sequence is looked at first, and who owns the keys after it; that they are elsewhere is
  /// remembered as well. Empty: they are elsewhere.
  synchronized Optional<WriteResponse> apply(int group, WriteRequest request, Owns owns) {
    Producer producer = request.getProducer();
    ProducerKey key =
        new ProducerKey(producer.getId(), producer.getEpoch(), group, producer.getSequence());
    WriteResponse first = firstAnswers.get(key);
    if (first != null) {
      return Optional.of(first.toBuilder().setReplayed(true).build());
    }
    if (owns == Owns.NOT || declined.contains(key)) {
      declined.add(key);
      return Optional.empty();
    }
    WriteResponse answer = decide(group, request);
    firstAnswers.put(key, answer);
    return Optional.of(answer);
  }

  /// Whether the group owns what a request is about.
  enum Owns {
    ALL,
    NOT
  }

  /// Lets the revisions of a group go on from those of another.
  synchronized void raise(int group, int least) {
    revisions.merge(group, revision(least), Math::max);
  }

  private WriteResponse decide(int group, WriteRequest request) {
    WriteResponse.Builder answer =
        WriteResponse.newBuilder().setSequence(request.getProducer().getSequence());
    for (int i = 0; i < request.getComparesCount(); i++) {
      long found = version(request.getNamespace(), request.getCompares(i).getKey());
      if (!holds(request.getNamespace(), request.getCompares(i), found)) {
        return answer
            .setOutcome(WriteOutcome.COMPARE_FAILED)
            .setFailedIndex(i)
            .setFoundVersion(found)
            .build();
      }
    }
    long revision = revisions.merge(group, 1L, Long::sum);
    applied.computeIfAbsent(group, g -> new ArrayList<>()).add(request);
    order.add(request);
    for (Mutation mutation : request.getMutationsList()) {
      answer.addResults(mutate(request.getNamespace(), mutation, revision));
    }
    return answer.setOutcome(WriteOutcome.APPLIED).build();
  }

  private boolean holds(String namespace, Compare compare, long found) {
    return switch (compare.getConditionCase()) {
      case VERSION_EQUALS -> found == compare.getVersionEquals();
      case EXISTS -> found > 0;
      case VALUE_SHA256 ->
          find(namespace, compare.getKey())
              .map(record -> MessageCodec.decode(record.getValue()).sha256())
              .filter(MessageCodec.decode(compare.getValueSha256())::equals)
              .isPresent();
      case ABSENT, CONDITION_NOT_SET -> found == 0;
    };
  }

  private long version(String namespace, ByteString key) {
    return find(namespace, key).map(Record::getVersion).orElse(0L);
  }

  private MutationResult mutate(String namespace, Mutation mutation, long revision) {
    RecordKey key = new RecordKey(namespace, mutation.getKey());
    Optional<Record> old = Optional.ofNullable(records.get(key));
    MutationResult.Builder result = MutationResult.newBuilder().setExisted(old.isPresent());
    Record.Builder next =
        Record.newBuilder()
            .setKey(mutation.getKey())
            .setVersion(revision)
            .setCreateVersion(old.map(Record::getCreateVersion).orElse(revision));
    switch (mutation.getKindCase()) {
      case PUT -> {
        next.setValue(mutation.getPut().getValue()).setFlags(mutation.getPut().getFlags());
        records.put(key, next.build());
      }
      case ADD -> {
        long number =
            old.map(record -> record.getValue().asReadOnlyByteBuffer().getLong()).orElse(0L)
                + mutation.getAdd().getDelta();
        next.setValue(MessageCodec.encode(Bytes.number(number)));
        records.put(key, next.build());
        result.setNumber(number);
      }
      case DELETE, KIND_NOT_SET -> records.remove(key);
      case MAX, MIN, PUT_IF_NEWER, SET_ADD, SET_REMOVE, INTERVALS_ADD ->
          throw new UnsupportedOperationException("not scripted: " + mutation.getKindCase());
    }
    return result.build();
  }

  synchronized Optional<Record> find(String namespace, ByteString key) {
    return Optional.ofNullable(records.get(new RecordKey(namespace, key)));
  }

  synchronized long revision(int group) {
    return revisions.getOrDefault(group, 0L);
  }

  /// Everything applied to the group, once each, in order.
  synchronized List<WriteRequest> applied(int group) {
    return List.copyOf(applied.getOrDefault(group, List.of()));
  }

  /// Everything applied to any group, in order.
  synchronized List<WriteRequest> applied() {
    return List.copyOf(order);
  }

  synchronized List<Record> records(String namespace) {
    return records.entrySet().stream()
        .filter(entry -> entry.getKey().namespace().equals(namespace))
        .map(Map.Entry::getValue)
        .toList();
  }
}
