package io.vxmeta.shardmap.move;

import java.util.Optional;

/// A system whose state is 128 bits, and all that can happen to it.
interface Model {
  /// Becomes the state with these bits.
  void load(Bits state);

  /// Writes the bits of the state that it is in.
  void store(Bits state);

  /// How many steps there are, possible or not; they are numbered from 0.
  int steps();

  String name(int step);

  /// Takes a step. False: it is not possible, and nothing has changed.
  boolean take(int step);

  /// What the last step, or the state that it led to, does wrong.
  Optional<String> violation();

  /// Whether everything has come to an end, so that nothing is owed to anybody.
  boolean isSettled();
}
