package io.vxmeta.raft.backup;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vxmeta.client.grpc.ShardMapCodec;
import io.vxmeta.shardmap.Endpoint;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.Placement;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.shardmap.ShardMap;
import io.vxmeta.statemachine.AnswerSink;
import io.vxmeta.statemachine.GroupState;
import io.vxmeta.statemachine.GroupStateConfig;
import io.vxmeta.statemachine.ProducerLimits;
import io.vxmeta.statemachine.batch.BatchWriter;
import io.vxmeta.statemachine.batch.Slice;
import io.vxmeta.statemachine.batch.TransactionEncoder;
import io.vxmeta.statemachine.os.LiveMemory;
import io.vxmeta.statemachine.os.LiveMemoryConfig;
import io.vxmeta.statemachine.snapshot.Snapshot;
import io.vxmeta.statemachine.snapshot.SnapshotOwner;
import io.vxmeta.statemachine.snapshot.SnapshotStore;
import io.vxmeta.statemachine.snapshot.SnapshotWriter;
import io.vxmeta.statemachine.table.TableConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A small backup as a running cluster would give it, without the cluster.
final class WrittenBackup {
  static final String CLUSTER = "old";
  static final int DATA_GROUPS = 2;
  static final int RECORDS = 50;

  /// The namespace that the root group's own keys are in.
  private static final int SYSTEM_NAMESPACE = io.vxmeta.raft.place.RootKeys.SYSTEM_NAMESPACE;

  private WrittenBackup() {}

  static List<Node> nodes(int firstPort) {
    List<Node> nodes = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      nodes.add(
          new Node(
              new NodeId("n" + i),
              "",
              List.of(new Endpoint("127.0.0.1", firstPort + 3 * i)),
              new Endpoint("127.0.0.1", firstPort + 3 * i + 1),
              new Endpoint("127.0.0.1", firstPort + 3 * i + 2)));
    }
    return nodes;
  }

  static BackupManifest into(Path directory, Path live) throws IOException {
    ShardMap map = Placement.initial(CLUSTER, nodes(1_000), DATA_GROUPS, 3);
    BackupFiles files = BackupFiles.begin(directory);
    List<BackupManifest.Group> groups = new ArrayList<>();
    for (ShardGroup group : map.groups()) {
      groups.add(save(map, group.id(), files, live));
    }
    BackupManifest manifest = new BackupManifest(CLUSTER, 1_700_000_000_000L, groups);
    files.finish(manifest);
    return manifest;
  }

  private static BackupManifest.Group save(
      ShardMap map, ShardGroupId group, BackupFiles files, Path live) throws IOException {
    GroupStateConfig config =
        new GroupStateConfig(
            live.resolve("made-" + group),
            group.value(),
            map.shardsOf(group).stream().map(ShardId::value).toList(),
            TableConfig.defaults(),
            ProducerLimits.defaults(),
            LiveMemory.of(LiveMemoryConfig.withoutNativeCalls()));
    try (GroupState state = GroupState.create(config)) {
      long index = 7;
      for (byte[] batch : group.isRoot() ? root(map) : records(config.shards().getFirst())) {
        state.apply(batch, 0, batch.length, index++, AnswerSink.NONE);
      }
      SnapshotStore store =
          SnapshotStore.open(files.group(group.value()), new SnapshotOwner(CLUSTER, group.value()));
      Snapshot snapshot =
          new SnapshotWriter(store, Optional.empty()).write(state.cut(5)).snapshot();
      assertEquals(List.of(), state.verify());
      return new BackupManifest.Group(
          group.value(), snapshot.manifest().moment(), files.list(snapshot));
    }
  }

  private static List<byte[]> root(ShardMap map) {
    TransactionEncoder encoder = new TransactionEncoder();
    encoder.beginAnonymous(SYSTEM_NAMESPACE);
    encoder.put(
        ShardId.ROOT.value(),
        slice("shard-map"),
        Slice.of(ShardMapCodec.encode(map).toByteArray()),
        0);
    encoder.put(
        ShardId.ROOT.value(), slice("namespace/features"), Slice.of(new byte[] {0, 0, 0, 3}), 0);
    BatchWriter batch = new BatchWriter();
    batch.append(encoder.end());
    return List.of(batch.seal(1_000));
  }

  private static List<byte[]> records(int shard) {
    List<byte[]> batches = new ArrayList<>();
    for (int i = 1; i <= RECORDS; i++) {
      TransactionEncoder encoder = new TransactionEncoder();
      encoder.begin(1, new byte[16], 1, i);
      encoder.put(shard, slice("key/" + i), slice("value/" + i), 0);
      BatchWriter batch = new BatchWriter();
      batch.append(encoder.end());
      batches.add(batch.seal(1_000 + i));
    }
    return batches;
  }

  private static Slice slice(String text) {
    return Slice.of(text.getBytes(StandardCharsets.UTF_8));
  }
}
