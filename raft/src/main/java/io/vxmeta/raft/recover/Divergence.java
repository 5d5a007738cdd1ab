package io.vxmeta.raft.recover;

import io.vxmeta.raft.ratis.IndexDigest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/// What the fingerprints of a group's replicas say about each other.
///
/// @param anybodyAt an index at which two replicas differ
/// @param selfAt an index at which this replica differs from a majority that agrees: it is the
///   wrong one
public record Divergence(OptionalLong anybodyAt, OptionalLong selfAt) {
  /// Compares them at the indexes that they have in common.
  ///
  /// @param own fingerprints of this replica
  /// @param others of each other replica; a silent one gives none
  /// @param voters of the group, this one included
  public static Divergence of(List<IndexDigest> own, List<List<IndexDigest>> others, int voters) {
    OptionalLong anybody = OptionalLong.empty();
    OptionalLong self = OptionalLong.empty();
    for (IndexDigest mine : own) {
      Map<Long, Integer> counts = new HashMap<>();
      others.forEach(samples ->
          samples.stream()
              .filter(sample -> sample.index() == mine.index())
              .forEach(sample -> counts.merge(sample.digest(), 1, Integer::sum)));
      counts.merge(mine.digest(), 1, Integer::sum);
      if (counts.size() > 1) {
        anybody = OptionalLong.of(mine.index());
        int majority = voters / 2 + 1;
        boolean outvoted =
            counts.entrySet().stream()
                .anyMatch(each -> each.getKey() != mine.digest() && each.getValue() >= majority);
        self = outvoted ? anybody : self;
      }
    }
    return new Divergence(anybody, self);
  }
}
