package io.vxmeta.raft.backup;

import io.vxmeta.client.cli.CommandModule;
import java.util.List;

/// What vxctl gets from the server's side.
public final class BackupCommands implements CommandModule {
  @Override
  public List<Entry> commands() {
    return List.of(
        new Entry(
            "backup",
            "create; verify: offline; restore: lays a new node's data, offline",
            BackupCommand::new));
  }
}
