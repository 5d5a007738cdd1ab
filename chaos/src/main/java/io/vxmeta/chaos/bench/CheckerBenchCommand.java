package io.vxmeta.chaos.bench;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/// `vxctl bench checker`: how long the checkers take for long histories.
@Command(
    name = "checker",
    description = "Histories made up in memory, strictly serializable or linearizable, and judged.",
    mixinStandardHelpOptions = true)
public final class CheckerBenchCommand implements Callable<Integer> {
  /// So many transactions or operations are judged before a kind of case is measured.
  private static final int WARM_UP = 100_000;

  @Option(
      names = "--case",
      split = ",",
      paramLabel = "NAME",
      converter = CaseName.class,
      description = "Any of list-append-250k, -500k, -1m, -1m-c10, -1m-c100, linear-l1, linear-l2.")
  private List<CheckerCase> cases = List.of(CheckerCase.values());

  @Option(
      names = "--seed",
      defaultValue = "1",
      description = "Of the histories. Default: ${DEFAULT-VALUE}")
  private long seed;

  @Option(names = "--json", description = "One line of JSON for each case.")
  private boolean json;

  /// Reads a case's name.
  private static final class CaseName implements ITypeConverter<CheckerCase> {
    @Override
    public CheckerCase convert(String word) {
      return CheckerCase.named(word)
          .orElseThrow(() ->
              new TypeConversionException(
                  "unknown case: expected one of "
                      + List.of(CheckerCase.values()).stream().map(CheckerCase::word).toList()
                      + "; found "
                      + word));
    }
  }

  @Override
  public Integer call() {
    for (CheckerCase one : cases) {
      one.measure(seed, WARM_UP);
      CheckerCase.Result result = one.measure(seed);
      System.out.println(json ? result.json() : result.line());
    }
    return 0;
  }
}
