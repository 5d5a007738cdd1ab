package io.vxmeta.raft.move;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class FrozenTimeTest {
  private final AtomicLong clock = new AtomicLong(-7);
  private final FrozenTime frozen = new FrozenTime(clock::get);

  private void after(long ms, String step) {
    clock.addAndGet(TimeUnit.MILLISECONDS.toNanos(ms));
    frozen.step(step);
  }

  @Test
  void stepsAddUpToTheWhole() {
    frozen.begin();
    after(6, "freeze");
    after(1, "rest");
    after(12, "seal");
    assertEquals(" frozen_ms=19 freeze_ms=6 rest_ms=1 seal_ms=12", frozen.toString());
  }

  @Test
  void whoDidNotSeeTheFreezeSaysNothing() {
    after(6, "give");
    assertEquals("", frozen.toString());
  }

  @Test
  void anotherAttemptBeginsAnew() {
    frozen.begin();
    after(6, "freeze");
    frozen.begin();
    after(2, "freeze");
    assertEquals(" frozen_ms=2 freeze_ms=2", frozen.toString());
  }
}
