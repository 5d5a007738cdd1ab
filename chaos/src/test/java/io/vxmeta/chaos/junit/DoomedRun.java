package io.vxmeta.chaos.junit;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/// Tests that must fail; only [ChaosExtensionIT] runs them, by name.
final class DoomedRun {
  /* The run tells its story line by line on the thread that watches the nodes. When it tells of its first period, the node's
   * processes are killed on that thread, before it looks again: nobody inflicted that. */

  static final AtomicBoolean REACHED = new AtomicBoolean();
  private static final PrintStream STORY = System.out;

  /// Passes on what is told, and kills the nodes once it is told of the first period.
  private static final class Listener extends OutputStream {
    private final StringBuilder line = new StringBuilder();
    private final Set<ProcessHandle> before =
        ProcessHandle.current().children().collect(Collectors.toSet());
    private boolean killed;

    @Override
    public synchronized void write(int character) {
      STORY.write(character);
      line.append((char) character);
      if (character == '\n') {
        if (!killed && line.indexOf("period 1 of") >= 0) {
          killed = true;
          ProcessHandle.current()
              .children()
              .filter(child -> !before.contains(child))
              .forEach(ProcessHandle::destroyForcibly);
        }
        line.setLength(0);
      }
    }
  }

  @BeforeAll
  static void listen() {
    System.setOut(new PrintStream(new Listener(), true, StandardCharsets.UTF_8));
  }

  @AfterAll
  static void listenNoMore() {
    System.setOut(STORY);
  }

  @ChaosTest(
      workload = "register",
      faults = "none",
      seconds = 5,
      seed = 77,
      nodes = 1,
      processes = 2,
      operationsPerSecond = 50)
  void nodeDiesUnasked() {
    REACHED.set(true);
  }

  @ChaosTest(workload = "nonsense", faults = "none", seed = 78)
  void nobodyKnowsTheWorkload() {
    REACHED.set(true);
  }
}
