package io.vxmeta.chaos.nemesis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.chaos.cluster.Signal;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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

  /// As one is whose end its parent does not want to know.
  @Test
  void aProcessThatIsOnlyAnEntryHasEnded() throws Exception {
    Lookout patient = new Lookout(Duration.ofMinutes(1), Duration.ofMillis(5));
    Process parent =
        new ProcessBuilder("sh", "-c", "exec 3<&0; read -r _ <&3 & echo $!; exec sleep 60").start();
    try (Writer input = parent.outputWriter()) {
      long child = Long.parseLong(parent.inputReader().lines().findFirst().orElseThrow());
      Path name = Path.of("/proc", Long.toString(parent.pid()), "comm");
      assertTrue(patient.sees(() -> Files.readString(name).equals("sleep\n")), "it never asks");
      assertFalse(Frozen.hasEnded(child));
      input.write("\n");
      input.flush();
      assertTrue(patient.sees(() -> Frozen.hasEnded(child)));
      assertTrue(Files.exists(Path.of("/proc", Long.toString(child))));
    } finally {
      var _ = parent.destroyForcibly();
    }
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
