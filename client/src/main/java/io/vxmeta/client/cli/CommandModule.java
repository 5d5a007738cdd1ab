package io.vxmeta.client.cli;

import java.util.List;
import java.util.function.Supplier;

/// Commands that another module adds to vxctl; found by [java.util.ServiceLoader].
public interface CommandModule {

  /// A top-level command: `command` makes an object annotated for picocli, only when it is run.
  /// `summary` is its line in `vxctl --help`.
  record Entry(String name, String summary, Supplier<Object> command) {}

  /// In the order the help lists them.
  List<Entry> commands();
}
