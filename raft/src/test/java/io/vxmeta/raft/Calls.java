package io.vxmeta.raft;

import com.google.protobuf.ByteString;
import io.grpc.Channel;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import io.vxmeta.client.grpc.CallHeaders;
import io.vxmeta.client.v1.Consistency;
import io.vxmeta.client.v1.MetadataStoreGrpc;
import io.vxmeta.client.v1.Mutation;
import io.vxmeta.client.v1.Producer;
import io.vxmeta.client.v1.Put;
import io.vxmeta.client.v1.ReadRequest;
import io.vxmeta.client.v1.ReadResponse;
import io.vxmeta.client.v1.WriteRequest;
import io.vxmeta.client.v1.WriteResponse;
import io.vxmeta.shardmap.ShardHash;
import io.vxmeta.shardmap.ShardId;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

/// Plain gRPC calls as any client in any language would make them.
final class Calls {
  static final String NAMESPACE = "default";

  static final Consistency LINEARIZABLE =
      Consistency.newBuilder()
          .setLinearizable(Consistency.Linearizable.getDefaultInstance())
          .build();

  static final Consistency LOCAL =
      Consistency.newBuilder().setLocal(Consistency.Local.getDefaultInstance()).build();

  private Calls() {}

  static ShardId shardOf(String key) {
    return ShardHash.shardOf(NAMESPACE, ByteString.copyFromUtf8(key).toByteArray());
  }

  static MetadataStoreGrpc.MetadataStoreBlockingStub stub(Channel channel, int shard, long ms) {
    Metadata headers = new Metadata();
    headers.put(CallHeaders.SHARD, Integer.toString(shard));
    return MetadataStoreGrpc.newBlockingStub(channel)
        .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
        .withDeadlineAfter(ms, TimeUnit.MILLISECONDS);
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

  static WriteResponse write(Channel channel, String key, WriteRequest request) {
    return stub(channel, shardOf(key).value(), 10_000).write(request);
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

  static String valueOf(ReadResponse response) {
    return response.getResults(0).getRecord().getValue().toStringUtf8();
  }
}
