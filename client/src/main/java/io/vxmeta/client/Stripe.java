package io.vxmeta.client;

import io.vxmeta.shardmap.Token;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// What a part of a shard knows of this client's writes to it: how many began or went astray, and
/// the newest revision acknowledged.
final class Stripe {
  /* Threads: all under its own lock, which its user takes, together with the entries of its keys. */

  private static final OptionalLong CURRENT = OptionalLong.of(0);

  private long generation;
  private @Nullable Token written;

  /// The shard went to another group: which of its revisions hold what was acknowledged before is
  /// not known yet.
  private boolean moved;

  /// Changes with every write that begins, or ends without a revision.
  long generation() {
    return generation;
  }

  void disturb() {
    generation++;
  }

  /// The shard belongs to another group now. Revisions of two groups can not be compared, and a
  /// replica may lag so far behind that it answers from a time when its group had the shard once
  /// before. So the first answer that counts is one that was proven to be current.
  void onMove() {
    generation++;
    written = null;
    moved = true;
  }

  /// Whether this holds what was acknowledged; asked of an answer that was sent in this generation.
  boolean admits(KnownRecord known) {
    if (moved && known.proof().stalenessMs().equals(CURRENT)) {
      moved = false;
      written = known.token();
    }
    return !moved && (written == null || known.covers(written));
  }

  void require(Token revision) {
    Token former = written;
    if (moved || (former != null && !former.group().equals(revision.group()))) {
      onMove();
    } else if (former == null || revision.revision().covers(former.revision())) {
      written = revision;
    }
  }
}
