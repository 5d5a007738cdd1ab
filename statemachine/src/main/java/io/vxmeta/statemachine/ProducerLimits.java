package io.vxmeta.statemachine;

import java.time.Duration;

/// How much a group remembers of its producers. All replicas of a group must agree on it.
///
/// @param producersMax producers remembered at once
/// @param rememberedBytesMax for first answers; beyond it the answers of the producers idle for
///   longest are forgotten (their epochs and sequences are not)
/// @param idleMs leader time after which an idle producer is forgotten altogether
public record ProducerLimits(int producersMax, long rememberedBytesMax, long idleMs) {
  /// One id is about 150 bytes of heap, so this is some 2.5 MB a group.
  public static final int PRODUCERS_MAX = 16_384;

  /// 64 MiB: 8,000 producers with full windows of usual answers.
  public static final long REMEMBERED_BYTES_MAX = 64L << 20;

  /// The least life of an idle producer that clients may count on.
  public static final long IDLE_MS = Duration.ofDays(7).toMillis();

  /// The largest answer (10,000 adds) must always be rememberable.
  static final long REMEMBERED_BYTES_MIN = 1L << 20;

  public ProducerLimits {
    if (producersMax < 1 || rememberedBytesMax < REMEMBERED_BYTES_MIN || idleMs < 1) {
      throw new IllegalArgumentException(
          "expected producersMax from 1, rememberedBytesMax from "
              + REMEMBERED_BYTES_MIN
              + " and idleMs from 1; producersMax="
              + producersMax
              + " rememberedBytesMax="
              + rememberedBytesMax
              + " idleMs="
              + idleMs
              + "; correct the producer limits");
    }
  }

  /// The limits of a production group.
  public static ProducerLimits defaults() {
    return new ProducerLimits(PRODUCERS_MAX, REMEMBERED_BYTES_MAX, IDLE_MS);
  }
}
