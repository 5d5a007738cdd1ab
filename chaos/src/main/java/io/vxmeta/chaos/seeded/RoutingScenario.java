package io.vxmeta.chaos.seeded;

import com.google.protobuf.ByteString;
import io.vxmeta.chaos.cluster.ClusterPlan.Wiring;
import io.vxmeta.chaos.cluster.ClusterView;
import io.vxmeta.chaos.cluster.ProcessCluster;
import io.vxmeta.client.Bytes;
import io.vxmeta.client.VxClient;
import io.vxmeta.client.grpc.CallHeaders;
import io.vxmeta.client.grpc.Channels;
import io.vxmeta.client.grpc.ErrorReason;
import io.vxmeta.client.grpc.RpcFailure;
import io.vxmeta.client.grpc.UnaryCall;
import io.vxmeta.client.v1.MetadataStoreGrpc;
import io.vxmeta.client.v1.Mutation;
import io.vxmeta.client.v1.Producer;
import io.vxmeta.client.v1.Put;
import io.vxmeta.client.v1.WriteRequest;
import io.vxmeta.shardmap.Epoch;
import io.vxmeta.shardmap.ShardHash;
import io.vxmeta.shardmap.ShardId;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionException;

/// A caller whose shard map is out of date.
final class RoutingScenario {
  private static final String NAMESPACE = "default";
  private static final Bytes KEY = Bytes.utf8("outdated");
  private static final Duration DEADLINE = Duration.ofSeconds(10);

  private RoutingScenario() {}

  /// Writes under the epoch before the cluster's; shards that move will make it matter.
  static Finding oldMapIsRefused(Arena arena) throws Exception {
    try (ProcessCluster cluster = arena.start(1, Wiring.DIRECT);
        VxClient client = arena.connect(cluster);
        Channels channels =
            new Channels(
                1, Thread.ofPlatform().daemon().factory(), Runnable::run, Optional.empty())) {
      new ClusterView(client).awaitLeaders(Arena.PATIENCE);
      Epoch old = new Epoch(client.shardMap().epoch().value() - 1);
      ShardId shard = ShardHash.shardOf(NAMESPACE, KEY.toArray());
      String answer;
      try {
        answer =
            UnaryCall.send(
                    channels.to(cluster.endpoint(cluster.nodes().getFirst())),
                    MetadataStoreGrpc.getWriteMethod(),
                    CallHeaders.of(shard, old),
                    request(),
                    DEADLINE)
                .join()
                .toString();
      } catch (CompletionException refused) {
        if (refused.getCause() instanceof RpcFailure failure
            && failure.is(ErrorReason.WRONG_EPOCH)
            && client.get(NAMESPACE, KEY).isEmpty()) {
          return Finding.NONE;
        }
        answer = String.valueOf(refused.getCause());
      }
      return new Finding(
          "routing",
          "a write under map epoch %s was not refused with WRONG_EPOCH: answer=%s"
              .formatted(old, answer));
    }
  }

  private static WriteRequest request() {
    return WriteRequest.newBuilder()
        .setNamespace(NAMESPACE)
        .addMutations(
            Mutation.newBuilder()
                .setKey(ByteString.copyFrom(KEY.toArray()))
                .setPut(Put.newBuilder().setValue(ByteString.copyFromUtf8("new"))))
        .setProducer(
            Producer.newBuilder()
                .setId(ByteString.copyFrom(new byte[16]))
                .setEpoch(1)
                .setSequence(1))
        .build();
  }
}
