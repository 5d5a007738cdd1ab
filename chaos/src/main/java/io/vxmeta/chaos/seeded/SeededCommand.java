package io.vxmeta.chaos.seeded;

import com.google.gson.JsonObject;
import io.vxmeta.chaos.cluster.VxHome;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `chaos seeded`: shows that the harness catches every seeded bug, and that it keeps quiet on
/// sound nodes.
@Command(
    name = "seeded",
    description =
        "Proves that seeded bugs are caught, or, with --clean, that sound nodes raise no alarm."
            + " Exit code: 0 as it must be, 7 not.",
    mixinStandardHelpOptions = true)
public final class SeededCommand implements Callable<Integer> {
  /// As other judging commands: something is not as it must be.
  private static final int NOT_CAUGHT = 7;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(names = "--bug", paramLabel = "NAME", description = "Only these; repeat for several.")
  private List<String> bugs = new ArrayList<>();

  @Option(names = "--runs", description = "Runs of each bug. Default: ${DEFAULT-VALUE}")
  private int runs = 3;

  @Option(
      names = "--clean",
      description = "Play the scenarios on sound nodes instead: none may raise an alarm.")
  private boolean clean;

  @Option(names = "--seed", description = "Of everything random. Default: ${DEFAULT-VALUE}")
  private long seed = 1;

  @Option(names = "--json", description = "One JSON object a line instead of a table.")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    if (runs < 1) {
      throw new ParameterException(
          spec.commandLine(), "expected one run at least: runs=" + runs + "; none proves nothing");
    }
    PrintWriter out = spec.commandLine().getOut();
    List<SeededBug> chosen = chosen();
    Progress progress = new Progress(spec.commandLine().getErr(), chosen.size());
    int good = 0;
    for (SeededBug bug : chosen) {
      Tally tally = new Tally();
      for (int count = 0; count < runs; count++) {
        int run = count;
        Path folder = VxHome.folder("seeded").resolve(bug.name() + (clean ? "-clean" : ""));
        String name = "%s, run %d of %d".formatted(bug.name(), run + 1, runs);
        Trial trial = progress.show(name, () -> play(bug, folder, seed + run));
        tally.add(trial, clean ? !trial.finding().alarms() : trial.caught(bug));
      }
      good += tally.right == runs ? 1 : 0;
      progress.next();
      print(out, bug, tally);
    }
    progress.end(
        "%d of %d %s in every run"
            .formatted(good, chosen.size(), clean ? "scenarios were quiet" : "bugs were caught"));
    return good == chosen.size() ? 0 : NOT_CAUGHT;
  }

  /// A scenario that breaks off has caught nothing, and the others go on.
  private Trial play(SeededBug bug, Path folder, long ownSeed) throws InterruptedException {
    long begun = System.nanoTime();
    try {
      return Trial.play(bug.name(), clean ? Optional.empty() : Optional.of(bug), folder, ownSeed);
    } catch (InterruptedException stop) {
      throw stop;
    } catch (Exception broken) {
      return Trial.brokenOff(broken, (System.nanoTime() - begun) / 1e9);
    }
  }

  /// Characters of a proof in the table; JSON has all of it.
  private static final int SHOWN = 160;

  private List<SeededBug> chosen() {
    List<SeededBug> chosen =
        bugs.isEmpty()
            ? Bugs.all().stream().filter(bug -> Scenarios.catching(bug.name()).isPresent()).toList()
            : bugs.stream().map(name -> Bugs.named(name).orElseThrow(() -> unknown(name))).toList();
    return chosen;
  }

  private ParameterException unknown(String name) {
    return new ParameterException(
        spec.commandLine(),
        "expected a seeded bug: name=%s; there are %s"
            .formatted(name, Bugs.all().stream().map(SeededBug::name).toList()));
  }

  /// What the runs of one bug came to.
  private static final class Tally {
    private int right;
    private int notPlayed;
    private int brokenOff;
    private double seconds;
    private String said = "";

    void add(Trial trial, boolean asExpected) {
      right += asExpected ? 1 : 0;
      notPlayed += trial.notPlayed() ? 1 : 0;
      brokenOff += trial.brokenOff() ? 1 : 0;
      seconds = Math.max(seconds, trial.seconds());
      said = trial.finding().alarms() ? trial.finding().words() : said;
    }

    /// Of runs that prove nothing; empty when there are none.
    String unproven() {
      return notPlayed + brokenOff == 0
          ? ""
          : " (not played %d, broken off %d)".formatted(notPlayed, brokenOff);
    }
  }

  private void print(PrintWriter out, SeededBug bug, Tally tally) {
    if (json) {
      JsonObject line = new JsonObject();
      line.addProperty("bug", bug.name());
      line.addProperty("checker", bug.checker());
      line.addProperty(clean ? "quiet" : "caught", tally.right);
      line.addProperty("not_played", tally.notPlayed);
      line.addProperty("broken_off", tally.brokenOff);
      line.addProperty("runs", runs);
      line.addProperty("seconds", Math.round(tally.seconds * 10) / 10.0);
      line.addProperty("said", tally.said);
      out.println(line);
    } else {
      out.printf(
          "%-28s %-14s %s %d of %d%s  %5.1f s  %s%n",
          bug.name(),
          bug.checker(),
          clean ? "quiet" : "caught",
          tally.right,
          runs,
          tally.unproven(),
          tally.seconds,
          tally.said.substring(0, Math.min(SHOWN, tally.said.length())));
    }
    out.flush();
  }
}
