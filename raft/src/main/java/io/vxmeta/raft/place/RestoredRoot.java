package io.vxmeta.raft.place;

import io.vxmeta.client.grpc.ShardMapCodec;
import io.vxmeta.shardmap.Epoch;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ReplicaMove;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.shardmap.ShardMap;
import io.vxmeta.statemachine.AnswerSink;
import io.vxmeta.statemachine.GroupState;
import io.vxmeta.statemachine.batch.BatchWriter;
import io.vxmeta.statemachine.batch.Slice;
import io.vxmeta.statemachine.batch.TransactionEncoder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Makes the root group's state of a backup that of a new cluster: its nodes and addresses instead
/// of the old ones.
public final class RestoredRoot {
  /* One transaction behind the last one of the backup, at the backup's own time, so that every node of the new cluster comes
   *   to the same state. Namespaces, producers and the moves of shards stay, those of replicas that were under way
   *   and names that nodes had do not. The epoch goes on, so that no client takes the map for an older one.
   */
  private RestoredRoot() {}

  /// Ids of the clusters that the state came from, the oldest first: none of them may be used
  /// again, because tokens with it are about.
  public static List<String> origins(GroupState root) {
    return ClusterView.readOrigins(root);
  }

  /// Applies it as the next entry.
  ///
  /// @param first the new cluster's map as it would be without a backup
  /// @param from the cluster that the backup is of
  /// @throws IOException if the backup is of a cluster that was not formed yet
  public static void move(GroupState root, ShardMap first, String from) throws IOException {
    ShardMap old =
        ClusterView.mapIn(root)
            .orElseThrow(() ->
                new IOException(
                    "expected a shard map in the root group's backup; cluster="
                        + from
                        + "; back the cluster up when it serves"));
    List<String> origins = new ArrayList<>(origins(root));
    origins.add(from);
    TransactionEncoder encoder = new TransactionEncoder();
    encoder.beginAnonymous(RootKeys.SYSTEM_NAMESPACE);
    put(encoder, RootKeys.map(), ShardMapCodec.encode(successor(old, first)).toByteArray());
    for (ReplicaMove move : ClusterView.readMoves(root)) {
      encoder.delete(ShardId.ROOT.value(), Slice.of(RootKeys.move(move.group())));
    }
    for (NodeId name : ClusterView.readNames(root)) {
      encoder.delete(ShardId.ROOT.value(), Slice.of(RootKeys.incarnation(name)));
    }
    put(encoder, RootKeys.origins(), String.join("\n", origins).getBytes(StandardCharsets.UTF_8));
    BatchWriter batch = new BatchWriter();
    if (!batch.append(encoder.end())) {
      throw new IllegalStateException("expected room for one transaction in an empty batch");
    }
    byte[] entry = batch.seal(root.leaderTimeMs());
    long before = root.revision();
    root.apply(entry, 0, entry.length, root.appliedIndex() + 1, AnswerSink.NONE);
    if (root.revision() != before + 1) {
      throw new IllegalStateException(
          "expected the new shard map to be applied; revision=" + root.revision());
    }
  }

  private static void put(TransactionEncoder encoder, byte[] key, byte[] value) {
    encoder.put(ShardId.ROOT.value(), Slice.of(key), Slice.of(value), 0);
  }

  /// The groups are where the new cluster has them; which shards each has, the backup says.
  private static ShardMap successor(ShardMap old, ShardMap first) {
    List<ShardId> shards = IntStream.range(0, ShardId.COUNT).mapToObj(ShardId::new).toList();
    return new ShardMap(
        first.clusterId(),
        new Epoch(old.epoch().value() + 1),
        shards.stream().map(old::groupOf).toList(),
        shards.stream().filter(old::wasMoved).collect(Collectors.toSet()),
        first.groups(),
        first.nodes());
  }
}
