package io.vxmeta.statemachine.bench;

/// A map from 32-byte keys to 64-byte values: the table or a rival.
///
/// Threads: one reads, another one writes.
interface Store extends AutoCloseable {

  /// Writes a record that is visible to the reading thread when the call returns.
  void put(byte[] key, byte[] value);

  /// Copies the value of a key that exists to a buffer of the store's own.
  ///
  /// @return the value's mark, so that no compiler leaves the copy out
  long get(byte[] key);

  /// Reads the keys from `from` to `to`; by single look-ups where the store has nothing better.
  ///
  /// @return the sum of the values' marks
  default long multiGet(byte[][] keys, int from, int to) {
    long sum = 0;
    for (int i = from; i < to; i++) {
      sum += get(keys[i]);
    }
    return sum;
  }

  /// Memory that the records and what finds them take now.
  long bytes();

  /// Ends what loading left to do in the background.
  default void settle() {}

  @Override
  void close();
}
