package io.vxmeta.statemachine.table;

import java.io.IOException;
import java.nio.channels.FileChannel;

/// The segments of a table as they were at one moment, to be copied while the writer goes on.
///
/// Threads: taken by the writer; [#copyTo], [#skip] and [#close] by any thread, one thread a
/// segment.
@SuppressWarnings("DoNotCallSuggester") // signatures first
public final class TableCut implements AutoCloseable {

  TableCut() {}

  /// Counts a table's cuts from 1; 0 is the state that [Table#restore] started from.
  public int number() {
    throw new UnsupportedOperationException("not built yet");
  }

  public int segmentCount() {
    throw new UnsupportedOperationException("not built yet");
  }

  public SegmentName name(int segment) {
    throw new UnsupportedOperationException("not built yet");
  }

  /// Length in bytes; the last segment of a file may be short.
  public int length(int segment) {
    throw new UnsupportedOperationException("not built yet");
  }

  /// Whether the segment's bytes may differ from those at the cut before this one, whether that one
  /// was copied or not.
  public boolean dirtySincePreviousCut(int segment) {
    return dirtySince(segment, number() - 1);
  }

  /// Whether the segment's bytes may differ from those at cut `earlierCut`: ask with the number of
  /// the last cut that became a durable snapshot.
  public boolean dirtySince(int segment, int earlierCut) {
    throw new UnsupportedOperationException("not built yet");
  }

  /// Writes the segment's bytes as of the cut to `channel`, once per segment.
  ///
  /// @return their CRC32C
  public int copyTo(int segment, FileChannel channel) throws IOException {
    throw new UnsupportedOperationException("not built yet");
  }

  /// Says that the segment will not be copied, so that the writer need not keep its bytes.
  public void skip(int segment) {
    throw new UnsupportedOperationException("not built yet");
  }

  /// Ends the cut: the writer keeps nothing for it any more.
  @Override
  public void close() {
    throw new UnsupportedOperationException("not built yet");
  }
}
