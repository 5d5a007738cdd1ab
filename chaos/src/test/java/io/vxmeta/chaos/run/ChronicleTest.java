package io.vxmeta.chaos.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.chaos.run.RunRecord.FaultEntry;
import io.vxmeta.chaos.run.RunRecord.Trouble;
import io.vxmeta.chaos.run.RunRecord.Weight;
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

  private static FaultEntry missed(String name) {
    return new FaultEntry(name, "partition", 2, 5, "a cut line", false, "hindered=0", 0);
  }

  @Test
  void aKindThatBitOnceIsNotAmongThoseThatNeverDid() {
    chronicle.add(missed("bridge"));
    chronicle.add(missed("halves"));
    chronicle.add(missed("bridge"));
    chronicle.add(fault("halves"));
    chronicle.add(fault("kill-leader"));
    assertEquals(List.of("bridge"), chronicle.neverBit());
    chronicle.add(fault("bridge"));
    assertEquals(List.of(), chronicle.neverBit());
  }

  private List<Trouble> missing(Recall recall) {
    ChaosPlan plan =
        new RunRequest(
                7,
                Driver.PROCESSES,
                3,
                List.of("bridge", "kill-leader"),
                List.of("register"),
                Duration.ofMinutes(1),
                1,
                10,
                0)
            .plan();
    ChaosRun.noteWhatIsMissing(plan, recall, chronicle);
    return chronicle.troubles();
  }

  @Test
  void aRunInWhichAKindWasNeverSeenToBiteIsUndecidedAndNamesIt() {
    chronicle.add(fault("kill-leader"));
    chronicle.add(missed("bridge"));
    List<Trouble> troubles = missing(new Recall());
    assertEquals(List.of("kinds-without-evidence"), troubles.stream().map(Trouble::name).toList());
    assertEquals(Weight.UNDECIDED, troubles.getFirst().weight());
    assertTrue(troubles.getFirst().text().startsWith("faults=[bridge]; "), "" + troubles);
  }

  @Test
  void aRunInWhichEveryKindBitOnceLacksNothing() {
    chronicle.add(missed("bridge"));
    chronicle.add(fault("bridge"));
    chronicle.add(fault("kill-leader"));
    assertEquals(List.of(), missing(new Recall()));
  }

  @Test
  void aRunThatWasRecalledGaveItsFaultsTooLittleTime() {
    chronicle.add(fault("kill-leader"));
    chronicle.add(missed("bridge"));
    Recall recall = new Recall();
    recall.give();
    assertEquals(List.of("ended-early"), missing(recall).stream().map(Trouble::name).toList());
  }

  @Test
  void aRunInWhichNothingBitSaysSoOnce() {
    chronicle.add(missed("bridge"));
    assertEquals(
        List.of("no-fault-in-force"), missing(new Recall()).stream().map(Trouble::name).toList());
  }

  @Test
  void theMinorityThatStaysAwayIsNoFaultOfThePlan() {
    chronicle.add(fault(Siege.LIVENESS));
    assertTrue(chronicle.noneBit());
    chronicle.add(fault("kill-leader"));
    assertFalse(chronicle.noneBit());
  }
}
