package io.vxmeta.statemachine;

import io.vxmeta.statemachine.batch.Limits;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReferenceArray;

/// What a group knows of each shard.
final class Standings {
  /* Threads: the apply thread sets, any thread asks about one shard.
   * Compatibility: a shard of which no attempt is known counts for nothing in the digest and is in no snapshot. So groups whose
   *   shards never moved have the digests and snapshots of earlier releases, and theirs are restored.
   */

  private final AtomicReferenceArray<ShardStanding> byShard =
      new AtomicReferenceArray<>(Limits.SHARD_MAX + 1);

  /// @param known standings of shards that moved; of the others, those in `founded` are the group's
  Standings(List<Integer> founded, Map<Integer, ShardStanding> known) {
    for (int shard = 0; shard <= Limits.SHARD_MAX; shard++) {
      byShard.set(shard, founded.contains(shard) ? ShardStanding.FOUNDED : ShardStanding.FOREIGN);
    }
    known.forEach(byShard::set);
  }

  ShardStanding of(int shard) {
    return byShard.get(shard);
  }

  void set(int shard, ShardStanding standing) {
    byShard.set(shard, standing);
  }

  /// Of the shards that took part in an attempt, by shard. Apply thread, or under its lock.
  Map<Integer, ShardStanding> moved() {
    Map<Integer, ShardStanding> moved = new TreeMap<>();
    for (int shard = 0; shard <= Limits.SHARD_MAX; shard++) {
      if (of(shard).attempt() > 0) {
        moved.put(shard, of(shard));
      }
    }
    return moved;
  }

  /// Continues `hash` with all that moved. Apply thread, or under its lock.
  long digest(long hash) {
    long digest = hash;
    for (int shard = 0; shard <= Limits.SHARD_MAX; shard++) {
      ShardStanding standing = of(shard);
      if (standing.attempt() > 0) {
        digest = Mix.next(digest, standing.digest(shard));
      }
    }
    return digest;
  }
}
