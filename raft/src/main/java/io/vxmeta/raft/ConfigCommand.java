package io.vxmeta.raft;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// `vxmeta config`: looks at a configuration without starting a node.
final class ConfigCommand {
  private ConfigCommand() {}

  /// What there is to print.
  ///
  /// @param words behind `config`
  /// @throws NodeConfig.ConfigInvalid if the configuration that is checked can not be used
  /// @throws NodeMain.WrongUsage if the words are none of ours
  static String run(List<String> words, Map<String, String> environment) {
    if (words.equals(List.of("print-defaults"))) {
      return ConfigText.ofDefaults();
    }
    if (words.size() >= 2 && words.getFirst().equals("check")) {
      return check(Path.of(words.get(1)), words.subList(2, words.size()), environment);
    }
    throw new NodeMain.WrongUsage(
        "expected config check FILE, or config print-defaults; given=" + words);
  }

  /// With the environment and flags over it, as a node would start.
  private static String check(Path file, List<String> flags, Map<String, String> environment) {
    return valid(ConfigReader.read(file, ConfigOverrides.of(environment, flags)));
  }

  static String valid(NodeConfig config) {
    return "vxmeta: configuration is valid node=" + config.self().value() + "\n";
  }
}
