package io.vxmeta.client;

import java.time.Duration;

/// What a near cache may hold: so many bytes, keys and an estimate of its own needs included, and
/// nothing that was read longer ago than `ageMax`.
public record NearCacheLimits(long bytesMax, Duration ageMax) {

  /// Some 100,000 small records.
  public static final long BYTES = 64L << 20;

  public static final Duration AGE = Duration.ofMinutes(1);

  public static final NearCacheLimits DEFAULTS = new NearCacheLimits(BYTES, AGE);

  public NearCacheLimits {
    if (bytesMax < 1) {
      throw new IllegalArgumentException(
          "a near cache holds at least a byte: bytes-max="
              + bytesMax
              + "; give more, or configure none");
    }
    ClientConfig.checkPositive("age-max", ageMax);
  }
}
