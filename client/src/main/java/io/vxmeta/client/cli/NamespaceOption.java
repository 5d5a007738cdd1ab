package io.vxmeta.client.cli;

import picocli.CommandLine.Option;

/// The namespace a command works in.
final class NamespaceOption {

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAME",
      defaultValue = "default",
      descriptionKey = SettingDefaults.MARK,
      description = "Namespace of the keys.")
  private String name = "default";

  String name() {
    return name;
  }
}
