package io.vxmeta.client.cli;

import io.vxmeta.client.VxClient;
import io.vxmeta.client.cli.doctor.DiskChecks;
import io.vxmeta.client.cli.doctor.DiskProbe;
import io.vxmeta.client.cli.doctor.Finding;
import io.vxmeta.client.cli.doctor.Machine;
import io.vxmeta.client.cli.doctor.MachineChecks;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Measurements of one thing.
@Command(
    name = "check",
    description = "Measurements of one thing.",
    mixinStandardHelpOptions = true)
final class CheckCommand {

  private static final int SECONDS_MAX = 60;

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

  @Command(
      name = "clock",
      description =
          "This machine's clock: what it is read from, and whether anybody keeps it. Nodes need not"
              + " agree on the time; expiry goes by it. Needs no cluster. Exit code 5 when a check"
              + " fails; a warning is none.",
      mixinStandardHelpOptions = true)
  int clock(
      @Mixin Output output,
      @Option(
              names = "--root",
              paramLabel = "DIR",
              defaultValue = "/",
              description =
                  "Read proc, sys and run below this directory, as a host's in a container.")
          Path root) {
    List<Finding> findings = new MachineChecks(new Machine(root, "self")).clocks();
    output.print(streams, FindingsListing.of(findings));
    return FindingsListing.exitCode(findings);
  }

  @Command(
      name = "consistency",
      description =
          "The same as vxctl digest: compares the whole state of the replicas of all groups.",
      mixinStandardHelpOptions = true)
  int consistency(@Mixin Connection connection, @Mixin Output output) {
    return new DigestCommand(streams, connection, output).call();
  }

  @Command(
      name = "perf",
      description =
          "Writes, then reads records of its own below vxctl-check-perf/, 16 at once, and deletes"
              + " them: how long calls take from here. Well up to a p99 of 50 ms; exit code 5"
              + " beyond 1 s, or when a call fails.",
      mixinStandardHelpOptions = true)
  int perf(
      @Mixin Connection connection,
      @Mixin NamespaceOption namespace,
      @Mixin Output output,
      @Option(
              names = "--seconds",
              paramLabel = "NUMBER",
              defaultValue = "5",
              description = "How long to write, and then to read: 1..60.")
          int seconds)
      throws InterruptedException {
    if (seconds < 1 || seconds > SECONDS_MAX) {
      throw CommandFailed.usage(
          "seconds are 1.." + SECONDS_MAX + ": --seconds=" + seconds + "; give another number");
    }
    List<Finding> findings;
    try (VxClient client = connection.open()) {
      findings =
          new PerfProbe(client, namespace.name(), Duration.ofSeconds(seconds), new SecureRandom())
              .run();
    }
    output.print(streams, FindingsListing.of(findings));
    return FindingsListing.exitCode(findings);
  }
}
