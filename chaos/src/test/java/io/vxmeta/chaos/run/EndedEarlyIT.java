package io.vxmeta.chaos.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.vxmeta.chaos.cluster.VxctlProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Ctrl-C in the middle of a run.
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class EndedEarlyIT {
  private static final Duration PATIENCE = Duration.ofMinutes(4);
  private static final Duration LOOK = Duration.ofMillis(100);

  private static final String PLAN =
      """
      seed: 3
      driver: processes
      faults: [isolate-leader]
      workloads: [register]
      operations-per-second: 25
      operations-least: 50000
      liveness-seconds: 300
      periods:
        - {seconds: 600, faults: [isolate-leader], seed: 5}
        - {seconds: 600, faults: [isolate-leader], seed: 6}
      """;

  @TempDir Path folder;

  @Test
  void interruptedRunMendsWhatIsBrokenAndJudgesWhatItSaw() throws Exception {
    Path plan = Files.writeString(folder.resolve("plan.yaml"), PLAN);
    Path result = folder.resolve("result");
    VxctlProcess run =
        VxctlProcess.start(
            folder,
            "run",
            List.of("chaos", "run", plan.toString(), "--directory", result.toString(), "--json"));
    await(run, "isolate-leader: ");
    run.interrupt();
    int code = run.exitCode(PATIENCE);

    assertEquals(ChaosCommand.UNDECIDED, code, run.errors());
    assertTrue(run.errors().contains("mended isolate-leader"), run.errors());
    JsonObject line = JsonParser.parseString(run.output().strip()).getAsJsonObject();
    assertTrue(line.get("checked").getAsLong() > 0, run.output());
    assertEquals(0, line.get("anomalies").getAsInt(), run.errors());
    assertEquals(0, line.get("lost").getAsInt(), run.errors());
    assertEquals(
        List.of("ended-early"),
        RunRecord.read(result).troubles().stream().map(RunRecord.Trouble::name).toList());
  }

  private static void await(VxctlProcess run, String word)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!run.errors().contains(word)) {
      if (!run.isAlive() || System.nanoTime() > deadline) {
        assertEquals(0, run.exitCode(Duration.ZERO), run.errors());
      }
      LockSupport.parkNanos(LOOK.toNanos());
    }
  }
}
