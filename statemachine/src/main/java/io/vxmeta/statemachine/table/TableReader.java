package io.vxmeta.statemachine.table;

/// Reads a table beside its writer: never a torn record, never a wait for a lock, never in the
/// writer's way.
///
/// Threads: any number may share one reader; the views belong to their threads.
@SuppressWarnings("DoNotCallSuggester") // signatures first
public final class TableReader {

  TableReader() {}

  /// Copies the record of a key as it is at one moment of this call.
  ///
  /// @return whether there is one
  public boolean get(byte[] buffer, int keyOffset, int keyLength, RecordView into) {
    throw new UnsupportedOperationException("not built yet");
  }

  /// Whether the key's record, or its absence, has been the same all the time since `seen` was
  /// filled by this table for the same key. False may be a false alarm, true never is.
  public boolean unchanged(byte[] buffer, int keyOffset, int keyLength, RecordView seen) {
    throw new UnsupportedOperationException("not built yet");
  }

  /// Hands over whole buckets until at least `recordsMin` records went to `sink`, values included.
  ///
  /// A cursor is a place in the order of hashes and depends on nothing else: it survives growth, a
  /// restart and a change of replica. Every key that is in the table throughout the scan is handed
  /// over exactly once; of keys that come or go meanwhile, some.
  ///
  /// @param cursor 0 to start, then what the last call returned
  /// @return the next cursor, or [Table#SCAN_END]
  public long scan(long cursor, int recordsMin, RecordSink sink) {
    return scan(cursor, recordsMin, RecordView.whole(), sink);
  }

  /// As [#scan(long, int, RecordSink)], with a view of the caller's: with or without values.
  public long scan(long cursor, int recordsMin, RecordView view, RecordSink sink) {
    throw new UnsupportedOperationException("not built yet");
  }
}
