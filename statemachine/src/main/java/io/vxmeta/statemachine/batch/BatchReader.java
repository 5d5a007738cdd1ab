package io.vxmeta.statemachine.batch;

import static io.vxmeta.statemachine.batch.BatchLayout.*;

/// Reads a batch in place: checks all of it, then walks its transactions without allocating.
///
/// Use: `open`, then while `next`: if it `isMove`, read that; else read the producer; while
/// `nextCompare`: read the compare; while `nextMutation`: read the mutation. Keys and values are
/// positions in the opened buffer.
public final class BatchReader {
  /* Threads: one at a time.
   * Invariant: `open` returns only if every length, kind, count and reserved bit of the whole batch is good. So nothing of a
   *   bad batch is ever applied, not even its good beginning, and the walk afterwards needs no checks.
   */

  private static final byte[] NOTHING = new byte[0];

  private final BatchCheck check = new BatchCheck();
  private final MoveReader move = new MoveReader();
  private byte[] buffer = NOTHING;
  private int start;
  private int transactions;

  // Cursor over transactions.
  private int transaction;
  private int nextTransaction;
  private int read;

  // Cursors inside the current transaction.
  private int comparesLeft;
  private int compare;
  private int nextCompare;
  private int mutationsLeft;
  private int mutation;
  private int firstMutation;
  private int nextMutation;

  /// Checks a whole batch and stands before its first transaction.
  ///
  /// @throws BatchFormatException if the bytes are not a batch of a format version known here
  public void open(byte[] buffer, int offset, int length) {
    this.buffer = NOTHING;
    this.transactions = 0;
    check.check(buffer, offset, length);
    this.buffer = buffer;
    this.start = offset;
    this.transactions = LittleEndian.i32(buffer, offset + TRANSACTIONS_AT);
    rewind();
  }

  /// Stands before the first transaction again.
  public void rewind() {
    read = 0;
    nextTransaction = start + HEADER_BYTES;
  }

  /// The leader's clock when the batch was sealed, milliseconds since 1970.
  public long leaderTimeMs() {
    return LittleEndian.i64(buffer, start + LEADER_TIME_AT);
  }

  /// Number of transactions in the batch.
  public int transactions() {
    return transactions;
  }

  /// The opened buffer, in which all offsets are.
  public byte[] buffer() {
    return buffer;
  }

  /// Moves to the next transaction; false at the end.
  public boolean next() {
    if (read == transactions) {
      return false;
    }
    read++;
    transaction = nextTransaction;
    nextTransaction += LittleEndian.i32(buffer, transaction + TX_BYTES_AT);
    rewindCompares();
    firstMutation = -1;
    mutationsLeft = 0;
    return true;
  }

  /// True if the transaction is an entry of a shard's move: then `move` reads it, and it has no
  /// producer, compares and mutations.
  public boolean isMove() {
    return LittleEndian.u16(buffer, transaction + TX_FLAGS_AT) != 0;
  }

  /// Stands before the first record of the entry of a move; valid until `next`.
  public MoveReader move() {
    move.open(buffer, transaction);
    return move;
  }

  /// Shard of the transaction's first key.
  public int shard() {
    return LittleEndian.u16(buffer, transaction + TX_SHARD_AT);
  }

  /// True if a producer numbers this transaction.
  public boolean hasProducer() {
    return epoch() != 0;
  }

  /// Where the producer's 16 bytes are.
  public int producerIdOffset() {
    return transaction + TX_PRODUCER_AT;
  }

  /// The producer's epoch, unsigned 32 bits; 0 without a producer.
  public long epoch() {
    return Integer.toUnsignedLong(LittleEndian.i32(buffer, transaction + TX_EPOCH_AT));
  }

  /// The producer's sequence; 0 without a producer.
  public long sequence() {
    return LittleEndian.i64(buffer, transaction + TX_SEQUENCE_AT);
  }

  /// Number of compares of the transaction.
  public int compares() {
    return LittleEndian.u16(buffer, transaction + TX_COMPARES_AT);
  }

  /// Number of mutations of the transaction.
  public int mutations() {
    return LittleEndian.u16(buffer, transaction + TX_MUTATIONS_AT);
  }

  /// Stands before the first compare of the transaction again.
  public void rewindCompares() {
    comparesLeft = compares();
    nextCompare = transaction + TRANSACTION_HEADER_BYTES;
  }

  /// Moves to the next compare; false behind the last.
  public boolean nextCompare() {
    if (comparesLeft == 0) {
      return false;
    }
    comparesLeft--;
    compare = nextCompare;
    nextCompare = compareEnd(buffer, compare);
    return true;
  }

  /// What the compare demands.
  public CompareKind compareKind() {
    return CompareKind.ofCode(buffer[compare + COMPARE_KIND_AT]);
  }

  /// Shard of the compare's key.
  public int compareShard() {
    return LittleEndian.u16(buffer, compare + COMPARE_SHARD_AT);
  }

  /// Where the compare's table key begins.
  public int compareKeyOffset() {
    return compare + COMPARE_HEADER_BYTES;
  }

  /// Bytes of the compare's table key.
  public int compareKeyLength() {
    return LittleEndian.u16(buffer, compare + COMPARE_KEY_BYTES_AT);
  }

  /// The demanded version; 0 for the kinds without one.
  public long compareVersion() {
    return LittleEndian.i64(buffer, compare + COMPARE_VERSION_AT);
  }

  /// Where the 32 bytes of a compared digest are.
  public int compareDigestOffset() {
    return compareKeyOffset() + compareKeyLength();
  }

  /// Stands before the first mutation of the transaction again.
  public void rewindMutations() {
    if (firstMutation < 0) {
      while (comparesLeft > 0) {
        comparesLeft--;
        nextCompare = compareEnd(buffer, nextCompare);
      }
      firstMutation = nextCompare;
    }
    nextMutation = firstMutation;
    mutationsLeft = mutations();
  }

  /// Moves to the next mutation; false behind the last. Call `rewindMutations` before the first.
  public boolean nextMutation() {
    if (mutationsLeft == 0) {
      return false;
    }
    mutationsLeft--;
    mutation = nextMutation;
    nextMutation = mutationEnd(buffer, mutation);
    return true;
  }

  /// What the mutation does.
  public MutationKind mutationKind() {
    return MutationKind.ofCode(buffer[mutation + MUTATION_KIND_AT]);
  }

  /// Shard of the mutation's key.
  public int mutationShard() {
    return LittleEndian.u16(buffer, mutation + MUTATION_SHARD_AT);
  }

  /// Where the mutation's table key begins.
  public int mutationKeyOffset() {
    return mutation + MUTATION_HEADER_BYTES;
  }

  /// Bytes of the mutation's table key.
  public int mutationKeyLength() {
    return LittleEndian.u16(buffer, mutation + MUTATION_KEY_BYTES_AT);
  }

  /// The user's flags of a put; 0 if none were given.
  public int flags() {
    return (fields() & FIELD_FLAGS) == 0 ? 0 : LittleEndian.i32(buffer, optionalOffset());
  }

  /// The expiry of a put in leader time; 0 = never.
  public long expiresAtMs() {
    int fields = fields();
    return (fields & FIELD_EXPIRY) == 0
        ? 0
        : LittleEndian.i64(buffer, optionalOffset() + optionalBytes(fields & FIELD_FLAGS));
  }

  /// How long the record of a put lives from the log's time on, in milliseconds; 0 = not given.
  public long ttlMs() {
    int fields = fields();
    return (fields & FIELD_TTL) == 0
        ? 0
        : LittleEndian.i64(buffer, optionalOffset() + optionalBytes(fields & FIELD_FLAGS));
  }

  /// Where the value of a put, or what is merged, begins.
  public int valueOffset() {
    return optionalOffset() + optionalBytes(fields());
  }

  /// Bytes of the value of a put, or of what is merged.
  public int valueLength() {
    return LittleEndian.i32(buffer, mutation + MUTATION_VALUE_BYTES_AT);
  }

  /// What an add adds, or the number of a max or min.
  public long delta() {
    return LittleEndian.i64(buffer, optionalOffset());
  }

  private int fields() {
    return buffer[mutation + MUTATION_FIELDS_AT];
  }

  private int optionalOffset() {
    return mutation + MUTATION_HEADER_BYTES + mutationKeyLength();
  }
}
