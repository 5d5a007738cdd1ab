package io.vxmeta.client.cli;

import picocli.CommandLine.Option;

/// How a command's data looks.
final class Output {

  /// For people, or for programs.
  enum Format {
    table,
    json
  }

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      defaultValue = "table",
      description = "table or json.")
  private Format format = Format.table;

  boolean isJson() {
    return format == Format.json;
  }
}
