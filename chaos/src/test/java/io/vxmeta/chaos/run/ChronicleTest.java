package io.vxmeta.chaos.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.chaos.run.RunRecord.FaultEntry;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// What is kept of a run.
final class ChronicleTest {
  private static final long ORIGIN = 1_000;

  private final Chronicle chronicle =
      new Chronicle(
          new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8), ORIGIN);

  private static FaultEntry fault(String name) {
    return new FaultEntry(name, "process", 2, 5, "kill -9 node-1", true, "exit_code=137", 7);
  }

  @Test
  void aGapThatWasOpenWhenItsFaultWasMendedIsMeasuredToItsEnd() {
    chronicle.add(fault("kill-leader"));
    chronicle.completeGaps(
        Duration.ofSeconds(3),
        (from, to) ->
            from == ORIGIN + TimeUnit.SECONDS.toNanos(2)
                    && to == ORIGIN + TimeUnit.SECONDS.toNanos(8)
                ? 4_321
                : 0);
    assertEquals(List.of(4_321L), chronicle.faults().stream().map(FaultEntry::writeGapMs).toList());
  }

  @Test
  void theMinorityThatStaysAwayIsNoFaultOfThePlan() {
    chronicle.add(fault(Siege.LIVENESS));
    assertTrue(chronicle.noneBit());
    chronicle.add(fault("kill-leader"));
    assertFalse(chronicle.noneBit());
  }
}
