package io.vxmeta.client;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.vxmeta.client.v1.Add;
import io.vxmeta.client.v1.Compare;
import io.vxmeta.client.v1.Delete;
import io.vxmeta.client.v1.Interval;
import io.vxmeta.client.v1.IntervalsAdd;
import io.vxmeta.client.v1.Max;
import io.vxmeta.client.v1.Min;
import io.vxmeta.client.v1.Mutation;
import io.vxmeta.client.v1.Producer;
import io.vxmeta.client.v1.Put;
import io.vxmeta.client.v1.PutIfNewer;
import io.vxmeta.client.v1.ReadRequest;
import io.vxmeta.client.v1.ReadResponse;
import io.vxmeta.client.v1.Role;
import io.vxmeta.client.v1.SetAdd;
import io.vxmeta.client.v1.SetRemove;
import io.vxmeta.client.v1.WriteRequest;
import io.vxmeta.client.v1.WriteResponse;
import io.vxmeta.shardmap.Epoch;
import io.vxmeta.shardmap.NumaDomain;
import io.vxmeta.shardmap.Revision;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.Token;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// Turns the client's values into messages and answers into values.
final class MessageCodec {
  /* Keys and values are wrapped, not copied, on the way out: Bytes never change. On the way in one copy is made. */

  private MessageCodec() {}

  static ByteString encode(Bytes bytes) {
    return UnsafeByteOperations.unsafeWrap(bytes.raw());
  }

  static Bytes decode(ByteString bytes) {
    return Bytes.wrap(bytes.toByteArray());
  }

  static ReadRequest readRequest(
      String namespace,
      List<Bytes> keys,
      ShardGroupId group,
      String clusterId,
      Consistency consistency,
      ReadOptions options) {
    ReadRequest.Builder request =
        ReadRequest.newBuilder()
            .setNamespace(namespace)
            .setConsistency(encode(consistency, group, clusterId))
            .setKeysOnly(options.projection() == ReadOptions.Projection.KEYS_ONLY);
    keys.forEach(key -> request.addKeys(encode(key)));
    return request.build();
  }

  /// Throws [CallFailed] for a token of another cluster. A group nobody has a token of is asked for
  /// revision 0, which every state covers.
  static io.vxmeta.client.v1.Consistency encode(
      Consistency consistency, ShardGroupId group, String clusterId) {
    io.vxmeta.client.v1.Consistency.Builder message = io.vxmeta.client.v1.Consistency.newBuilder();
    if (consistency instanceof Consistency.AtLeast atLeast) {
      atLeast.tokens().checkCluster(clusterId);
      Token token = atLeast.tokens().asked(clusterId, group);
      message.setAtLeast(
          io.vxmeta.client.v1.Consistency.AtLeast.newBuilder().setToken(encode(token)));
    } else if (consistency instanceof Consistency.Bounded bounded) {
      message.setBounded(
          io.vxmeta.client.v1.Consistency.Bounded.newBuilder()
              .setMaxStalenessMs(bounded.maxStaleness().toMillis()));
    } else if (consistency instanceof Consistency.Local) {
      message.setLocal(io.vxmeta.client.v1.Consistency.Local.getDefaultInstance());
    } else {
      message.setLinearizable(io.vxmeta.client.v1.Consistency.Linearizable.getDefaultInstance());
    }
    return message.build();
  }

  private static io.vxmeta.client.v1.Token encode(Token token) {
    return io.vxmeta.client.v1.Token.newBuilder()
        .setClusterId(token.clusterId())
        .setGroup(token.group().value())
        .setRevision(token.revision().value())
        .setMapEpoch(token.mapEpoch().value())
        .build();
  }

  static List<Optional<StoredRecord>> records(ReadResponse response) {
    return response.getResultsList().stream()
        .map(result ->
            result.hasRecord()
                ? Optional.of(decode(result.getRecord()))
                : Optional.<StoredRecord>empty())
        .toList();
  }

  static StoredRecord decode(io.vxmeta.client.v1.Record message) {
    return new StoredRecord(
        decode(message.getKey()),
        decode(message.getValue()),
        new Revision(message.getVersion()),
        new Revision(message.getCreateVersion()),
        message.getFlags(),
        message.getExpiresAtMs());
  }

  /// An answer that does not name its cluster gets `clusterId`: a token always names one. One of an
  /// older build has the epoch in the answer alone.
  static Freshness decode(io.vxmeta.client.v1.Freshness message, String clusterId) {
    io.vxmeta.client.v1.Token token = message.getToken();
    return new Freshness(
        message.getNode(),
        decode(message.getRole()),
        new Token(
            token.getClusterId().isEmpty() ? clusterId : token.getClusterId(),
            new ShardGroupId(token.getGroup()),
            new Revision(token.getRevision()),
            new Epoch(Math.max(token.getMapEpoch(), message.getMapEpoch()))),
        message.hasStalenessMs() ? OptionalLong.of(message.getStalenessMs()) : OptionalLong.empty(),
        new Epoch(message.getMapEpoch()),
        new NumaDomain(message.getNumaDomain()),
        Freshness.Source.SERVER);
  }

  static ReplicaRole decode(Role role) {
    return switch (role) {
      case ROLE_LEADER -> ReplicaRole.LEADER;
      case ROLE_FOLLOWER -> ReplicaRole.FOLLOWER;
      case ROLE_LISTENER -> ReplicaRole.LISTENER;
      case ROLE_CANDIDATE -> ReplicaRole.CANDIDATE;
      case ROLE_UNSPECIFIED, UNRECOGNIZED -> ReplicaRole.UNKNOWN;
    };
  }

  /// The sequence is one of that group, whoever owns the keys' shards.
  static WriteRequest writeRequest(
      Transaction transaction, ProducerIdentity producer, ShardGroupId group, long sequence) {
    WriteRequest.Builder request =
        WriteRequest.newBuilder()
            .setNamespace(transaction.namespace())
            .setProducer(
                Producer.newBuilder()
                    .setId(encode(producer.id()))
                    .setEpoch(producer.epoch())
                    .setSequence(sequence)
                    .setGroup(group.value()));
    transaction.compares().forEach(compare -> request.addCompares(encode(compare)));
    transaction.mutations().forEach(mutation -> request.addMutations(encode(mutation)));
    return request.build();
  }

  /// The same transaction under a sequence of another group.
  static WriteRequest renumbered(WriteRequest request, ShardGroupId group, long sequence) {
    return request.toBuilder()
        .setProducer(
            request.getProducer().toBuilder().setSequence(sequence).setGroup(group.value()))
        .build();
  }

  private static Compare encode(Transaction.Compare compare) {
    Compare.Builder message = Compare.newBuilder().setKey(encode(compare.key()));
    if (compare instanceof Transaction.VersionIs is) {
      message.setVersionEquals(is.version().value());
    } else if (compare instanceof Transaction.Exists) {
      message.setExists(true);
    } else if (compare instanceof Transaction.ValueIs is) {
      message.setValueSha256(encode(is.sha256()));
    } else {
      message.setAbsent(true);
    }
    return message.build();
  }

  private static Mutation encode(Transaction.Mutation mutation) {
    Mutation.Builder message = Mutation.newBuilder().setKey(encode(mutation.key()));
    if (mutation instanceof Transaction.Put put) {
      message.setPut(encode(put));
    } else if (mutation instanceof Transaction.PutIfNewer put) {
      message.setPutIfNewer(encode(put));
    } else if (mutation instanceof Transaction.Add add) {
      message.setAdd(Add.newBuilder().setDelta(add.delta()));
    } else if (mutation instanceof Transaction.Max max) {
      message.setMax(Max.newBuilder().setNumber(max.number()));
    } else if (mutation instanceof Transaction.Min min) {
      message.setMin(Min.newBuilder().setNumber(min.number()));
    } else if (mutation instanceof Transaction.SetAdd add) {
      message.setSetAdd(SetAdd.newBuilder().addAllMembers(encode(add.members())));
    } else if (mutation instanceof Transaction.SetRemove remove) {
      message.setSetRemove(SetRemove.newBuilder().addAllMembers(encode(remove.members())));
    } else if (mutation instanceof Transaction.IntervalsAdd add) {
      IntervalsAdd.Builder intervals = IntervalsAdd.newBuilder();
      add.intervals()
          .forEach(each ->
              intervals.addIntervals(Interval.newBuilder().setFrom(each.from()).setTo(each.to())));
      message.setIntervalsAdd(intervals);
    } else {
      message.setDelete(Delete.getDefaultInstance());
    }
    return message.build();
  }

  private static List<ByteString> encode(List<Bytes> members) {
    return members.stream().map(MessageCodec::encode).toList();
  }

  private static Put encode(Transaction.Put put) {
    Put.Builder message = Put.newBuilder().setValue(encode(put.value())).setFlags(put.flags());
    if (put.lifetime() instanceof Lifetime.For life) {
      message.setTtlMs(life.ttl().toMillis());
    } else if (put.lifetime() instanceof Lifetime.Until until) {
      message.setExpiresAtMs(until.moment().toEpochMilli());
    }
    return message.build();
  }

  private static PutIfNewer encode(Transaction.PutIfNewer put) {
    PutIfNewer.Builder message =
        PutIfNewer.newBuilder()
            .setEventTime(put.eventTime())
            .setValue(encode(put.value()))
            .setFlags(put.flags());
    if (put.lifetime() instanceof Lifetime.For life) {
      message.setTtlMs(life.ttl().toMillis());
    } else if (put.lifetime() instanceof Lifetime.Until until) {
      message.setExpiresAtMs(until.moment().toEpochMilli());
    }
    return message.build();
  }

  /// Throws IllegalArgumentException when the answer has an outcome this client does not know.
  static WriteAnswer decode(WriteResponse message, String clusterId) {
    return new WriteAnswer(
        result(message),
        decode(message.getFreshness(), clusterId),
        message.getSequence(),
        message.getReplayed());
  }

  private static WriteAnswer.Result result(WriteResponse message) {
    return switch (message.getOutcome()) {
      case APPLIED ->
          new WriteAnswer.Applied(
              message.getResultsList().stream()
                  .map(result ->
                      new WriteAnswer.MutationResult(
                          result.getExisted(),
                          result.hasNumber()
                              ? OptionalLong.of(result.getNumber())
                              : OptionalLong.empty()))
                  .toList());
      case COMPARE_FAILED ->
          new WriteAnswer.CompareFailed(
              message.getFailedIndex(), new Revision(message.getFoundVersion()));
      case WRONG_TYPE -> new WriteAnswer.WrongType(message.getFailedIndex());
      case COLLECTION_TOO_LARGE -> new WriteAnswer.CollectionTooLarge(message.getFailedIndex());
      case WRITE_OUTCOME_UNSPECIFIED, UNRECOGNIZED ->
          throw new IllegalArgumentException(
              "an answer to a write has a known outcome: outcome="
                  + message.getOutcomeValue()
                  + " sequence="
                  + message.getSequence()
                  + "; the server is newer than this client: update the client");
    };
  }
}
