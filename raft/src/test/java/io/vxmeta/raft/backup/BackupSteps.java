package io.vxmeta.raft.backup;

import io.vxmeta.client.VxClient;
import io.vxmeta.raft.NodeConfig;
import io.vxmeta.shardmap.Endpoint;
import io.vxmeta.shardmap.Node;
import io.vxmeta.statemachine.StateDigest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// What the commands do, for tests that have clusters.
public final class BackupSteps {
  static final List<Node> NODES = WrittenBackup.nodes(2_000);

  private BackupSteps() {}

  public static void create(VxClient client, Path directory, Path scratch) throws IOException {
    var _ =
        new BackupCreation(client.admin(), scratch, _ -> {})
            .into(BackupFiles.begin(directory), 1_000);
  }

  /// As a running cluster would give it, without the cluster.
  ///
  /// @param live for what tables need on disk
  public static void write(Path directory, Path live) throws IOException {
    var _ = WrittenBackup.into(directory, live);
  }

  /// Of the first of three nodes that such a backup fits.
  public static NodeConfig config(String clusterId, Path data) {
    return config(clusterId, NODES.getFirst(), data, WrittenBackup.DATA_GROUPS);
  }

  static NodeConfig config(String clusterId, Node self, Path data, int dataGroups) {
    return new NodeConfig(
        clusterId,
        self.id(),
        data,
        NODES,
        List.of(),
        NodeConfig.Bootstrap.AUTOMATIC,
        new Endpoint("127.0.0.1", 0),
        dataGroups,
        3,
        false,
        Optional.empty(),
        NodeConfig.Memory.DEFAULT,
        NodeConfig.Numa.DEFAULT,
        OptionalLong.empty(),
        NodeConfig.DamagedLog.REFUSE,
        NodeConfig.SlowDisk.DEFAULT,
        NodeConfig.Snapshots.DEFAULT,
        NodeConfig.Scrub.DEFAULT,
        NodeConfig.Moves.DEFAULT,
        NodeConfig.Leaders.DEFAULT,
        NodeConfig.Logs.DEFAULT,
        NodeConfig.Traces.DEFAULT,
        new NodeConfig.Listen(self.clientEndpoints().getFirst(), self.peer(), self.raft()));
  }

  /// The digests of all groups, by number.
  public static List<StateDigest> verify(Path directory, Path scratch) throws IOException {
    return new BackupCheck(new BackupFiles(directory), scratch)
        .check().groups().stream().map(BackupCheck.SoundGroup::digest).toList();
  }

  public static void restore(Path directory, NodeConfig config) throws IOException {
    var _ = new BackupRestore(new BackupFiles(directory), config, _ -> {}).run();
  }
}
