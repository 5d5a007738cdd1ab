package io.vxmeta.chaos.cluster;

import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.nio.file.Path;

/// The disks of a cluster whose nodes have one each.
public interface Disks {
  /// Holds everything the node keeps.
  Path mountPoint(NodeId node);

  /// Bytes that can still be written.
  long freeBytes(NodeId node) throws IOException;

  /// Nothing reaches the disk any more, not even what was written but not flushed. The node must be
  /// frozen BEFORE, or it would see errors instead of darkness.
  void cutPower(NodeId node) throws IOException, InterruptedException;

  /// The disk again, with what was on it when the power went. The node must be gone BEFORE.
  void restorePower(NodeId node) throws IOException, InterruptedException;

  /// Every write waits, for as long as it takes.
  void hang(NodeId node) throws IOException, InterruptedException;

  /// Ends that; harmless when nothing hangs.
  void resume(NodeId node) throws IOException, InterruptedException;
}
