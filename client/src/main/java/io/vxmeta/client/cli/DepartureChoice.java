package io.vxmeta.client.cli;

import picocli.CommandLine.Option;

/// The options of what takes a node out of the cluster for good.
final class DepartureChoice {
  @Option(names = "--wait", description = "Return when the node has left.")
  private boolean wait;

  @Option(
      names = "--yes",
      description =
          "Do it. A node that has left does not come back, nor does its name or its data.")
  private boolean yes;

  @Option(names = "--dry-run", description = "Only say what it would give up.")
  private boolean dryRun;

  boolean waits() {
    return wait;
  }

  boolean isDryRun() {
    return dryRun;
  }

  /// Where nothing is asked and a name is soon mistyped, it takes a word more.
  void requireYes(String node) {
    if (!yes) {
      throw CommandFailed.usage(
          "a node that has left does not come back: node="
              + node
              + "; give --yes to have it leave, or --dry-run to see what it would give up");
    }
  }
}
