package io.vxmeta.chaos.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.vxmeta.chaos.cluster.VxctlProcess;
import io.vxmeta.chaos.run.RunRecord.Verdict;
import io.vxmeta.chaos.workload.Judgement.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// `vxctl chaos run` says by its exit code that it caught something.
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class ConvictedIT {
  private static final Duration PATIENCE = Duration.ofMinutes(4);

  /// One node, and money that moves on it.
  private static final String PLAN =
      """
      seed: 3
      driver: processes
      nodes: 1
      data-groups: 1
      faults: [none]
      workloads: [bank]
      operations-per-second: 50
      operations-least: 100
      periods:
        - {seconds: 1, faults: [], seed: 5}
      """;

  @TempDir private Path folder;

  private VxctlProcess run(String bug) throws Exception {
    Path plan = Files.writeString(folder.resolve("plan.yaml"), PLAN);
    return VxctlProcess.start(
        folder,
        "run",
        List.of(
            "chaos",
            "run",
            plan.toString(),
            "--json",
            "--directory",
            result().toString(),
            "--seed-bug",
            bug));
  }

  private Path result() {
    return folder.resolve("result");
  }

  /// With the bug, transfers lose their last mutation now and then: the sum of a bank changes.
  @Test
  void runThatCatchesASeededBugEndsWithSeven() throws Exception {
    VxctlProcess run = run("half-applied-transaction");
    assertEquals(ChaosCommand.ANOMALY, run.exitCode(PATIENCE), run.errors());
    JsonObject line = JsonParser.parseString(run.output().strip()).getAsJsonObject();
    assertTrue(line.get("anomalies").getAsInt() > 0, run.output());
    Verdict bank = RunRecord.read(result()).verdicts().getFirst();
    assertEquals("bank", bank.workload());
    assertEquals(Outcome.INVALID, bank.outcome(), run.errors());
    String report = Files.readString(result().resolve(HtmlReport.FILE));
    assertTrue(report.contains("<svg class='lanes'"), "the report draws the calls of the conflict");
  }
}
