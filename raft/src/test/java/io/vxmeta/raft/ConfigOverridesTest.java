package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.raft.NodeConfig.ConfigInvalid;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Flags go before the environment, that before the file, that before the default.
final class ConfigOverridesTest {
  private static final String FILE =
      """
      cluster: demo
      node: a
      data: /tmp/x
      data-groups: 5
      nodes:
        - {id: a, client: "127.0.0.1:1", peer: "127.0.0.1:2", raft: "127.0.0.1:3"}
      """;

  private static NodeConfig read(String text, Map<String, String> variables, String... flags) {
    return ConfigReader.parse(text, ConfigOverrides.of(variables, List.of(flags)));
  }

  private static void assertRefused(
      List<String> parts, Map<String, String> variables, String... flags) {
    ConfigInvalid refused =
        assertThrows(ConfigInvalid.class, () -> read(FILE, variables, flags), "taken");
    for (String part : parts) {
      assertTrue(String.valueOf(refused.getMessage()).contains(part), refused::getMessage);
    }
  }

  @Test
  void theNearerSourceWins() {
    Map<String, String> variable = Map.of("VXMETA_DATA_GROUPS", "6");
    assertEquals(3, read(FILE.replace("data-groups: 5\n", ""), Map.of()).dataGroups());
    assertEquals(5, read(FILE, Map.of()).dataGroups());
    assertEquals(6, read(FILE, variable).dataGroups());
    assertEquals(7, read(FILE, variable, "--data-groups", "7").dataGroups());
    assertEquals(8, read(FILE, variable, "--data-groups=8").dataGroups());
  }

  @Test
  void aSectionMayComeFromSeveralSources() {
    NodeConfig config =
        read(
            FILE + "snapshot: {log-bytes: 2097152}\n",
            Map.of("VXMETA_SNAPSHOT_AGE_SECONDS", "90"),
            "--memory.lock",
            "off");
    assertEquals(2_097_152, config.snapshots().logBytes());
    assertEquals(90, config.snapshots().age().toSeconds());
    assertEquals(NodeConfig.MemoryLock.OFF, config.memory().lock());
  }

  @Test
  void aNodeCanBeToldEverythingWithoutAFile() {
    NodeConfig config =
        ConfigReader.readWithoutFile(
            ConfigOverrides.of(
                Map.of(
                    "VXMETA_CLUSTER",
                    "demo",
                    "VXMETA_NODE",
                    "a",
                    "VXMETA_NODES",
                    "[{id: a, client: '127.0.0.1:1', peer: '127.0.0.1:2', raft: '127.0.0.1:3'}]"),
                List.of("--data", "/tmp/x")));
    assertEquals("demo", config.clusterId());
    assertEquals(1, config.nodes().size());
  }

  @Test
  void whoGaveAWrongValueIsNamed() {
    assertRefused(
        List.of("key=data-groups", "value=many", "from=VXMETA_DATA_GROUPS"),
        Map.of("VXMETA_DATA_GROUPS", "many"));
    assertRefused(
        List.of("key=data-groups", "1..64", "value=65", "from=--data-groups"),
        Map.of(),
        "--data-groups=65");
    assertRefused(List.of("key=node ", "from=VXMETA_NODE"), Map.of("VXMETA_NODE", "b"));
    assertRefused(List.of("key=nodes", "from=VXMETA_NODES"), Map.of("VXMETA_NODES", "[{id"));
    assertRefused(List.of("key=data ", "value=nothing", "from=--data"), Map.of(), "--data");
    assertRefused(
        List.of("key=data ", "value=nothing", "from=--data"),
        Map.of(),
        "--data",
        "--data-groups=5");
  }

  @Test
  void anEmptyValueIsNone() {
    assertRefused(
        List.of("key=data ", "value=nothing", "from=VXMETA_DATA"), Map.of("VXMETA_DATA", ""));
    assertRefused(List.of("key=data ", "value=nothing", "from=--data"), Map.of(), "--data=");
  }

  @Test
  void theValueOfSomebodyElsesVariableIsNotTold() {
    ConfigInvalid refused =
        assertThrows(
            ConfigInvalid.class, () -> read(FILE, Map.of("VXMETA_DB_PASSWORD", "swordfish")));
    assertFalse(String.valueOf(refused.getMessage()).contains("swordfish"), refused::getMessage);
  }

  @Test
  void unknownVariablesAndFlagsAreToldTheNearestKnownOne() {
    assertRefused(
        List.of("key=VXMETA_MEMORY_LOK", "nearest is VXMETA_MEMORY_LOCK "),
        Map.of("VXMETA_MEMORY_LOK", "off"));
    assertRefused(
        List.of("key=--memory.lok", "nearest is --memory.lock "), Map.of(), "--memory.lok=off");
  }

  @Test
  void variablesThatAreNoSettingsAreLeftToTheirReaders() {
    Map<String, String> others =
        Map.of("VXMETA_LOG", "DEBUG", "VXMETA_CONFIG", "x", "PATH", "/bin", "VXCTL_TIMEOUT", "1s");
    assertEquals(ConfigReader.parse(FILE), read(FILE, others));
  }

  @Test
  void eachSettingHasAVariableOfItsOwn() {
    Set<String> variables = new HashSet<>(ConfigOverrides.NO_SETTINGS);
    for (ConfigOption option : ConfigOption.single()) {
      assertTrue(variables.add(option.variable()), option.variable());
    }
  }
}
