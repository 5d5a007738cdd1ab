package io.vxmeta.chaos.seeded;

/// Every method and field of the code under test that [Sabotage] reaches by reflection, as its
/// source declares it.
enum Member {
  /* Declared here and nowhere else, so that BugPlacesTest can look all of them up: a bug whose member is gone would else be found
   * out only when it is played. A declaration is `result name(parameters)` or `type name`, types by their simple names. */

  ROUND_TERM(Type.ROUND, "long term"),
  ROUND_PROVEN(Type.ROUND, "boolean proven()"),

  LOG_FLUSH(Type.RATIS + "raftlog.segmented.SegmentedRaftLogOutputStream", "void flush()"),
  VOTE_FILE(Type.VOTE, "File file"),
  VOTE_HELD(Type.VOTE, "AtomicReference metadata"),
  VOTE_WRITE(Type.VOTE, "RaftStorageMetadata atomicWrite(RaftStorageMetadata, File)"),

  WINDOW_HOLDS(Type.STATE + "AnswerWindow", "boolean holds(long)"),
  TABLE_FIND(Type.TABLE + "Table", "boolean find(byte[], int, int, RecordView)"),
  KEY_BYTES_MAX(Type.TABLE + "Table", "int KEY_BYTES_MAX"),
  VIEW_VERSION(Type.TABLE + "RecordView", "long version"),
  REWIND_MUTATIONS(Type.BATCH, "void rewindMutations()"),
  NEXT_MUTATION(Type.BATCH, "boolean nextMutation()"),
  MUTATIONS(Type.BATCH, "int mutations()"),
  MUTATION_KIND(Type.BATCH, "MutationKind mutationKind()"),
  MUTATION_SHARD(Type.BATCH, "int mutationShard()"),
  LEADER_TIME(Type.BATCH, "long leaderTimeMs()"),
  KIND_PUT(Type.STATE + "batch.MutationKind", "MutationKind PUT"),
  COMPARES_HOLD(Type.TRANSACTIONS, "boolean comparesHold(BatchReader, Answer)"),
  TRANSACTIONS_TABLES(Type.TRANSACTIONS, "ShardTables tables"),
  TRANSACTIONS_SEQUENCE(Type.TRANSACTIONS, "GroupSequence sequence"),
  TRANSACTIONS_PUT(Type.TRANSACTIONS, "boolean put(Table, BatchReader, long, long)"),
  TABLE_OF_SHARD(Type.STATE + "ShardTables", "Table table(int)"),
  REVISION(Type.STATE + "GroupSequence", "long revision()"),

  WRITER_RECORDS(Type.TABLE + "BucketWriter", "RecordHeap records"),
  WRITER_INDEX(Type.TABLE + "BucketWriter", "BucketIndex index"),
  READ_KEY(Type.TABLE + "RecordHeap", "int readKey(long, byte[])"),
  KEY_HASH(Type.TABLE + "KeyHash", "long of(byte[], int, int)"),
  FINGERPRINT(Type.TABLE + "KeyHash", "short fingerprint(long)"),
  COLLECT(Type.TABLE + "BucketIndex", "boolean collect(long, int, ChainSlots)"),
  ADD_SLOT(Type.TABLE + "ChainSlots", "void add(long, short)"),

  FETCH(Type.RAFT + "ratis.SnapshotSource", "Optional fetch(ShardGroupId, String, long)"),
  POINT_INDEX(Type.RAFT + "ratis.Replica$SnapshotPoint", "long index()"),
  MACHINE_APPLIED(Type.RAFT + "ratis.GroupMachine", "AppliedIndex applied"),
  ADVANCE(Type.RAFT + "ratis.AppliedIndex", "void advance(long)"),
  READ_CHUNK(Type.RAFT + "peer.SnapshotTransfer", "byte[] read(FileChannel, int)"),

  COPY_IMAGE(Type.TABLE + "TableImage", "void copyTo(LiveFile, LiveFile)"),
  IMAGE_HEADER(Type.TABLE + "TableImage", "TableHeader header()"),
  HEAP_BYTES(Type.TABLE + "TableHeader", "long heapBytes()"),
  LIVE_REGION(Type.TABLE + "LiveFile", "LiveRegion region"),
  LIVE_BYTES(Type.TABLE + "LiveFile", "MemorySegment bytes()"),
  REGION_FILE(Type.STATE + "os.LiveRegion", "Path file()"),
  SLAB_BYTES(Type.SIZE_CLASS, "int SLAB_BYTES"),
  SLAB_HEADER_BYTES(Type.SIZE_CLASS, "int SLAB_HEADER_BYTES"),
  SLAB_WORDS(Type.SIZE_CLASS, "int words(int)"),
  SLAB_CLASS_AT(Type.TABLE + "Heap", "int CLASS_AT"),

  /// Native memory: only the table's room may name its type.
  SLICE("java.lang.foreign.MemorySegment", "MemorySegment asSlice(long, long)"),
  AS_BUFFER("java.lang.foreign.MemorySegment", "ByteBuffer asByteBuffer()"),

  NOTHING_HAPPENED("io.vxmeta.client.Ending$Doubt", "Doubt NOTHING_HAPPENED");

  private final String type;
  private final String declaration;

  Member(String type, String declaration) {
    this.type = type;
    this.declaration = declaration;
  }

  /// Binary name of the class that declares it.
  String type() {
    return type;
  }

  String declaration() {
    return declaration;
  }

  boolean isMethod() {
    return declaration.endsWith(")");
  }

  private static final class Type {
    static final String RAFT = "io.vxmeta.raft.";
    static final String ROUND = RAFT + "read.GroupBarrier$Round";
    static final String RATIS = "org.apache.ratis.server.";
    static final String VOTE = RATIS + "storage.RaftStorageMetadataFileImpl";
    static final String STATE = "io.vxmeta.statemachine.";
    static final String TRANSACTIONS = STATE + "Transactions";
    static final String BATCH = STATE + "batch.BatchReader";
    static final String TABLE = STATE + "table.";
    static final String SIZE_CLASS = TABLE + "SizeClass";
  }
}
