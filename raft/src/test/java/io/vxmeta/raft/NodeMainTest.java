package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;

final class NodeMainTest {
  @Test
  void cacheThatTheJvmDidNotTakeIsNamed() {
    String said = NodeMain.unusedCache("jars/25.aot", "mixed mode").orElseThrow();
    assertTrue(said.contains("cache=jars/25.aot"), said);
  }

  @Test
  void cacheThatTheJvmTookIsNotSpokenOf() {
    assertEquals(Optional.empty(), NodeMain.unusedCache("jars/25.aot", "mixed mode, sharing"));
  }

  @Test
  void nobodyMissesACacheThatWasNotAskedFor() {
    assertEquals(Optional.empty(), NodeMain.unusedCache("", "mixed mode"));
  }
}
