package io.vxmeta.raft.ratis;

import io.vxmeta.shardmap.ShardGroupId;
import java.io.IOException;

/// A snapshot was asked for, but the group has applied no entry since its newest one, and that has
/// rotted.
public final class RottenSnapshot extends IOException {
  private static final long serialVersionUID = 1L;

  private final long index;

  public RottenSnapshot(ShardGroupId group, long index) {
    super(
        "the newest snapshot has rotted and no log entry came since: group="
            + group.value()
            + " index="
            + index
            + "; the next write allows another");
    this.index = index;
  }

  /// Of the rotten one.
  public long index() {
    return index;
  }
}
