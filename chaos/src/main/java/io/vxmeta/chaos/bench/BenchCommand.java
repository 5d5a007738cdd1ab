package io.vxmeta.chaos.bench;

import io.vxmeta.chaos.bench.contest.ClusterBenchCommand;
import picocli.CommandLine.Command;

/// `vxctl bench`: what can be measured.
@Command(
    name = "bench",
    description = "Benchmarks.",
    subcommands = {
      ClusterBenchCommand.class,
      CheckerBenchCommand.class,
      PlacementBenchCommand.class,
      CliBenchCommand.class
    },
    mixinStandardHelpOptions = true)
public final class BenchCommand {}
