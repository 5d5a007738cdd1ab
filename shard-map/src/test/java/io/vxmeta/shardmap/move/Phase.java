package io.vxmeta.shardmap.move;

/// What a shard is to a group.
enum Phase {
  /// Held elsewhere.
  AWAY,
  /// The target's: the copy arrives.
  STAGING,
  /// The target's: the copy is complete.
  SEALED,
  /// Reads and writes.
  OWNED,
  /// The source's: reads, no writes.
  FROZEN;

  boolean serves() {
    return this == OWNED || this == FROZEN;
  }

  boolean arrives() {
    return this == STAGING || this == SEALED;
  }
}
