package io.vxmeta.chaos.bench;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/// `vxctl bench placement`: what it costs to keep shards where they belong.
@Command(
    name = "placement",
    description = "Plans of the rebalancer for a cluster made up in memory.",
    mixinStandardHelpOptions = true)
public final class PlacementBenchCommand implements Callable<Integer> {
  @Option(
      names = "--case",
      split = ",",
      paramLabel = "NAME",
      converter = CaseName.class,
      description = "So far only planner: 1,000 nodes and 10,000 groups.")
  private List<PlacementCase> cases = List.of(PlacementCase.values());

  @Option(
      names = "--seed",
      defaultValue = "1",
      description = "Of the made-up cluster. Default: ${DEFAULT-VALUE}")
  private long seed;

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
  public Integer call() {
    for (PlacementCase one : cases) {
      PlacementCase.Result result = one.measure(seed);
      System.out.println(json ? result.json() : result.line());
    }
    return 0;
  }
}
