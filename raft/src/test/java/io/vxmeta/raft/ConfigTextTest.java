package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The printed configuration documents every setting and changes none.
final class ConfigTextTest {
  private static final String LEAST =
      """
      cluster: example
      node: node-1
      data: /var/lib/vxmeta
      nodes:
        - {id: node-1, client: "127.0.0.1:7401", peer: "127.0.0.1:7501", raft: "127.0.0.1:7601"}
        - {id: node-2, client: "127.0.0.1:7402", peer: "127.0.0.1:7502", raft: "127.0.0.1:7602"}
        - {id: node-3, client: "127.0.0.1:7403", peer: "127.0.0.1:7503", raft: "127.0.0.1:7603"}
      """;

  @Test
  void printedDefaultsAreTheDefaults() {
    assertEquals(ConfigReader.parse(LEAST), ConfigReader.parse(ConfigText.ofDefaults()));
  }

  @Test
  void everySettingIsExplained() {
    String text = ConfigText.ofDefaults();
    for (ConfigOption option : ConfigOption.values()) {
      assertTrue(text.contains(option.shape()), option::key);
      assertTrue(text.contains(option.about().getFirst()), option::key);
      assertTrue(text.contains(option.leaf() + ":"), option::key);
      assertTrue(option.isOfItem() || text.contains(option.variable() + "."), option::key);
    }
  }

  @Test
  void whatIsCommentedOutCanBeTakenIn() {
    String all =
        ConfigText.ofDefaults()
            .replaceAll("(?m)^# (?=( {2})?[a-z-]+: ?[^ ]*$)", "")
            // Who joins has no other members in its file.
            .replaceAll("(?m)^join: .*$", "")
            .replace("\"0.0.0.0:", "\"127.0.0.1:")
            .replaceAll("(?m)(certificate|key|ca): .*$", "$1: /dev/null");
    NodeConfig config = ConfigReader.parse(all);
    assertEquals(Path.of("/mnt/tables"), config.memory().home().orElseThrow());
    assertTrue(config.tls().isPresent());
    assertEquals(1 << 30, config.diskReserveBytes().orElseThrow());
  }

  @Test
  void checkSaysWhetherANodeWouldStart(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("node.yaml"), ConfigText.ofDefaults());
    List<String> check = List.of("check", file.toString());
    assertTrue(ConfigCommand.run(check, Map.of()).contains("valid node=node-1"));
    assertTrue(
        ConfigCommand.run(check, Map.of("VXMETA_NODE", "node-3")).contains("valid node=node-3"));
    assertThrows(
        NodeConfig.ConfigInvalid.class,
        () -> ConfigCommand.run(check, Map.of("VXMETA_NODE", "node-9")));
    assertThrows(
        NodeMain.WrongUsage.class, () -> ConfigCommand.run(List.of("chek", "x"), Map.of()));
  }
}
