package io.vxmeta.client;

import io.vxmeta.shardmap.Token;
import org.jspecify.annotations.Nullable;

/// What a part of a shard knows of this client's writes to it: how many began or went astray, and
/// the newest revision acknowledged.
final class Stripe {
  /* Threads: all under its own lock, which its user takes, together with the entries of its keys. */

  private long generation;
  private @Nullable Token written;

  /// Changes with every write that begins, or ends without a revision.
  long generation() {
    return generation;
  }

  void disturb() {
    generation++;
  }

  /// Whether this holds what was acknowledged.
  boolean admits(KnownRecord known) {
    return written == null || known.covers(written);
  }

  /// Of another group, after shards have moved, what comes last counts.
  void require(Token revision) {
    Token former = written;
    if (former == null
        || !former.group().equals(revision.group())
        || revision.revision().covers(former.revision())) {
      written = revision;
    }
  }
}
