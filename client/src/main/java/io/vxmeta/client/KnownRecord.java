package io.vxmeta.client;

import io.vxmeta.shardmap.Revision;
import io.vxmeta.shardmap.Token;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/// What one answer said of one key: the record or its absence at a revision, and since when that
/// revision is proven to hold everything acknowledged.
record KnownRecord(Optional<StoredRecord> record, Freshness origin, Proof proof) {
  /* Immutable, and true for ever: what was so at a revision stays so. It only becomes too old for what a read asks.
   *
   * Lemma of the later proof: a revision holds all that a lower one of its group holds. So what is proven of the lower one
   * ("it held whatever was acknowledged before t") is true of the higher one, too.
   * Lemma of the quiet record: a record that was last written at version v and seen at revision r was the same at every
   * revision from v to r. Of an absent key nobody knows since when it is absent. Both rest on this: everything that changes
   * a record, its expiry included, takes a revision. */

  /// The read was sent at that moment, and its answer was at most so old when it was served; empty
  /// when nothing was proven.
  record Proof(Moment sent, OptionalLong stalenessMs) {

    /// How old what was read is at most; empty when nothing was proven. Served is not earlier than
    /// sent, so counting from the sending errs to the safe side.
    OptionalLong ageNanos(Moment now) {
      return stalenessMs.isEmpty()
          ? OptionalLong.empty()
          : OptionalLong.of(
              now.nanosSince(sent) + TimeUnit.MILLISECONDS.toNanos(stalenessMs.getAsLong()));
    }

    private Proof later(Proof other) {
      if (stalenessMs.isPresent() != other.stalenessMs.isPresent()) {
        return stalenessMs.isPresent() ? this : other;
      }
      return holdsUntilNanos() - other.holdsUntilNanos() >= 0 ? this : other;
    }

    private long holdsUntilNanos() {
      return sent.monotonicNanos() - TimeUnit.MILLISECONDS.toNanos(stalenessMs.orElse(0));
    }
  }

  Token token() {
    return origin.token();
  }

  Revision revision() {
    return token().revision();
  }

  /// Whether this is of the token's history, and not before it.
  boolean covers(Token other) {
    return isOfTheHistoryOf(other) && revision().covers(other.revision());
  }

  boolean isOfTheHistoryOf(Token other) {
    return token().group().equals(other.group()) && token().clusterId().equals(other.clusterId());
  }

  /// What is known after this was learned as well: the record of the higher revision, with the
  /// later proof.
  KnownRecord and(KnownRecord learned) {
    if (!isOfTheHistoryOf(learned.token())) {
      return learned;
    }
    KnownRecord newer = learned.revision().covers(revision()) ? learned : this;
    return new KnownRecord(newer.record, newer.origin, learned.proof.later(proof));
  }

  /// Whether the key had this record, or none, at an earlier revision as well.
  private boolean heldAt(Revision earlier) {
    return earlier.equals(revision())
        || record.filter(found -> earlier.covers(found.version())).isPresent();
  }

  /// The one with the lowest revision, if all of them held at that revision and so are one state of
  /// their group; empty when that is not known. At least one.
  static Optional<KnownRecord> eldestOf(List<KnownRecord> all) {
    KnownRecord eldest = all.get(0);
    for (KnownRecord each : all) {
      if (!each.isOfTheHistoryOf(eldest.token())) {
        return Optional.empty();
      }
      if (!each.revision().covers(eldest.revision())) {
        eldest = each;
      }
    }
    for (KnownRecord each : all) {
      if (!each.heldAt(eldest.revision())) {
        return Optional.empty();
      }
      if (each.revision().equals(eldest.revision())) {
        eldest = new KnownRecord(eldest.record, eldest.origin, eldest.proof.later(each.proof));
      }
    }
    return Optional.of(eldest);
  }

  /// As an answer from memory gives it; of its record the metadata alone, if only keys are wanted.
  static Optional<StoredRecord> shown(KnownRecord known, ReadOptions.Projection projection) {
    return projection == ReadOptions.Projection.WHOLE_RECORDS
        ? known.record
        : known.record.map(KnownRecord::withoutValue);
  }

  private static StoredRecord withoutValue(StoredRecord whole) {
    return new StoredRecord(
        whole.key(),
        Bytes.EMPTY,
        whole.version(),
        whole.createVersion(),
        whole.flags(),
        whole.expiresAtMs());
  }
}
