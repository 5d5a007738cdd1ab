package io.vxmeta.chaos.run;

import io.vxmeta.chaos.cluster.NodeStopped;
import io.vxmeta.chaos.cluster.VxHome;
import io.vxmeta.client.CallFailed;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

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

  @Parameters(
      paramLabel = "PLAN.yaml",
      arity = "0..1",
      description =
          "A plan, as a run writes it into its folder. Without one: the options make it, also where both are given.")
  private Optional<Path> file = Optional.empty();

  @Option(
      names = "--minutes",
      paramLabel = "N",
      description = "How long, fractions allowed. Default: 5")
  private Optional<Double> minutes = Optional.empty();

  @Option(
      names = "--faults",
      split = ",",
      paramLabel = "NAME",
      description = "all, none, families or names (vxctl chaos list-faults). Default: all")
  private List<String> faults = List.of("all");

  @Option(
      names = "--workloads",
      split = ",",
      paramLabel = "NAME",
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
      description = "Takes histories, logs and the report; must be empty. Default: .vx/chaos")
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
      ChaosPlan plan = seedBug.map(asked::withSeedBug).orElse(asked);
      Path folder = folder();
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
    } catch (PlanInvalid e) {
      return fail(ChaosCommand.USAGE, String.valueOf(e.getMessage()));
    } catch (IOException e) {
      return fail(ChaosCommand.FAILED, "the run could not go on: " + e);
    } catch (NodeStopped | CallFailed | IllegalStateException e) {
      return fail(ChaosCommand.FAILED, String.valueOf(e.getMessage()));
    }
  }

  private static int fail(int status, String message) {
    System.err.println("vxctl: error: " + message);
    return status;
  }

  private ChaosPlan plan() throws IOException {
    if (file.isPresent()) {
      return PlanFile.read(file.get(), new Catalogue());
    }
    return new RunRequest(
            seed.orElseGet(() -> (long) new SecureRandom().nextInt(SEED_BOUND)),
            Driver.titled(driver),
            faults,
            workloads,
            minutes.map(PlanFile::minutes).orElse(ChaosPlan.LENGTH_DEFAULT),
            processes,
            rate,
            operations)
        .plan();
  }

  private Path folder() throws IOException {
    if (directory.isEmpty()) {
      return VxHome.emptyFolder("chaos");
    }
    Path folder = Files.createDirectories(directory.get().toAbsolutePath());
    try (var entries = Files.list(folder)) {
      if (entries.findAny().isPresent()) {
        throw new PlanInvalid("--directory", "an empty folder", folder.toString());
      }
    }
    return folder;
  }
}
