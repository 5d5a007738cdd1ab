package io.vxmeta.statemachine.batch;

/// How long a record lives: for ever, until a moment, or for so long from the log's time on.
public final class Lifetime {
  public static final Lifetime FOREVER = new Lifetime(0, 0);

  private final int field;
  private final long ms;

  private Lifetime(int field, long ms) {
    this.field = field;
    this.ms = ms;
  }

  /// Until a moment of leader time, milliseconds since 1970; 0 = for ever.
  public static Lifetime until(long expiresAtMs) {
    if (expiresAtMs < 0) {
      throw new IllegalArgumentException(
          "expected an expiry of 0 or more; expiresAtMs=" + expiresAtMs);
    }
    return expiresAtMs == 0 ? FOREVER : new Lifetime(BatchLayout.FIELD_EXPIRY, expiresAtMs);
  }

  /// For 1 ms up to [Limits#TTL_MS_MAX] from the time of the log entry on.
  public static Lifetime of(long ttlMs) {
    if (ttlMs < 1 || ttlMs > Limits.TTL_MS_MAX) {
      throw new IllegalArgumentException(
          "expected a life of 1.." + Limits.TTL_MS_MAX + " ms; ttlMs=" + ttlMs);
    }
    return new Lifetime(BatchLayout.FIELD_TTL, ttlMs);
  }

  int field() {
    return field;
  }

  long ms() {
    return ms;
  }
}
