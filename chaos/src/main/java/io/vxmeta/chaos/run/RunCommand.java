package io.vxmeta.chaos.run;

import io.vxmeta.chaos.cluster.NodeStopped;
import io.vxmeta.chaos.cluster.VxHome;
import io.vxmeta.client.CallFailed;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `vxctl chaos run`: one run, from a plan or from a few options.
@Command(
    name = "run",
    description =
        "Starts a cluster of its own, breaks it by the plan while clients work, mends it, and judges every answer."
            + " Ctrl-C ends the faults, mends them and judges what was seen."
            + " Exit code: 0 nothing wrong, 7 an anomaly, 5 undecided or ended early.",
    mixinStandardHelpOptions = true)
public final class RunCommand implements Callable<Integer> {
  /// Seeds that are easy to type.
  private static final int SEED_BOUND = 1_000_000;

  /// They say where a run goes and what it is done to, not what is done.
  private static final List<String> BESIDE_A_PLAN = List.of("--directory", "--json", "--seed-bug");

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      paramLabel = "PLAN.yaml",
      arity = "0..1",
      description =
          "A plan, as a run writes it into its folder; beside it only --directory, --json and --seed-bug. Without one the other options make it.")
  private Optional<Path> file = Optional.empty();

  @Option(
      names = "--minutes",
      paramLabel = "N",
      description = "How long faults are begun, fractions allowed. Default: 5")
  private Optional<Double> minutes = Optional.empty();

  @Option(
      names = "--faults",
      paramLabel = "NAME,...",
      description = "all, none, families or names (vxctl chaos list-faults). Default: all")
  private List<String> faults = List.of("all");

  @Option(
      names = "--workloads",
      paramLabel = "NAME,...",
      description = "all, or names (vxctl chaos list-faults shows them). Default: all")
  private List<String> workloads = List.of("all");

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "Of everything random. Default: a new one, which is printed.")
  private Optional<Long> seed = Optional.empty();

  @Option(
      names = "--driver",
      paramLabel = "KIND",
      description = "How nodes are made: in-process, processes (default), disks, namespaces.")
  private String driver = Driver.PROCESSES.title();

  @Option(names = "--nodes", paramLabel = "N", description = "Of the cluster. Default: 3")
  private int nodes = ChaosPlan.NODES_DEFAULT;

  @Option(
      names = "--processes",
      paramLabel = "N",
      description = "Clients at the same time, of each workload. Default: 4")
  private int processes = ChaosPlan.PROCESSES_DEFAULT;

  @Option(
      names = "--rate",
      paramLabel = "N",
      description = "Operations a second at most, of each workload. Default: 100")
  private int rate = ChaosPlan.OPERATIONS_PER_SECOND_DEFAULT;

  @Option(
      names = "--operations",
      paramLabel = "N",
      description =
          "Answered calls without which the traffic goes on when the faults are over. Default: 0")
  private long operations;

  @Option(
      names = "--seed-bug",
      paramLabel = "NAME",
      description =
          "Every node carries this seeded bug (vxctl chaos seeded); exit code 7 when the run catches it.")
  private Optional<String> seedBug = Optional.empty();

  @Option(
      names = "--directory",
      paramLabel = "DIR",
      description =
          "Takes histories, logs and the report; must be empty. Default: .vx/chaos, from which a result that did not pass is moved aside")
  private Optional<Path> directory = Optional.empty();

  @Option(
      names = "--json",
      description = "The last line on standard output is JSON; the story goes to standard error.")
  private boolean json;

  @Override
  public Integer call() throws InterruptedException {
    PrintStream story = json ? System.err : System.out;
    try {
      ChaosPlan asked = plan();
      asked.requireJudgeable(Runtime.getRuntime().maxMemory());
      ChaosPlan plan = seedBug.map(asked::withSeedBug).orElse(asked);
      if (directory.isPresent()) {
        return run(plan, empty(directory.get()), story);
      }
      try (RunFolder own = RunFolder.take(VxHome.folder("chaos"), story::println)) {
        return run(plan, own.path(), story);
      }
    } catch (PlanInvalid e) {
      return fail(ChaosCommand.USAGE, String.valueOf(e.getMessage()));
    } catch (IOException e) {
      return fail(ChaosCommand.FAILED, "the run could not go on: " + e);
    } catch (NodeStopped | CallFailed | IllegalStateException e) {
      return fail(ChaosCommand.FAILED, String.valueOf(e.getMessage()));
    } catch (OutOfMemoryError e) {
      return fail(
          ChaosCommand.FAILED,
          "the run broke off without a verdict, because the heap is full: heap_mib=%d cause=%s; give more, as with VX_JAVA_OPTS=-Xmx8g"
              .formatted(Runtime.getRuntime().maxMemory() >> 20, e.getMessage()));
    }
  }

  private int run(ChaosPlan plan, Path folder, PrintStream story)
      throws IOException, InterruptedException, NodeStopped {
    plan.seedBug().ifPresent(bug -> story.println("every node carries the seeded bug " + bug));
    story.printf(
        "seed %d, %d periods in %d s, driver %s, workloads %s, faults %s%n",
        plan.seed(),
        plan.periods().size(),
        plan.length().toSeconds(),
        plan.driver().title(),
        plan.workloads(),
        plan.faults());
    Recall recall = new Recall();
    recall.listen(story::println);
    RunRecord record = ChaosRun.go(plan, folder, story, recall);
    System.out.println(json ? record.json(folder) : record.line(folder));
    return record.exitCode();
  }

  private int fail(int status, String message) {
    spec.commandLine().getErr().println("vxctl: error: " + message);
    return status;
  }

  private ChaosPlan plan() {
    if (file.isPresent()) {
      requireFile(file.get());
      return PlanFile.read(file.get(), new Catalogue());
    }
    return new RunRequest(
            seed.orElseGet(() -> (long) new SecureRandom().nextInt(SEED_BOUND)),
            Driver.titled(driver),
            nodes,
            words("faults", faults),
            words("workloads", workloads),
            minutes.map(PlanFile::minutes).orElse(ChaosPlan.LENGTH_DEFAULT),
            processes,
            rate,
            operations)
        .plan();
  }

  /// A plan that is a file, with no option beside it that would make another one.
  private void requireFile(Path plan) {
    if (!Files.exists(plan) || Files.isDirectory(plan)) {
      throw new PlanInvalid(
          "PLAN",
          "a file, or one of "
              + new CommandLine(new ChaosCommand()).getSubcommands().keySet()
              + " as the command",
          plan.toString());
    }
    List<String> others =
        spec.commandLine().getParseResult().matchedOptions().stream()
            .map(OptionSpec::longestName)
            .filter(name -> !BESIDE_A_PLAN.contains(name))
            .toList();
    if (!others.isEmpty()) {
      throw new PlanInvalid(
          "PLAN", "a plan with no option but " + BESIDE_A_PLAN + " beside it", others.toString());
    }
  }

  /// What stands between commas; nothing there is a slip that could mean anything.
  private static List<String> words(String key, List<String> asked) {
    List<String> words =
        asked.stream().flatMap(text -> Arrays.stream(text.split(",", -1))).toList();
    if (words.stream().anyMatch(String::isBlank)) {
      throw new PlanInvalid(key, "a name before and after each comma", asked.toString());
    }
    return words;
  }

  private static Path empty(Path directory) throws IOException {
    Path folder = Files.createDirectories(directory.toAbsolutePath());
    try (var entries = Files.list(folder)) {
      if (entries.findAny().isPresent()) {
        throw new PlanInvalid("--directory", "an empty folder", folder.toString());
      }
    }
    return folder;
  }
}
