package io.vxmeta.statemachine;

import java.util.List;

/// What a shard is to a group (docs/shard-moves.md).
public enum ShardPhase {
  /// The group's: reads and writes.
  OWNED(1),
  /// The source's, before it gives the shard away or thaws: reads; writes are told "later".
  FROZEN(2),
  /// The target's: the copy arrives, and nobody reads it.
  STAGING(3),
  /// The target's: the copy is complete, and nobody reads it.
  SEALED(4),
  /// Another group's, or nobody's yet: reads and writes are told "moved".
  AWAY(5);

  private static final List<ShardPhase> BY_CODE = List.of(values());

  private final int code;

  ShardPhase(int code) {
    this.code = code;
  }

  /// Reads are answered.
  public boolean serves() {
    return this == OWNED || this == FROZEN;
  }

  /// The target's.
  public boolean arrives() {
    return this == STAGING || this == SEALED;
  }

  /// The number stored in snapshots.
  int code() {
    return code;
  }

  static boolean isCode(int code) {
    return code >= 1 && code <= BY_CODE.size();
  }

  static ShardPhase ofCode(int code) {
    return BY_CODE.get(code - 1);
  }
}
