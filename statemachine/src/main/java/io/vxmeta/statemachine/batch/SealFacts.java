package io.vxmeta.statemachine.batch;

import java.util.List;

/// What the source knows of a frozen shard: the copy must come to it.
///
/// @param records of the shard
/// @param digest of these records
/// @param revision of the source: no record of the shard has a higher version
/// @param fences producers of the source with an epoch above 1, ascending by id, each once
public record SealFacts(long records, long digest, long revision, List<Fence> fences) {

  /// More than a group remembers producers would be a writer's mistake.
  public static final int FENCES_MAX = 65_536;

  /// A producer whose older epochs may write no more.
  ///
  /// @param idHigh the first 8 bytes of its id, little-endian
  /// @param idLow the last 8
  /// @param epoch from 2
  public record Fence(long idHigh, long idLow, long epoch) {
    /// The order of ids.
    static boolean ascend(long high, long low, long nextHigh, long nextLow) {
      return high < nextHigh || (high == nextHigh && low < nextLow);
    }
  }

  public SealFacts {
    fences = List.copyOf(fences);
    if (records < 0 || revision < 0 || fences.size() > FENCES_MAX) {
      throw new IllegalArgumentException(
          "expected counts from 0 and at most "
              + FENCES_MAX
              + " fences; records="
              + records
              + " revision="
              + revision
              + " fences="
              + fences.size()
              + "; take them from a frozen shard");
    }
  }
}
