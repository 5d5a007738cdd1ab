package io.vxmeta.statemachine.batch;

/// An entry of a shard's move from one group to another: what each takes and makes is told in
/// docs/shard-moves.md.
public enum MoveKind {
  /// To the source: an attempt begins.
  BEGIN(1),
  /// To the source: no writes from here on.
  FREEZE(2),
  /// To the source: the attempt is over, writes go on.
  THAW(3),
  /// To the source: the shard is the target's.
  GIVE(4),
  /// To the source: its records go.
  RELEASE(5),
  /// To the target: an empty copy begins.
  STAGE(6),
  /// To the target: a part of the copy.
  PART(7),
  /// To the target: the last part, and what the whole must come to.
  SEAL(8),
  /// To the target: it owns the shard.
  ACCEPT(9),
  /// To the target: the copy of an attempt that is over goes.
  DROP(10);

  private static final MoveKind[] BY_CODE = values();

  private final int code;

  MoveKind(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }

  static boolean isCode(int code) {
    return code >= 1 && code <= BY_CODE.length;
  }

  static MoveKind ofCode(int code) {
    return BY_CODE[code - 1];
  }

  /// Carries records.
  public boolean copies() {
    return this == PART || this == SEAL;
  }

  /// May let writes in again that were refused before, so nothing may be under way behind them: it
  /// is proposed only when no other entry of its group is.
  public boolean reopens() {
    return this == THAW || this == BEGIN || this == ACCEPT;
  }

  /// Takes room for a copy that may still be given up.
  public boolean fills() {
    return this == STAGE || this == PART;
  }
}
