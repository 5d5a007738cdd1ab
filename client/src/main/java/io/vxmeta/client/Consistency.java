package io.vxmeta.client;

import java.time.Duration;

/// How current the answer of a read must be; a read that can not keep it is refused, never
/// weakened.
public sealed interface Consistency {

  /// Sees every write acknowledged anywhere before the read began.
  record Linearizable() implements Consistency {}

  /// Sees at least what the tokens say of each shard group; groups without a token may answer
  /// anything. Of shards that were moved the newest is read, if there are tokens of several groups:
  /// none of them could be left out.
  record AtLeast(Tokens tokens) implements Consistency {}

  /// Proven to miss nothing that was acknowledged longer ago than this before the read began.
  record Bounded(Duration maxStaleness) implements Consistency {
    private static final Duration MAX = Duration.ofMinutes(10);

    public Bounded {
      if (maxStaleness.toMillis() < 1 || maxStaleness.compareTo(MAX) > 0) {
        throw new IllegalArgumentException(
            "a staleness bound is 1 ms to 10 min: max-staleness=" + maxStaleness);
      }
    }
  }

  /// Whatever the asked replica has.
  record Local() implements Consistency {}
}
