package io.vxmeta.raft;

import com.google.protobuf.ByteString;
import io.grpc.Channel;
import io.grpc.ClientInterceptor;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import io.vxmeta.client.grpc.CallHeaders;
import io.vxmeta.client.grpc.ErrorReason;
import io.vxmeta.client.grpc.RpcFailure;
import io.vxmeta.client.v1.Consistency;
import io.vxmeta.client.v1.MetadataStoreGrpc;
import io.vxmeta.client.v1.Mutation;
import io.vxmeta.client.v1.Producer;
import io.vxmeta.client.v1.Put;
import io.vxmeta.client.v1.ReadRequest;
import io.vxmeta.client.v1.ReadResponse;
import io.vxmeta.client.v1.WriteRequest;
import io.vxmeta.client.v1.WriteResponse;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardHash;
import io.vxmeta.shardmap.ShardId;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/// Plain gRPC calls as any client in any language would make them.
final class Calls {
  static final String NAMESPACE = "default";

  static final Consistency LINEARIZABLE =
      Consistency.newBuilder()
          .setLinearizable(Consistency.Linearizable.getDefaultInstance())
          .build();

  static final Consistency LOCAL =
      Consistency.newBuilder().setLocal(Consistency.Local.getDefaultInstance()).build();

  /// What a call may end with while all is well but slow.
  private static final Set<Status.Code> PASSING =
      Set.of(Status.Code.UNAVAILABLE, Status.Code.DEADLINE_EXCEEDED);

  private Calls() {}

  static ShardId shardOf(String key) {
    return ShardHash.shardOf(NAMESPACE, ByteString.copyFromUtf8(key).toByteArray());
  }

  static MetadataStoreGrpc.MetadataStoreBlockingStub stub(Channel channel, int shard, long ms) {
    return MetadataStoreGrpc.newBlockingStub(channel)
        .withInterceptors(shardHeader(shard))
        .withDeadlineAfter(ms, TimeUnit.MILLISECONDS);
  }

  static ClientInterceptor shardHeader(int shard) {
    Metadata headers = new Metadata();
    headers.put(CallHeaders.SHARD, Integer.toString(shard));
    return MetadataUtils.newAttachHeadersInterceptor(headers);
  }

  static Producer producer(long id, long sequence) {
    return Producer.newBuilder()
        .setId(ByteString.copyFrom(ByteBuffer.allocate(16).putLong(id).putLong(id).array()))
        .setEpoch(1)
        .setSequence(sequence)
        .build();
  }

  static WriteRequest put(String key, String value, Producer producer) {
    return WriteRequest.newBuilder()
        .setNamespace(NAMESPACE)
        .addMutations(
            Mutation.newBuilder()
                .setKey(ByteString.copyFromUtf8(key))
                .setPut(Put.newBuilder().setValue(ByteString.copyFromUtf8(value))))
        .setProducer(producer)
        .build();
  }

  /// Repeats what was answered NOT_READY (nothing was done, says the contract) for ten seconds:
  /// elections on a busy machine are no failures.
  static WriteResponse write(Channel channel, String key, WriteRequest request) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (true) {
      try {
        return stub(channel, shardOf(key).value(), 10_000).write(request);
      } catch (StatusRuntimeException refused) {
        if (!isNotReady(refused) || System.nanoTime() - deadline > 0) {
          throw refused;
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
      }
    }
  }

  /// To whoever of those asked leads the group.
  static WriteResponse write(
      TestCluster cluster, List<NodeId> asked, int group, WriteRequest request) {
    return patiently(() -> writeTo(cluster, cluster.leader(group, asked), request));
  }

  /// To whoever leads the group.
  static WriteResponse write(TestCluster cluster, int group, WriteRequest request) {
    return patiently(() -> writeTo(cluster, cluster.leader(group, cluster.running()), request));
  }

  private static WriteResponse writeTo(
      TestCluster cluster, Optional<NodeId> leader, WriteRequest request) {
    int shard = shardOf(request.getMutations(0).getKey().toStringUtf8()).value();
    NodeId node =
        leader.orElseThrow(() ->
            Status.UNAVAILABLE.withDescription("nobody says that he leads").asRuntimeException());
    return stub(cluster.channel(node), shard, 10_000).write(request);
  }

  /// Makes a call again while it is refused, or late, as it may be on a busy machine whose nodes
  /// elect leaders meanwhile. A write, too: it is applied once, by its sequence.
  static <T> T patiently(Supplier<T> call) {
    long deadline = System.nanoTime() + TestCluster.PATIENCE.toNanos();
    while (true) {
      try {
        return call.get();
      } catch (StatusRuntimeException refused) {
        if (!PASSING.contains(refused.getStatus().getCode()) || System.nanoTime() - deadline > 0) {
          throw refused;
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
      }
    }
  }

  private static boolean isNotReady(StatusRuntimeException refused) {
    Metadata trailers = refused.getTrailers() == null ? new Metadata() : refused.getTrailers();
    return RpcFailure.of(refused.getStatus(), trailers, RpcFailure.Sent.POSSIBLY)
        .is(ErrorReason.NOT_READY);
  }

  static ReadResponse read(Channel channel, String key, Consistency consistency, long ms) {
    return stub(channel, shardOf(key).value(), ms)
        .read(
            ReadRequest.newBuilder()
                .setNamespace(NAMESPACE)
                .addKeys(ByteString.copyFromUtf8(key))
                .setConsistency(consistency)
                .build());
  }

  /// What a replica says as soon as it may.
  static ReadResponse readPatiently(Channel channel, String key, Consistency consistency) {
    return patiently(() -> read(channel, key, consistency, 10_000));
  }

  static String valueOf(ReadResponse response) {
    return response.getResults(0).getRecord().getValue().toStringUtf8();
  }
}
