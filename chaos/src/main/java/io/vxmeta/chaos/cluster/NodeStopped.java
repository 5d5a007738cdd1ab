package io.vxmeta.chaos.cluster;

import io.vxmeta.shardmap.NodeId;
import java.util.OptionalInt;

/// A node process did not become ready: it ended first, or took too long.
public final class NodeStopped extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient OptionalInt exitCode;
  private final String lastWords;

  NodeStopped(NodeId node, OptionalInt exitCode, String lastWords) {
    super(
        "a node did not become ready: node="
            + node
            + " exit_code="
            + (exitCode.isPresent() ? Integer.toString(exitCode.getAsInt()) : "none (timeout)")
            + "; its last words: "
            + lastWords);
    this.exitCode = exitCode;
    this.lastWords = lastWords;
  }

  /// Absent when the node was still running.
  public OptionalInt exitCode() {
    return exitCode;
  }

  public String lastWords() {
    return lastWords;
  }

  /// Exit code 1 with the word port: somebody else listens there.
  boolean isTakenPort() {
    return exitCode.equals(OptionalInt.of(1)) && lastWords.contains("port");
  }
}
