package io.vxmeta.raft.backup;

import io.vxmeta.client.VxClient;
import io.vxmeta.raft.NodeConfig;
import io.vxmeta.statemachine.StateDigest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// What the commands do, for tests that have clusters.
public final class BackupSteps {
  private BackupSteps() {}

  public static void create(VxClient client, Path directory, Path scratch) throws IOException {
    var _ =
        new BackupCreation(client.admin(), scratch, _ -> {})
            .into(BackupFiles.begin(directory), 1_000);
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
