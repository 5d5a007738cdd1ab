package io.vxmeta.client.cli;

import io.vxmeta.client.cli.doctor.DiskChecks;
import io.vxmeta.client.cli.doctor.DiskProbe;
import io.vxmeta.client.cli.doctor.Finding;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// Measurements of one thing.
@Command(
    name = "check",
    description = "Measurements of one thing.",
    mixinStandardHelpOptions = true)
final class CheckCommand {

  private final Streams streams;

  CheckCommand(Streams streams) {
    this.streams = streams;
  }

  @Command(
      name = "disk",
      description =
          "How long a disk takes to append 4 KiB and sync, as a node's log does, and what is free"
              + " on it. Well up to a p99 of 10 ms; exit code 5 beyond 100 ms, or with less than"
              + " 1 GiB free. Needs no cluster.",
      mixinStandardHelpOptions = true)
  int disk(@Mixin Output output, @Mixin ProbedDirectory probed) {
    List<Finding> findings =
        DiskChecks.all(probed.directory(), new DiskProbe(System::nanoTime), probed.rounds());
    output.print(streams, FindingsListing.of(findings));
    return FindingsListing.exitCode(findings);
  }
}
