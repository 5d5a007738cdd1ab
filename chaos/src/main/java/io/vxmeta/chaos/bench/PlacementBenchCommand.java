package io.vxmeta.chaos.bench;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/// `vxctl bench placement`: what it costs to keep shards where they belong.
@Command(
    name = "placement",
    description =
        "Plans of the rebalancer for a cluster made up in memory; how long a group of three node"
            + " processes takes no write when its lead moves and when its leader is killed; what"
            + " a shard's move of 256 MiB costs those who read and write; what three nodes cost that"
            + " nobody uses.",
    mixinStandardHelpOptions = true)
public final class PlacementBenchCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--case",
      split = ",",
      paramLabel = "NAME",
      converter = CaseName.class,
      description = "Any of planner, leader_transfer, leader_kill, shard_move, idle. Default: all")
  private List<PlacementCase> cases = List.of(PlacementCase.values());

  @Option(
      names = "--seed",
      defaultValue = "1",
      description = "Of the made-up cluster. Default: ${DEFAULT-VALUE}")
  private long seed;

  @Option(
      names = "--runs",
      defaultValue = "100",
      description = "Transfers and kills; a kill takes some seconds. Default: ${DEFAULT-VALUE}")
  private int runs;

  @Option(
      names = "--moves",
      defaultValue = "10",
      description =
          "Of the shard; one takes some 20 seconds, and so does the time before it. Default: ${DEFAULT-VALUE}")
  private int moves;

  @Option(
      names = "--calls-per-second",
      defaultValue = "100",
      description =
          "Half puts, half reads, while the shard moves and before. Default: ${DEFAULT-VALUE}")
  private int callsPerSecond;

  @Option(names = "--json", description = "One line of JSON for each case.")
  private boolean json;

  /// Reads a case's name.
  static final class CaseName implements ITypeConverter<PlacementCase> {
    @Override
    public PlacementCase convert(String word) {
      return PlacementCase.named(word)
          .orElseThrow(() ->
              new TypeConversionException(
                  "unknown case: expected one of "
                      + List.of(PlacementCase.values()).stream().map(PlacementCase::word).toList()
                      + "; found "
                      + word));
    }
  }

  @Override
  public Integer call() throws Exception {
    requireOne("--runs", runs);
    requireOne("--moves", moves);
    requireOne("--calls-per-second", callsPerSecond);
    for (PlacementCase one : cases) {
      PlacementCase.Result result = one.measure(seed, runs, moves, callsPerSecond);
      System.out.println(json ? result.json() : result.line());
    }
    return 0;
  }

  private void requireOne(String option, int value) {
    if (value < 1) {
      throw new ParameterException(
          spec.commandLine(), "expected at least one; option=" + option + " value=" + value);
    }
  }
}
