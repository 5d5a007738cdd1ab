package io.vxmeta.statemachine.batch;

import static io.vxmeta.statemachine.batch.BatchLayout.*;

import java.util.Arrays;

/// Encodes one transaction after the other into the batch format, reusing its buffer.
///
/// Use: `begin` or `beginAnonymous`, then all compares, then all mutations, then `end`. A
/// transaction that was begun and not ended is forgotten by the next `begin`. Keys are user's keys;
/// they are stored as table keys, behind the namespace id given to `begin`. The caller has checked
/// the request against [Limits]; breaking one here is its error and throws.
public final class TransactionEncoder {
  /* Threads: one at a time. Memory: the buffer grows by doubling to what the largest transaction needed and is cut back
   * after a large one, so that an idle encoder holds at most KEPT_BYTES.
   */

  private static final int INITIAL_BYTES = 1 << 10;
  private static final int KEPT_BYTES = 256 << 10;

  /// What a mutation of a collection and a compare by digest cost beside a simple mutation, about.
  private static final int HEAVY_STEPS = 16;

  private byte[] buffer = new byte[INITIAL_BYTES];
  private int namespace;
  private int size;
  private int compares;
  private int mutations;
  private int heavyCompares;
  private int heavyMutations;
  private int formatVersion;
  private boolean open;

  /// Begins a transaction of a producer.
  ///
  /// @param namespace id of the namespace of all its keys, 1..65,535
  /// @param producerId the 16 bytes of the producer's id
  /// @param epoch unsigned 32 bits, from 1
  /// @param sequence from 1
  public TransactionEncoder begin(int namespace, byte[] producerId, int epoch, long sequence) {
    check(
        producerId.length == Limits.PRODUCER_ID_BYTES,
        "producer id of 16 bytes",
        "bytes",
        producerId.length);
    check(epoch != 0, "producer epoch from 1", "epoch", epoch);
    check(sequence > 0, "producer sequence from 1", "sequence", sequence);
    beginAnonymous(namespace);
    System.arraycopy(producerId, 0, buffer, TX_PRODUCER_AT, Limits.PRODUCER_ID_BYTES);
    LittleEndian.i32(buffer, TX_EPOCH_AT, epoch);
    LittleEndian.i64(buffer, TX_SEQUENCE_AT, sequence);
    return this;
  }

  /// Begins a transaction without a producer: nothing protects it against being applied twice.
  public TransactionEncoder beginAnonymous(int namespace) {
    check(
        namespace > 0 && namespace <= Limits.NAMESPACE_ID_MAX,
        "namespace id 1.." + Limits.NAMESPACE_ID_MAX,
        "namespace",
        namespace);
    this.namespace = namespace;
    Arrays.fill(buffer, 0, TRANSACTION_HEADER_BYTES, (byte) 0);
    size = TRANSACTION_HEADER_BYTES;
    compares = 0;
    mutations = 0;
    heavyCompares = 0;
    heavyMutations = 0;
    formatVersion = FORMAT_VERSION_FIRST;
    open = true;
    return this;
  }

  /// Demands that the record exists and was last written at `version`, from 1.
  public TransactionEncoder compareVersion(int shard, Slice key, long version) {
    check(version > 0, "compared version from 1", "version", version);
    compare(CompareKind.VERSION_EQUALS, shard, key, version);
    return this;
  }

  /// Demands that the record exists.
  public TransactionEncoder compareExists(int shard, Slice key) {
    compare(CompareKind.EXISTS, shard, key, 0);
    return this;
  }

  /// Demands that there is no such record.
  public TransactionEncoder compareAbsent(int shard, Slice key) {
    compare(CompareKind.ABSENT, shard, key, 0);
    return this;
  }

  /// Demands that the record exists and its value has this SHA-256.
  public TransactionEncoder compareDigest(int shard, Slice key, Slice digest) {
    check(digest.length() == Limits.DIGEST_BYTES, "digest of 32 bytes", "bytes", digest.length());
    check(
        heavyCompares < Limits.DIGEST_COMPARES_MAX,
        "room for a compare by digest",
        "digestCompares",
        heavyCompares);
    compare(CompareKind.VALUE_DIGEST, shard, key, 0);
    int at = reserve(Limits.DIGEST_BYTES);
    digest.copyTo(buffer, at);
    heavyCompares++;
    formatVersion = FORMAT_VERSION_KINDS;
    return this;
  }

  /// Stores a value that never expires, with the user's 32 flags.
  public TransactionEncoder put(int shard, Slice key, Slice value, int flags) {
    return putExpiring(shard, key, value, flags, 0);
  }

  /// Stores a value with an expiry: leader time in milliseconds since 1970, 0 = never.
  public TransactionEncoder putExpiring(
      int shard, Slice key, Slice value, int flags, long expiresAtMs) {
    return put(shard, key, value, flags, Lifetime.until(expiresAtMs));
  }

  /// Stores a value that lives as long as `lifetime` says.
  public TransactionEncoder put(int shard, Slice key, Slice value, int flags, Lifetime lifetime) {
    check(
        value.length() <= Limits.VALUE_BYTES_MAX,
        "value of at most " + Limits.VALUE_BYTES_MAX + " bytes",
        "valueBytes",
        value.length());
    int at = stored(MutationKind.PUT, shard, key, value.length(), flags, lifetime);
    value.copyTo(buffer, at);
    return this;
  }

  /// Stores a value with the time of its event, unless one of that time or later is there.
  public TransactionEncoder putIfNewer(
      int shard, Slice key, long eventTime, Slice value, int flags, Lifetime lifetime) {
    int length = StampedForm.HEADER_BYTES + value.length();
    check(
        length <= Limits.VALUE_BYTES_MAX,
        "value of at most " + (Limits.VALUE_BYTES_MAX - StampedForm.HEADER_BYTES) + " bytes",
        "valueBytes",
        value.length());
    int at = stored(MutationKind.PUT_IF_NEWER, shard, key, length, flags, lifetime);
    StampedForm.write(buffer, at, eventTime, value);
    return this;
  }

  /// Writes header, key, flags and lifetime, reserves the value and returns where it begins.
  private int stored(
      MutationKind kind, int shard, Slice key, int length, int flags, Lifetime lifetime) {
    int fields = (flags != 0 ? FIELD_FLAGS : 0) | lifetime.field();
    int at = mutation(kind, shard, key, length, fields);
    if (flags != 0) {
      LittleEndian.i32(buffer, at, flags);
      at += Integer.BYTES;
    }
    if (lifetime.field() != 0) {
      LittleEndian.i64(buffer, at, lifetime.ms());
      at += Long.BYTES;
    }
    return at;
  }

  /// Removes a record.
  public TransactionEncoder delete(int shard, Slice key) {
    mutation(MutationKind.DELETE, shard, key, 0, 0);
    return this;
  }

  /// Adds `delta` to a counter.
  public TransactionEncoder add(int shard, Slice key, long delta) {
    return number(MutationKind.ADD, shard, key, delta);
  }

  /// Raises a counter to `number`, if it is lower.
  public TransactionEncoder max(int shard, Slice key, long number) {
    return number(MutationKind.MAX, shard, key, number);
  }

  /// Lowers a counter to `number`, if it is higher.
  public TransactionEncoder min(int shard, Slice key, long number) {
    return number(MutationKind.MIN, shard, key, number);
  }

  private TransactionEncoder number(MutationKind kind, int shard, Slice key, long number) {
    int at = mutation(kind, shard, key, Limits.COUNTER_BYTES, 0);
    LittleEndian.i64(buffer, at, number);
    return this;
  }

  /// Adds the members of a [SetForm].
  public TransactionEncoder setAdd(int shard, Slice key, Slice members) {
    return collection(MutationKind.SET_ADD, shard, key, members);
  }

  /// Takes out the members of a [SetForm].
  public TransactionEncoder setRemove(int shard, Slice key, Slice members) {
    return collection(MutationKind.SET_REMOVE, shard, key, members);
  }

  /// Adds the intervals of an [IntervalsForm].
  public TransactionEncoder intervalsAdd(int shard, Slice key, Slice intervals) {
    return collection(MutationKind.INTERVALS_ADD, shard, key, intervals);
  }

  private TransactionEncoder collection(MutationKind kind, int shard, Slice key, Slice operand) {
    check(
        operand.length() > 0 && operand.length() <= Limits.COLLECTION_BYTES_MAX,
        "a form of at most " + Limits.COLLECTION_BYTES_MAX + " bytes",
        "bytes",
        operand.length());
    check(
        heavyMutations < Limits.COLLECTION_MUTATIONS_MAX,
        "room for a mutation of a collection",
        "collectionMutations",
        heavyMutations);
    int at = mutation(kind, shard, key, operand.length(), 0);
    operand.copyTo(buffer, at);
    heavyMutations++;
    return this;
  }

  /// Removes a record of any namespace whose expiry has come by the time of the log.
  ///
  /// @param tableKey namespace id and user's key
  public TransactionEncoder expire(int shard, Slice tableKey) {
    check(
        tableKey.length() >= Limits.TABLE_KEY_BYTES_MIN
            && tableKey.length() <= Limits.TABLE_KEY_BYTES_MAX,
        "a table key",
        "bytes",
        tableKey.length());
    int at = header(MutationKind.EXPIRE, shard, tableKey.length(), 0, 0);
    tableKey.copyTo(buffer, at);
    return this;
  }

  /// Bytes the transaction takes so far; compare with [Limits#TRANSACTION_BYTES_MAX] before `end`.
  public int size() {
    return size;
  }

  /// Finishes the transaction.
  public EncodedTransaction end() {
    checkOpen();
    check(compares + mutations > 0, "at least one compare or mutation", "compares+mutations", 0);
    check(
        size <= Limits.TRANSACTION_BYTES_MAX,
        "transaction of at most " + Limits.TRANSACTION_BYTES_MAX + " bytes",
        "bytes",
        size);
    LittleEndian.i32(buffer, TX_BYTES_AT, size);
    LittleEndian.u16(buffer, TX_COMPARES_AT, compares);
    LittleEndian.u16(buffer, TX_MUTATIONS_AT, mutations);
    EncodedTransaction transaction =
        new EncodedTransaction(
            Arrays.copyOf(buffer, size),
            formatVersion,
            mutations + HEAVY_STEPS * (heavyCompares + heavyMutations));
    open = false;
    if (buffer.length > KEPT_BYTES) {
      buffer = new byte[INITIAL_BYTES];
    }
    return transaction;
  }

  private void compare(CompareKind kind, int shard, Slice key, long version) {
    checkOpen();
    check(mutations == 0, "compares before mutations", "mutations", mutations);
    check(compares < Limits.COMPARES_MAX, "room for a compare", "compares", compares);
    checkKey(shard, key);
    int at = reserve(COMPARE_HEADER_BYTES + Limits.NAMESPACE_BYTES + key.length());
    noteFirstShard(shard);
    buffer[at + COMPARE_KIND_AT] = (byte) kind.code();
    buffer[at + COMPARE_RESERVED_AT] = 0;
    LittleEndian.u16(buffer, at + COMPARE_SHARD_AT, shard);
    LittleEndian.u16(buffer, at + COMPARE_KEY_BYTES_AT, Limits.NAMESPACE_BYTES + key.length());
    LittleEndian.i64(buffer, at + COMPARE_VERSION_AT, version);
    tableKey(at + COMPARE_HEADER_BYTES, key);
    compares++;
  }

  /// Writes header and key, reserves the rest and returns where it begins.
  private int mutation(MutationKind kind, int shard, Slice key, int valueLength, int fields) {
    checkKey(shard, key);
    int tableKeyLength = Limits.NAMESPACE_BYTES + key.length();
    int at = header(kind, shard, tableKeyLength, valueLength, fields);
    tableKey(at, key);
    return at + tableKeyLength;
  }

  /// Writes the header, reserves the rest and returns where the table key begins.
  private int header(
      MutationKind kind, int shard, int tableKeyLength, int valueLength, int fields) {
    checkOpen();
    check(mutations < Limits.MUTATIONS_MAX, "room for a mutation", "mutations", mutations);
    if (!MutationKind.isCode(kind.code(), FORMAT_VERSION_FIRST)
        || !fieldsKnown(fields, FORMAT_VERSION_FIRST)) {
      formatVersion = FORMAT_VERSION_KINDS;
    }
    int at = reserve(MUTATION_HEADER_BYTES + tableKeyLength + optionalBytes(fields) + valueLength);
    noteFirstShard(shard);
    buffer[at + MUTATION_KIND_AT] = (byte) kind.code();
    buffer[at + MUTATION_FIELDS_AT] = (byte) fields;
    LittleEndian.u16(buffer, at + MUTATION_SHARD_AT, shard);
    LittleEndian.u16(buffer, at + MUTATION_KEY_BYTES_AT, tableKeyLength);
    LittleEndian.i32(buffer, at + MUTATION_VALUE_BYTES_AT, valueLength);
    mutations++;
    return at + MUTATION_HEADER_BYTES;
  }

  private void noteFirstShard(int shard) {
    if (compares + mutations == 0) {
      LittleEndian.u16(buffer, TX_SHARD_AT, shard);
    }
  }

  private void tableKey(int at, Slice key) {
    LittleEndian.u16(buffer, at, namespace);
    key.copyTo(buffer, at + Limits.NAMESPACE_BYTES);
  }

  private int reserve(int bytes) {
    int at = size;
    size += bytes;
    if (size > buffer.length) {
      buffer = Arrays.copyOf(buffer, Math.max(size, buffer.length * 2));
    }
    return at;
  }

  private void checkOpen() {
    if (!open) {
      throw new IllegalStateException("expected a begun transaction; call begin first");
    }
  }

  private static void checkKey(int shard, Slice key) {
    check(shard >= 0 && shard <= Limits.SHARD_MAX, "shard 0.." + Limits.SHARD_MAX, "shard", shard);
    check(
        key.length() > 0 && key.length() <= Limits.KEY_BYTES_MAX,
        "key of 1.." + Limits.KEY_BYTES_MAX + " bytes",
        "keyBytes",
        key.length());
  }

  private static void check(boolean holds, String expected, String name, long actual) {
    if (!holds) {
      throw new IllegalArgumentException(
          "cannot encode transaction: expected "
              + expected
              + "; "
              + name
              + "="
              + actual
              + "; check the request against Limits before encoding it");
    }
  }
}
