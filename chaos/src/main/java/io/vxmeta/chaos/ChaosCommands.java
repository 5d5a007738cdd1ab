package io.vxmeta.chaos;

import io.vxmeta.chaos.bench.BenchCommand;
import io.vxmeta.chaos.demo.DemoCommand;
import io.vxmeta.chaos.dev.DevCommand;
import io.vxmeta.chaos.rehearsal.RehearseCommand;
import io.vxmeta.chaos.run.ChaosCommand;
import io.vxmeta.chaos.verify.VerifyCommand;
import io.vxmeta.client.cli.CommandModule;
import java.util.List;

/// The commands the harness adds to vxctl.
public final class ChaosCommands implements CommandModule {
  @Override
  public List<Entry> commands() {
    return List.of(
        new Entry("demo", "three nodes, a killed leader, nothing lost", DemoCommand::new),
        new Entry("dev", "a cluster of three nodes that stays up", DevCommand::new),
        new Entry("chaos", "break a cluster on purpose, judge every answer", ChaosCommand::new),
        new Entry("bench", "benchmarks", BenchCommand::new),
        new Entry("verify", "judge recorded histories", VerifyCommand::new),
        new Entry("rehearse", "what ./vx lets a JVM record", RehearseCommand::new));
  }
}
