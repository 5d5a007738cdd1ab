package io.vxmeta.statemachine.batch;

/// The limits of keys, values, transactions and log entries, shared by everybody who checks them.
public final class Limits {
  /* These are promises to clients (and, for the batch, to logs already written): raising one is possible, lowering one
   * makes entries that are already in a log unreadable.
   */

  /// Bytes of a user's key, at most.
  public static final int KEY_BYTES_MAX = 4_096;

  /// Bytes of the namespace id in front of every key inside a table.
  public static final int NAMESPACE_BYTES = 2;

  /// Bytes of a table key (namespace id and user's key), at least: an empty user's key is refused.
  public static final int TABLE_KEY_BYTES_MIN = NAMESPACE_BYTES + 1;

  /// Bytes of a table key, at most.
  public static final int TABLE_KEY_BYTES_MAX = NAMESPACE_BYTES + KEY_BYTES_MAX;

  /// Highest namespace id; 0 is never given out, so that zeroed bytes are not a namespace.
  public static final int NAMESPACE_ID_MAX = 65_535;

  /// Bytes of a value, at most.
  public static final int VALUE_BYTES_MAX = 1 << 20;

  /// Bytes of a counter, the only value that `add` accepts: big-endian two's complement.
  public static final int COUNTER_BYTES = 8;

  /// Bytes of a set or a union of intervals, at most: merging one copies it.
  public static final int COLLECTION_BYTES_MAX = 64 << 10;

  /// Bytes of a member of a set, at most; at least one.
  public static final int SET_MEMBER_BYTES_MAX = 1_024;

  /// Mutations of sets and intervals in one transaction, at most: each may copy
  /// [#COLLECTION_BYTES_MAX].
  public static final int COLLECTION_MUTATIONS_MAX = 1_000;

  /// Compares by digest in one transaction, at most: each may hash [#VALUE_BYTES_MAX].
  public static final int DIGEST_COMPARES_MAX = 32;

  /// Bytes of a value's digest: SHA-256.
  public static final int DIGEST_BYTES = 32;

  /// The longest life that a put may ask for: ten years of 365 days.
  public static final long TTL_MS_MAX = 3_650L * 24 * 60 * 60 * 1_000;

  /// Compares of one transaction, at most.
  public static final int COMPARES_MAX = 1_024;

  /// Mutations of one transaction, at most: one transaction is one uninterrupted piece of apply
  /// work.
  public static final int MUTATIONS_MAX = 10_000;

  /// Highest shard number that can occur: 0..127 hold data, 128 is the root group's shard.
  public static final int SHARD_MAX = 128;

  /// Bytes of a producer's id, exactly.
  public static final int PRODUCER_ID_BYTES = 16;

  /// Highest revision and version: what a group at a million transactions a second reaches after
  /// seventy thousand years. A copy with a higher one is damaged.
  public static final long REVISION_MAX = 1L << 61;

  /// Bytes of one encoded transaction, at most: two of the largest values and room for their keys.
  public static final int TRANSACTION_BYTES_MAX = 3 << 20;

  /// Bytes kept free of a Raft entry for Raft's own envelope (term, index, client id, checksums).
  public static final int ENVELOPE_BYTES = 4 << 10;

  /// Bytes of one batch with its header, at most: what Raft accepts as one entry, less its
  /// envelope.
  public static final int BATCH_BYTES_MAX = (4 << 20) - ENVELOPE_BYTES;

  /// Keys of one multi-get, at most.
  public static final int READ_KEYS_MAX = 1_024;

  /// Bytes of all values of one multi-get, at most: 1,024 of the largest would be 1 GiB of heap for
  /// one call.
  public static final long READ_BYTES_MAX = 32 << 20;

  static {
    if (TRANSACTION_BYTES_MAX + BatchLayout.HEADER_BYTES > BATCH_BYTES_MAX) {
      throw new AssertionError("the largest transaction must fit into a batch of its own");
    }
    if (VALUE_BYTES_MAX + TABLE_KEY_BYTES_MAX + 1_024 > TRANSACTION_BYTES_MAX) {
      throw new AssertionError("the largest record must fit into one transaction");
    }
    if (COLLECTION_BYTES_MAX > VALUE_BYTES_MAX) {
      throw new AssertionError("a collection must be storable as a value");
    }
    if (MUTATIONS_MAX > 0xFFFF || COMPARES_MAX > 0xFFFF || TABLE_KEY_BYTES_MAX > 0xFFFF) {
      throw new AssertionError("counts and key lengths are stored in 16 bits");
    }
  }

  private Limits() {}
}
