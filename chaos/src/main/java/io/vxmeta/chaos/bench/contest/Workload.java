package io.vxmeta.chaos.bench.contest;

/// What a benchmark's callers do, in words that fit any store.
enum Workload {
  /// A put of a new key.
  INSERT("insert", 256, 1),
  /// A put of a new key, a transaction of its own on a write stream.
  INSERT_STREAM("insert-stream", 1_024, 1),
  /// A put of a key that is there.
  UPDATE("update", 256, 1),
  /// A hundred puts of new keys in one transaction, streamed where the store has streams; each put
  /// counts.
  BULK("bulk", 256, Workload.BULK_PUTS),
  /// A read of one key.
  GET("get", 256, 1),
  /// A read of 128 keys in one call; each key counts.
  MGET128("mget128", 16, Workload.MGET_KEYS),
  /// The same, pipelined on one stream.
  STREAM128("stream128", 16, Workload.MGET_KEYS),
  /// 95 reads of one key to 5 updates.
  MIXED95("mixed95", 256, 1),
  /// 50 reads of one key to 50 updates.
  MIXED50("mixed50", 256, 1);

  static final int BULK_PUTS = 100;
  static final int MGET_KEYS = 128;

  private final String word;
  private final int inFlight;
  private final int operations;

  Workload(String word, int inFlight, int operations) {
    this.word = word;
    this.inFlight = inFlight;
    this.operations = operations;
  }

  String word() {
    return word;
  }

  /// Calls in flight unless told otherwise.
  int inFlight() {
    return inFlight;
  }

  /// That one call counts for.
  int operations() {
    return operations;
  }
}
