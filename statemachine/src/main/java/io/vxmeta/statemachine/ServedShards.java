package io.vxmeta.statemachine;

import io.vxmeta.statemachine.table.TableReader;
import org.jspecify.annotations.Nullable;

/// The tables of the shards that a group serves, at one moment.
final class ServedShards {
  /* Immutable. Whoever finds a shard's same reader here before and after a look-up knows that the shard was served all the
   * time between: a shard that left and came back has another table, and so another reader.
   */

  private final @Nullable TableReader[] readers;

  /// @param readers by shard, null: not served
  ServedShards(@Nullable TableReader[] readers) {
    this.readers = readers.clone();
  }

  boolean serves(int shard) {
    return shard >= 0 && shard < readers.length && readers[shard] != null;
  }

  /// Of a shard that is served.
  TableReader reader(int shard) {
    TableReader reader = readers[shard];
    if (reader == null) {
      throw new IllegalStateException(
          "expected a shard that is served; shard=" + shard + "; ask `serves` before");
    }
    return reader;
  }

  /// Whether the shard is served from the same table in both.
  boolean sameAs(ServedShards other, int shard) {
    return serves(shard) && readers[shard] == other.readers[shard];
  }
}
