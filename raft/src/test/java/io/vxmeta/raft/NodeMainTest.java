package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.client.Release;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class NodeMainTest {
  @Test
  void versionIsToldAndNoNodeStarts() {
    for (String flag : List.of("--version", "-V")) {
      String said = NodeMain.told(List.of(flag), Map.of()).orElseThrow();
      assertTrue(said.startsWith("vxmeta " + Release.VERSION + "\n"), said);
      assertTrue(said.contains("\njdk: " + Runtime.version()), said);
    }
    assertEquals(Optional.empty(), NodeMain.told(List.of("--config", "a.yaml"), Map.of()));
  }

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

  @Test
  void flagsAreSettingsUnlessTheyAreTheStartsOwn() {
    NodeMain.Arguments given =
        NodeMain.Arguments.of(
            List.of("--config", "a.yaml", "--check", "--memory.lock", "off", "--data-groups=4"),
            Map.of("VXMETA_CONFIG", "b.yaml"));
    assertEquals(Optional.of(Path.of("a.yaml")), given.file());
    assertTrue(given.check());
    assertEquals("off", given.overrides().of(ConfigOption.MEMORY_LOCK).orElseThrow().value());
    assertEquals("4", given.overrides().of(ConfigOption.DATA_GROUPS).orElseThrow().value());
  }

  @Test
  void theEnvironmentNamesTheFileIfNoFlagDoes() {
    Map<String, String> environment = Map.of("VXMETA_CONFIG", "b.yaml");
    assertEquals(
        Optional.of(Path.of("b.yaml")), NodeMain.Arguments.of(List.of(), environment).file());
  }

  @Test
  void aCommandLineThatSaysNothingIsRefused() {
    assertThrows(
        NodeMain.WrongUsage.class, () -> NodeMain.Arguments.of(List.of("--check"), Map.of()));
    assertThrows(
        NodeMain.WrongUsage.class, () -> NodeMain.Arguments.of(List.of("a.yaml"), Map.of()));
  }
}
