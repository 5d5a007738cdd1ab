package io.vxmeta.chaos.bench;

import io.vxmeta.chaos.cluster.ClusterPlan;
import io.vxmeta.chaos.cluster.ClusterView;
import io.vxmeta.chaos.cluster.NodeStopped;
import io.vxmeta.chaos.cluster.ProcessCluster;
import io.vxmeta.chaos.cluster.VxHome;
import io.vxmeta.client.Bytes;
import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.VxClient;
import io.vxmeta.client.WriteAnswer;
import io.vxmeta.shardmap.Endpoint;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/// `vxctl bench cli`: how long a user waits for the command line itself.
@Command(
    name = "cli",
    description =
        "Starts vxctl again and again as users do, without a cluster and against a node of its own,"
            + " and says the median.",
    mixinStandardHelpOptions = true)
public final class CliBenchCommand implements Callable<Integer> {
  private static final int USAGE = 2;
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final String NAMESPACE = "default";

  @Option(
      names = "--case",
      split = ",",
      paramLabel = "NAME",
      converter = CaseName.class,
      description = "Any of help, get. Default: both")
  private List<CliCase> cases = List.of(CliCase.values());

  @Option(
      names = "--runs",
      paramLabel = "NUMBER",
      defaultValue = "21",
      description = "Measured runs of each case. Default: ${DEFAULT-VALUE}")
  private int runs;

  @Option(
      names = "--warmup",
      paramLabel = "NUMBER",
      defaultValue = "3",
      description = "Runs before them, which bring files into memory. Default: ${DEFAULT-VALUE}")
  private int warmup;

  @Option(
      names = "--vxctl",
      split = " ",
      paramLabel = "WORDS",
      description = "What starts vxctl, as bin/vxctl of a distribution. Default: ./vx ctl")
  private List<String> vxctl = List.of();

  @Option(names = "--json", description = "One line of JSON for each case.")
  private boolean json;

  /// Reads a case's name.
  static final class CaseName implements ITypeConverter<CliCase> {
    @Override
    public CliCase convert(String word) {
      return CliCase.named(word)
          .orElseThrow(() ->
              new TypeConversionException(
                  "unknown case: expected one of "
                      + List.of(CliCase.values()).stream().map(CliCase::word).toList()
                      + "; found "
                      + word));
    }
  }

  @Override
  public Integer call() throws IOException, InterruptedException, NodeStopped {
    if (runs < 1 || warmup < 0) {
      System.err.println(
          "expected --runs above 0 and --warmup of 0 or more; runs=" + runs + " warmup=" + warmup);
      return USAGE;
    }
    ToolStarts starts = vxctl.isEmpty() ? ToolStarts.ofSources() : new ToolStarts(vxctl);
    for (CliCase one : cases) {
      CliCase.Result result =
          switch (one) {
            case HELP -> measure(starts, one, "");
            case GET -> measureWithNode(starts, one);
          };
      System.out.println(json ? result.json() : result.line());
    }
    return 0;
  }

  private CliCase.Result measureWithNode(ToolStarts starts, CliCase one)
      throws IOException, InterruptedException, NodeStopped {
    ClusterPlan plan =
        ClusterPlan.small("cli-bench", VxHome.emptyFolder("bench-cli"))
            .withNodes(1)
            .withDataGroups(1);
    try (ProcessCluster cluster = ProcessCluster.start(plan)) {
      store(cluster);
      String endpoints =
          cluster.endpoints().stream().map(Endpoint::toString).collect(Collectors.joining(","));
      return measure(starts, one, endpoints);
    }
  }

  private static void store(ProcessCluster cluster) {
    try (VxClient client =
        VxClient.connect(ClientConfig.of(cluster.endpoints()).withDeadline(PATIENCE))) {
      new ClusterView(client).awaitLeaders(PATIENCE);
      WriteAnswer _ =
          client
              .write(Transaction.put(NAMESPACE, Bytes.utf8(CliCase.KEY), Bytes.utf8(CliCase.VALUE)))
              .orThrow();
    }
  }

  private CliCase.Result measure(ToolStarts starts, CliCase one, String endpoints)
      throws IOException, InterruptedException {
    List<String> arguments = one.arguments(endpoints);
    for (int run = 0; run < warmup; run++) {
      double _ = starts.millis(arguments, one.answer());
    }
    double[] millis = new double[runs];
    for (int run = 0; run < runs; run++) {
      millis[run] = starts.millis(arguments, one.answer());
    }
    return CliCase.Result.of(one, millis);
  }
}
