package io.vxmeta.statemachine.table;

import io.vxmeta.statemachine.os.LiveMemory;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Blocks that changed during a cut, as they were: in memory up to the node's limit, then in a
/// file.
final class CutAsides {
  /* Threads: the writer saves, copiers load, any thread closes; all under the monitor, which is taken at most once per block and
   *   cut by the writer, and held for the copy of one block (16 KiB) at most.
   * A block that could not be saved anywhere spoils the cut, not the table: loads fail, the writer goes on. */

  private final LiveMemory memory;
  private final Path spillPath;
  private final Arena arena;
  private final Map<SegmentName.Part, Map<Integer, MemorySegment>> kept =
      new EnumMap<>(SegmentName.Part.class);

  /// Of the node's pool, given back when the cut ends.
  private final List<MemorySegment> borrowed = new ArrayList<>();

  private long keptBytes;
  private @Nullable FileChannel spill;
  private @Nullable IOException spoiled;
  private boolean closed;

  @SuppressWarnings("MustBeClosed") // Closed by close(), by whichever thread ends the cut.
  CutAsides(LiveMemory memory, Path spillPath) {
    this.memory = memory;
    this.spillPath = spillPath;
    this.arena = Arena.ofShared();
    for (SegmentName.Part part : SegmentName.Part.values()) {
      kept.put(part, new HashMap<>());
    }
  }

  /// Saves a block; does nothing once closed.
  ///
  /// @return whether the block counts as saved
  synchronized boolean save(SegmentName.Part part, int block, MemorySegment bytes) {
    if (closed) {
      return false;
    }
    if (memory.reserveAside(LiveFile.BLOCK_BYTES)) {
      keptBytes += LiveFile.BLOCK_BYTES;
      MemorySegment copy = copyIn(bytes.byteSize());
      copy.copyFrom(bytes);
      keptIn(part).put(block, copy);
    } else {
      spill(part, block, bytes);
    }
    return true;
  }

  private MemorySegment copyIn(long bytes) {
    Optional<MemorySegment> lent = memory.takeAsideBlock();
    lent.ifPresent(borrowed::add);
    return lent.map(whole -> whole.asSlice(0, bytes)).orElseGet(() -> arena.allocate(bytes));
  }

  private Map<Integer, MemorySegment> keptIn(SegmentName.Part part) {
    return kept.computeIfAbsent(part, _ -> new HashMap<>());
  }

  private void spill(SegmentName.Part part, int block, MemorySegment bytes) {
    try {
      ByteBuffer buffer = bytes.asByteBuffer();
      long at = spillOffset(part, block);
      FileChannel channel = openSpill();
      while (buffer.hasRemaining()) {
        int _ = channel.write(buffer, at + buffer.position());
      }
    } catch (IOException e) {
      spoiled = e;
    }
  }

  private FileChannel openSpill() throws IOException {
    FileChannel channel = spill;
    if (channel == null) {
      channel =
          FileChannel.open(
              spillPath,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE);
      spill = channel;
    }
    return channel;
  }

  /// Blocks of both files take turns, so that each has a place of its own in one sparse file.
  private static long spillOffset(SegmentName.Part part, int block) {
    int turn = part == SegmentName.Part.INDEX ? 0 : 1;
    return (2L * block + turn) << LiveFile.BLOCK_SHIFT;
  }

  synchronized void load(SegmentName.Part part, int block, MemorySegment target)
      throws IOException {
    if (closed) {
      throw new IllegalStateException("expected an open cut; copy its segments before closing it");
    }
    IOException cause = spoiled;
    if (cause != null) {
      throw new IOException(
          "the cut is spoiled, a changed block could not be saved: file="
              + spillPath
              + "; free space in its file system, then take a new cut",
          cause);
    }
    MemorySegment copy = keptIn(part).get(block);
    if (copy != null) {
      target.copyFrom(copy);
    } else {
      loadSpilled(spillOffset(part, block), target.asByteBuffer());
    }
  }

  private void loadSpilled(long at, ByteBuffer buffer) throws IOException {
    FileChannel channel = openSpill();
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, at + buffer.position()) < 0) {
        throw new IOException("expected a saved block: file=" + spillPath + " offset=" + at);
      }
    }
  }

  synchronized boolean closed() {
    return closed;
  }

  void close() throws IOException {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      kept.clear();
      borrowed.forEach(memory::giveAsideBlock);
      borrowed.clear();
    }
    arena.close();
    memory.releaseAside(keptBytes);
    FileChannel channel = spill;
    if (channel != null) {
      channel.close();
      Files.deleteIfExists(spillPath);
    }
  }
}
