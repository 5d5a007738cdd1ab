package io.vxmeta.raft.read;

/// Decides what happens where several things can: all of them in turn, or one by a seed.
@FunctionalInterface
interface Choices {
  /// Returns a number of 0..options-1.
  int next(int options);
}
