package io.vxmeta.raft;

import java.io.IOException;
import java.nio.file.Path;

/// The data directory of a new node while a backup is laid into it.
///
/// A start refuses the directory until `finish` has returned.
public final class RestoreTarget implements AutoCloseable {
  private final NodeDirectory directory;

  private RestoreTarget(NodeDirectory directory) {
    this.directory = directory;
  }

  /// Takes the node's directory, which must hold nothing.
  ///
  /// @throws Refused if it can not be used
  public static RestoreTarget open(NodeConfig config) throws Refused {
    try {
      return new RestoreTarget(NodeDirectory.openToRestore(config));
    } catch (NodeDirectory.Unusable e) {
      throw new Refused(String.valueOf(e.getMessage()));
    }
  }

  /// The directory can not be used.
  public static final class Refused extends IOException {
    private static final long serialVersionUID = 1L;

    Refused(String message) {
      super(message);
    }
  }

  /// Where a group's snapshots go.
  public Path snapshots(int group) {
    return GroupFiles.snapshots(directory.group(group));
  }

  /// For what tables need on disk.
  public Path live(int group) {
    return GroupFiles.live(directory.group(group));
  }

  /// Makes the directory a node's; durable when it returns.
  ///
  /// @param backup id of what was laid in
  public void finish(String backup) throws IOException {
    directory.becomeRestored(backup);
  }

  @Override
  public void close() {
    directory.close();
  }
}
