package io.vxmeta.chaos.seeded;

import com.google.gson.JsonObject;
import io.vxmeta.chaos.cluster.VxHome;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `chaos fail-points`: ends a node at each durability edge, starts it again, and looks for what is
/// missing.
@Command(
    name = "fail-points",
    description =
        "Ends a node at each durability edge, starts it again, and looks for what is missing."
            + " Exit code: 0 nothing, 7 something.",
    mixinStandardHelpOptions = true)
public final class FailPointsCommand implements Callable<Integer> {
  /// As other judging commands: something is not as it must be.
  private static final int ANOMALY = 7;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(names = "--point", paramLabel = "NAME", description = "Only these; repeat for several.")
  private List<String> points = new ArrayList<>();

  @Option(names = "--seed", description = "Of everything random. Default: ${DEFAULT-VALUE}")
  private long seed = 1;

  @Option(names = "--json", description = "One JSON object a line instead of a table.")
  private boolean json;

  @Override
  public Integer call() throws InterruptedException {
    List<FailPoint> chosen = chosen();
    Progress progress = new Progress(spec.commandLine().getErr(), chosen.size());
    int survived = 0;
    for (FailPoint point : chosen) {
      Trial trial = progress.show(point.place(), () -> play(point));
      survived += trial.finding().alarms() ? 0 : 1;
      progress.next();
      print(point, trial);
    }
    progress.end("%d of %d deaths were survived".formatted(survived, chosen.size()));
    return survived == chosen.size() ? 0 : ANOMALY;
  }

  private List<FailPoint> chosen() {
    return points.isEmpty()
        ? Arrays.asList(FailPoint.values())
        : points.stream().map(FailPoint::at).toList();
  }

  private Trial play(FailPoint point) throws InterruptedException {
    long begun = System.nanoTime();
    try {
      return Trial.play(point, VxHome.folder("fail-points").resolve(point.place()), seed);
    } catch (InterruptedException stop) {
      throw stop;
    } catch (Exception broken) {
      return Trial.brokenOff(broken, (System.nanoTime() - begun) / 1e9);
    }
  }

  private void print(FailPoint point, Trial trial) {
    PrintWriter out = spec.commandLine().getOut();
    String said = trial.finding().alarms() ? trial.finding().words() : "";
    if (json) {
      JsonObject line = new JsonObject();
      line.addProperty("point", point.place());
      line.addProperty("survived", said.isEmpty());
      line.addProperty("seconds", Math.round(trial.seconds() * 10) / 10.0);
      line.addProperty("said", said);
      out.println(line);
    } else {
      out.printf(
          "%-24s %-8s %5.1f s  %s%n",
          point.place(), said.isEmpty() ? "survived" : "FAILED", trial.seconds(), said);
    }
    out.flush();
  }
}
