package io.vxmeta.statemachine.table;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vxmeta.statemachine.os.Degradation;
import io.vxmeta.statemachine.os.LiveMemory;
import io.vxmeta.statemachine.os.LiveMemoryConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// What the tables of a test lie in.
enum MemoryKind {
  /// Mapped files, without a native call.
  FILES,
  /// What a node uses: memory of the process, locked where that is permitted.
  PROCESS,
  /// The same with a cap that a table outgrows in its first second, and goes on in a file.
  SPILLING;

  /// Several slabs of a small table: it outgrows them, and has begun in memory.
  private static final int CAPPED_KILOBYTES = 512;

  /// Memory of this kind with counters of its own.
  ///
  /// @param scratch a folder of the test
  LiveMemory memory(Path scratch) throws IOException {
    return LiveMemory.of(config(scratch));
  }

  LiveMemoryConfig config(Path scratch) throws IOException {
    return switch (this) {
      case FILES -> LiveMemoryConfig.withoutNativeCalls();
      case PROCESS -> LiveMemoryConfig.defaults();
      case SPILLING -> {
        Path proc = Files.createDirectories(scratch.resolve("proc"));
        Files.writeString(proc.resolve("meminfo"), "MemTotal: " + CAPPED_KILOBYTES + " kB\n");
        yield LiveMemoryConfig.defaults().withRoots(proc, scratch.resolve("cgroup"));
      }
    };
  }

  /// Fails if a table that has outgrown the cap lies wholly in memory, or another one in a file.
  void assertSpilledAsItShould(LiveMemory memory) {
    Map<Degradation, Long> said = memory.counters().degradations();
    boolean possible =
        !said.containsKey(Degradation.NO_NATIVE_CALLS)
            && !said.containsKey(Degradation.ANONYMOUS_REFUSED);
    assertEquals(
        this == SPILLING && possible,
        said.containsKey(Degradation.CAP_SPILLED),
        () -> this + ": " + said);
  }
}
