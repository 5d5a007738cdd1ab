package io.vxmeta.client.cli;

import io.vxmeta.client.Bytes;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.Transaction.Interval;
import io.vxmeta.client.VxClient;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Merges something into a record: a bound into a counter, members into a set, intervals into a
/// union.
@Command(
    name = "merge",
    description = "Merges something into a record and prints what changed.",
    mixinStandardHelpOptions = true)
final class MergeCommand implements Callable<Integer> {

  private static final Pattern INTERVAL = Pattern.compile("(-?\\d{1,19}):(-?\\d{1,19})");

  private final Streams streams;
  @Mixin private final Connection connection = new Connection();
  @Mixin private final NamespaceOption namespace = new NamespaceOption();
  @Mixin private final Output output = new Output();

  @Parameters(index = "0", paramLabel = "KEY", description = "The key; base64:... for any bytes.")
  private String key = "";

  @ArgGroup(multiplicity = "1")
  private final What what = new What();

  /// What to merge: one of these.
  static final class What {
    @Option(
        names = "--max",
        paramLabel = "NUMBER",
        description = "Raise a counter to this if it is lower.")
    private @Nullable Long max;

    @Option(
        names = "--min",
        paramLabel = "NUMBER",
        description = "Lower a counter to this if it is higher.")
    private @Nullable Long min;

    @Option(
        names = "--set-add",
        paramLabel = "MEMBER",
        arity = "1..*",
        description = "Add these to a set.")
    private @Nullable List<String> added;

    @Option(
        names = "--set-remove",
        paramLabel = "MEMBER",
        arity = "1..*",
        description = "Take these out of a set.")
    private @Nullable List<String> removed;

    @Option(
        names = "--intervals",
        paramLabel = "FROM:TO",
        arity = "1..*",
        description = "Add the numbers from FROM up to, not including, TO to a union of intervals.")
    private @Nullable List<String> intervals;
  }

  MergeCommand(Streams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() {
    Bytes wanted = BytesArgument.key(key);
    Transaction merge = Transaction.in(namespace.name()).mutate(mutation(wanted)).build();
    try (VxClient client = connection.open()) {
      return WriteReport.print(client.write(merge), wanted, streams, output);
    }
  }

  private Transaction.Mutation mutation(Bytes wanted) {
    if (what.max != null) {
      return new Transaction.Max(wanted, what.max);
    } else if (what.min != null) {
      return new Transaction.Min(wanted, what.min);
    } else if (what.added != null) {
      return new Transaction.SetAdd(wanted, members(what.added));
    } else if (what.removed != null) {
      return new Transaction.SetRemove(wanted, members(what.removed));
    }
    List<String> intervals = what.intervals == null ? List.of() : what.intervals;
    return new Transaction.IntervalsAdd(
        wanted, intervals.stream().map(MergeCommand::interval).toList());
  }

  private static List<Bytes> members(List<String> arguments) {
    return arguments.stream().map(BytesArgument::key).toList();
  }

  private static Interval interval(String argument) {
    Matcher matcher = INTERVAL.matcher(argument);
    if (!matcher.matches()) {
      throw CommandFailed.usage(
          "an interval is two numbers, FROM:TO, TO not included: --intervals=" + argument);
    }
    try {
      return new Interval(Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2)));
    } catch (IllegalArgumentException notOne) {
      throw CommandFailed.usage("no interval: --intervals=" + argument + " " + notOne.getMessage());
    }
  }
}
