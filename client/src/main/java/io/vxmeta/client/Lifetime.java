package io.vxmeta.client;

import java.time.Duration;
import java.time.Instant;

/// How long a record lives: for ever, for a while, or until a moment, by the clock of the shard
/// group's leader.
///
/// When the time is over the leader takes the record away by an entry of the log, usually within a
/// second; until then every replica still has it, and a read shows it with its
/// [StoredRecord#expiresAtMs].
public sealed interface Lifetime {
  Lifetime FOREVER = new Forever();

  /// Until it is deleted.
  record Forever() implements Lifetime {}

  /// From the moment the write is in the log; 1 ms to ten years.
  record For(Duration ttl) implements Lifetime {
    public For {
      if (ttl.toMillis() < 1 || ttl.compareTo(RequestLimits.TTL_MAX) > 0) {
        throw new IllegalArgumentException(
            "a record lives 1 ms to " + RequestLimits.TTL_MAX.toDays() + " days: ttl=" + ttl);
      }
    }
  }

  /// Until a moment after 1970.
  record Until(Instant moment) implements Lifetime {
    public Until {
      if (moment.toEpochMilli() < 1) {
        throw new IllegalArgumentException("a record lives until after 1970: moment=" + moment);
      }
    }
  }
}
