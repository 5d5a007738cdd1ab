package io.vxmeta.shardmap.move;

/// What coordinators propose to the two groups of an attempt, beside the parts of the copy.
enum Message {
  /// To the target: an empty copy begins.
  STAGE,
  /// To the source: no writes from here on.
  FREEZE,
  /// To the source: the attempt is over, writes go on.
  THAW,
  /// To the source: the shard is the target's.
  GIVE,
  /// To the target: it owns the shard.
  ACCEPT,
  /// To the source: its records go.
  RELEASE,
  /// To the target: the copy of an attempt that is over goes.
  DROP
}
