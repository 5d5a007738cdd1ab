package io.vxmeta.statemachine;

/// A read of a shard that this group does not answer for; nothing of the read may be used.
public final class ShardNotServed extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int shard;
  private final transient ShardStanding standing;

  ShardNotServed(int shard, ShardStanding standing) {
    super(
        "expected a shard that this group serves; shard="
            + shard
            + " phase="
            + standing.phase()
            + " attempt="
            + standing.attempt()
            + "; ask the group that the newest map names",
        null,
        false,
        false);
    this.shard = shard;
    this.standing = standing;
  }

  public int shard() {
    return shard;
  }

  /// AWAY: another group answers. Else: this one will, or another one; ask again soon.
  public ShardStanding standing() {
    return standing;
  }
}
