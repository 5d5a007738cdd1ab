package io.vxmeta.shardmap.move;

/// What a write is told. The first three are what a group remembers of its number.
enum Answer {
  NONE,
  APPLIED,
  /// Did not happen here and never will under this number.
  MOVED,
  /// A newer epoch of the producer has written.
  FENCED,
  /// Not now: nothing happened, and the same number may come again.
  LATER
}
