package io.vxmeta.chaos.nemesis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.chaos.cluster.Signal;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What a frozen process proves, dead or alive.
final class FrozenTest {
  private final Process process;

  FrozenTest() throws IOException {
    this.process = new ProcessBuilder("sleep", "60").start();
  }

  @AfterEach
  void end() {
    var _ = process.destroyForcibly();
  }

  @Test
  void aProcessThatStoodStillIsEvidence() throws Exception {
    Evidence evidence = Frozen.freeze(process.pid()).thaw();
    assertTrue(evidence.bit(), evidence::facts);
  }

  /// No look beforehand can exclude that it ends while the signal is on its way.
  @Test
  void aProcessThatHadEndedIsNone() throws Exception {
    assertEquals(137, process.destroyForcibly().waitFor());
    for (Signal signal : Signal.values()) {
      assertFalse(signal.sendTo(process.pid()), signal::name);
    }
    Evidence evidence = Frozen.freeze(process.pid()).thaw();
    assertFalse(evidence.bit(), evidence::facts);
  }

  /// The run goes on, and says that a node died.
  @Test
  void aProcessThatEndedWhileItWasFrozenIsNone() throws Exception {
    Frozen frozen = Frozen.freeze(process.pid());
    assertEquals(137, process.destroyForcibly().waitFor());
    Evidence evidence = frozen.thaw();
    assertFalse(evidence.bit(), evidence::facts);
    assertTrue(evidence.facts().contains("ended while it was frozen"), evidence::facts);
  }
}
