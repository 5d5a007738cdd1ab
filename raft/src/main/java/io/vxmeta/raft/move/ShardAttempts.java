package io.vxmeta.raft.move;

import io.vxmeta.shardmap.ShardId;
import io.vxmeta.shardmap.ShardMove;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The attempts to move shards that this node numbered, and what came of those whose copies it
/// began.
final class ShardAttempts {
  /* Threads: any; of one shard one at a time.
   * Who gave an attempt its number alone makes its copy, and once, so that no two are made under the same numbers. An attempt whose copy
   *   this node did not begin failed elsewhere, or was overtaken: it says nothing about whether the move can be done, and does not count.
   */

  /// Attempts of a move whose copy one node begins; each that fails has copied for nothing.
  static final int ATTEMPTS_MAX = 8;

  /// The pause after two failed attempts, which doubles with each that follows: all together as
  /// long as elections of both groups take, so that no passing trouble uses up all attempts.
  static final Duration FIRST_PAUSE = Duration.ofMillis(100);

  private static final int DOUBLINGS_MAX = 4;

  private final Map<ShardId, Long> numbered = new ConcurrentHashMap<>();
  private final Map<ShardId, Integer> failures = new ConcurrentHashMap<>();

  /// Whose last attempt's copy was begun here.
  private final Set<ShardId> begun = ConcurrentHashMap.newKeySet();

  /// Forgets moves that are over.
  void keepOnly(Set<ShardId> ordered) {
    failures.keySet().retainAll(ordered);
    begun.retainAll(ordered);
  }

  /// This node gave the first attempt of a move its number, so nobody else makes its copy.
  void onOrdered(ShardMove move) {
    failures.remove(move.shard());
    begun.remove(move.shard());
    numbered.merge(move.shard(), move.attempt(), Math::max);
  }

  /// As `onOrdered`, of an attempt that follows another one: that one has failed if its copy was
  /// begun here, else this node takes over.
  void onNumberedAnew(ShardMove move) {
    if (begun.remove(move.shard())) {
      int _ = failures.merge(move.shard(), 1, Integer::sum);
    }
    numbered.merge(move.shard(), move.attempt(), Math::max);
  }

  /// Whether this node gave the attempt its number, and no copy of it was begun.
  boolean mayCopy(ShardMove move) {
    return numbered.getOrDefault(move.shard(), 0L) == move.attempt();
  }

  /// Says true once: a second copy under the same numbers would mix with parts of the first that
  /// are still on their way.
  boolean beginCopy(ShardMove move) {
    boolean first = numbered.remove(move.shard(), move.attempt());
    if (first) {
      begun.add(move.shard());
    }
    return first;
  }

  /// Whether the attempt that is over was the last that this node makes.
  boolean hasFailedTooOften(ShardId shard) {
    return failed(shard) >= ATTEMPTS_MAX;
  }

  /// Before another attempt; after the first it follows at once.
  Duration pause(ShardId shard) {
    int failed = failed(shard);
    return failed < 2
        ? Duration.ZERO
        : FIRST_PAUSE.multipliedBy(1L << Math.min(failed - 2, DOUBLINGS_MAX));
  }

  /// Copies of the move that this node began, and that came to nothing.
  private int failed(ShardId shard) {
    return failures.getOrDefault(shard, 0) + (begun.contains(shard) ? 1 : 0);
  }
}
