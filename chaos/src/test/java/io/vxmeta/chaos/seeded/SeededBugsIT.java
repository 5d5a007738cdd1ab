package io.vxmeta.chaos.seeded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The quickest of the seeded bugs are caught in every test run; `./vx chaos seeded` plays all of
/// them.
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class SeededBugsIT {
  private static final long SEED = 1;

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "checker-drops-rw",
        "checker-drops-realtime",
        "checker-counts-unknown-reads",
        "split-loses-record",
        "half-applied-transaction",
        "snapshot-index-plus-one"
      })
  void aSeededBugIsCaughtByItsChecker(String name) throws Exception {
    SeededBug bug = Bugs.named(name).orElseThrow();
    Trial trial = Trial.play(name, Optional.of(bug), folder, SEED);
    assertTrue(trial.caught(bug), () -> "expected " + bug.checker() + ", got " + trial);
  }

  @ParameterizedTest
  @ValueSource(strings = {"checker-drops-rw", "snapshot-index-plus-one"})
  void soundCodeRaisesNoAlarm(String scenario) throws Exception {
    Trial trial = Trial.play(scenario, Optional.empty(), folder, SEED);
    assertEquals(Finding.NONE, trial.finding());
  }
}
