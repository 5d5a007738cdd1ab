package io.vxmeta.statemachine.table;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Objects;
import java.util.zip.CRC32C;

/// The segments of a table as they were at one moment, to be copied while the writer goes on.
///
/// Threads: taken by the writer; [#copyTo], [#skip] and [#close] by any thread, one thread a
/// segment. Close it BEFORE the table.
public final class TableCut implements AutoCloseable {

  private final Name name;
  private final CutFile index;
  private final CutFile heap;
  private final CutAsides asides;

  /// Which cut of which table.
  ///
  /// @param incarnation tells tables that a shard had one after the other apart; 0 of the first one
  /// @param number counts a table's cuts from 1; 0 is the state that [Table#restore] started from
  public record Name(int shard, int incarnation, int number) {
    /// Before the first cut of a shard's first table.
    public static Name first(int shard) {
      return new Name(shard, 0, 0);
    }
  }

  TableCut(Name name, CutFile index, CutFile heap, CutAsides asides) {
    this.name = name;
    this.index = index;
    this.heap = heap;
    this.asides = asides;
  }

  public Name name() {
    return name;
  }

  /// Counts a table's cuts from 1; 0 is the state that [Table#restore] started from.
  public int number() {
    return name.number();
  }

  public int segmentCount() {
    return index.segments() + heap.segments();
  }

  public SegmentName name(int segment) {
    SegmentName.Part part = inIndex(segment) ? SegmentName.Part.INDEX : SegmentName.Part.HEAP;
    return new SegmentName(name.shard(), part, inFile(segment));
  }

  private boolean inIndex(int segment) {
    return Objects.checkIndex(segment, segmentCount()) < index.segments();
  }

  private CutFile file(int segment) {
    return inIndex(segment) ? index : heap;
  }

  private int inFile(int segment) {
    return inIndex(segment) ? segment : segment - index.segments();
  }

  /// Length in bytes; the last segment of a file may be short.
  public int length(int segment) {
    return file(segment).segmentLength(inFile(segment));
  }

  /// Whether the segment's bytes may differ from those at the cut before this one, whether that one
  /// was copied or not.
  public boolean dirtySincePreviousCut(int segment) {
    return dirtySince(segment, number() - 1);
  }

  /// Whether the segment's bytes may differ from those at cut `earlierCut`: ask with the number of
  /// the last cut that became a durable snapshot.
  public boolean dirtySince(int segment, int earlierCut) {
    if (earlierCut < 0 || earlierCut >= number()) {
      throw new IllegalArgumentException(
          "expected an earlier cut of the same table: cut="
              + number()
              + " earlier_cut="
              + earlierCut);
    }
    return file(segment).changedAfter(inFile(segment), earlierCut);
  }

  /// As the other; everything is dirty since a cut of another table.
  public boolean dirtySince(int segment, Name earlier) {
    return earlier.shard() != name.shard()
        || earlier.incarnation() != name.incarnation()
        || dirtySince(segment, earlier.number());
  }

  /// Writes the segment's bytes as of the cut to `channel`, once per segment.
  ///
  /// @return their CRC32C
  /// @throws IOException if `channel` fails, or the bytes could not be kept because the disk is
  ///   full; the cut is lost
  public int copyTo(int segment, FileChannel channel) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(length(segment));
      file(segment).copySegment(inFile(segment), bytes);
      CRC32C crc = new CRC32C();
      crc.update(bytes.asByteBuffer());
      ByteBuffer buffer = bytes.asByteBuffer();
      while (buffer.hasRemaining()) {
        int _ = channel.write(buffer);
      }
      return (int) crc.getValue();
    }
  }

  /// Says that the segment will not be copied, so that the writer need not keep its bytes.
  public void skip(int segment) {
    file(segment).skipSegment(inFile(segment));
  }

  boolean closed() {
    return asides.closed();
  }

  /// Ends the cut: the writer keeps nothing for it any more.
  @Override
  public void close() {
    try {
      asides.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete the file of a cut: shard=" + name.shard(), e);
    }
  }
}
