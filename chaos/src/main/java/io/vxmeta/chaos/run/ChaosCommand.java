package io.vxmeta.chaos.run;

import io.vxmeta.chaos.seeded.FailPointsCommand;
import io.vxmeta.chaos.seeded.SeededCommand;
import picocli.CommandLine.Command;

/// `vxctl chaos`: breaks a cluster on purpose and proves what happened.
@Command(
    name = "chaos",
    description = "Runs load and faults against a cluster of its own, and judges every answer.",
    subcommands = {
      RunCommand.class,
      ListFaultsCommand.class,
      ReportCommand.class,
      SeededCommand.class,
      FailPointsCommand.class
    },
    mixinStandardHelpOptions = true)
public final class ChaosCommand {
  /// Exit codes, the same as those of `vxctl verify`.
  static final int VALID = 0;

  static final int FAILED = 1;
  static final int USAGE = 2;
  static final int UNDECIDED = 5;
  static final int ANOMALY = 7;
}
