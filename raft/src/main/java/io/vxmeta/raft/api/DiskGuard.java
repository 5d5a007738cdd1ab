package io.vxmeta.raft.api;

import io.vxmeta.client.grpc.ErrorReason;
import io.vxmeta.client.v1.WriteRequest;
import io.vxmeta.raft.disk.DiskSpace;
import io.vxmeta.shardmap.NodeId;

/// Refuses writes that need space while the disk has none to spare; deletes pass.
final class DiskGuard {
  private final NodeId self;
  private final DiskSpace space;

  DiskGuard(NodeId self, DiskSpace space) {
    this.self = self;
    this.space = space;
  }

  void requireRoom(WriteRequest request) {
    if (space.scarce() && request.getMutationsList().stream().anyMatch(each -> !each.hasDelete())) {
      throw full();
    }
  }

  void requireRoom() {
    if (space.scarce()) {
      throw full();
    }
  }

  /// The problem, or that the disk is full if that is behind it.
  Throwable orFull(Throwable problem) {
    return DiskSpace.isFull(problem) ? full() : problem;
  }

  Refusal full() {
    return Refusal.of(
        ErrorReason.DISK_FULL,
        "the disk is nearly full; node="
            + self.value()
            + " usable_bytes="
            + space.usableBytes()
            + " reserve_bytes="
            + space.reserveBytes()
            + "; delete records, or free disk space",
        "node",
        self.value(),
        "usable_bytes",
        space.usableBytes(),
        "reserve_bytes",
        space.reserveBytes());
  }
}
