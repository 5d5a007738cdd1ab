package io.vxmeta.chaos.junit;

import io.vxmeta.chaos.run.Driver;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// A test that is a chaos run: it passes when nothing was lost, stale or undecided.
///
/// ```java
/// @ChaosTest(workload = "register", faults = "kill-leader", seconds = 20)
/// void aKilledLeaderTakesNoAnswerWithIt(ChaosVerdict verdict) {
///   assertTrue(verdict.checked() > 1_000);
/// }
/// ```
///
/// The run is over when the method begins, which may ask its `ChaosVerdict` for more. A run that
/// failed keeps its histories, logs and report, and the message names the folder; the next run of
/// the test moves it aside.
@Test
@ExtendWith(ChaosExtension.class)
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface ChaosTest {
  /// Names of workloads, or `all`.
  String[] workload() default "all";

  /// Names of faults, families, `all` or `none`.
  String[] faults() default "all";

  /// How long faults are begun, but each family has its turn however long that takes; starting and
  /// judging come on top.
  int seconds() default 30;

  /// 0 takes a new one each time; a failure names it.
  long seed() default 0;

  Driver driver() default Driver.PROCESSES;

  int nodes() default 3;

  /// Clients at the same time, of each workload.
  int processes() default 4;

  /// Operations a second at most, of each workload.
  int operationsPerSecond() default 100;

  /// Answered calls without which the traffic goes on when the faults are over.
  long operationsLeast() default 0;
}
