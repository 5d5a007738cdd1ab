package io.vxmeta.client.cli;

import io.vxmeta.client.cli.doctor.DiskProbe;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/// The options that say where and how often a disk is measured.
final class ProbedDirectory {

  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = ".",
      description = "Measure the disk of this directory, where a node's data is or will be.")
  private Path directory = Path.of(".");

  @Option(
      names = "--rounds",
      paramLabel = "NUMBER",
      defaultValue = "200",
      description = "How often to write 4 KiB and sync; fewer when 20 s are over.")
  private int rounds = 200;

  Path directory() {
    return directory;
  }

  int rounds() {
    if (rounds < 1 || rounds > DiskProbe.ROUNDS_MAX) {
      throw CommandFailed.usage(
          "rounds are 1.."
              + DiskProbe.ROUNDS_MAX
              + ": --rounds="
              + rounds
              + "; give another number");
    }
    return rounds;
  }
}
