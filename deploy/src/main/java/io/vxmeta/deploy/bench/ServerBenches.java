package io.vxmeta.deploy.bench;

import io.vxmeta.client.cli.CommandModule;
import java.util.List;

/// The benchmarks that vxctl gets from the server.
public final class ServerBenches implements CommandModule {
  @Override
  public List<Entry> commands() {
    return List.of(
        new Entry(
            "bench-snapshot", "what a snapshot costs the writes beside it", SnapshotCommand::new));
  }
}
