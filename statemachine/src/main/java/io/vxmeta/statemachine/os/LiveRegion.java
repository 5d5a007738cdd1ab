package io.vxmeta.statemachine.os;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// One live file in the address space: much room reserved, and allocated from its start as it is
/// needed.
public final class LiveRegion implements AutoCloseable {
  /* Threads: one writer prepares and closes; any thread may access the prepared part of `bytes`.
   * The file is as long as the address space from the start, and sparse, so addresses never move under a reader. An
   * access past the prepared part may fault on a full disk (on tmpfs even a read), so there is none.
   * Growth: doubling up to STEP_BYTES_MAX, so that a near-empty table is small and a large one grows in few steps. */

  /// 64 KiB: what an empty table costs per file; a multiple of every page size we meet but huge
  /// ones.
  private static final long STEP_BYTES_MIN = 64 << 10;

  /// 1 MiB takes the kernel some 0.4 ms: the longest that a put waits for growth.
  private static final long STEP_BYTES_MAX = 1 << 20;

  private final Path file;
  private final FileChannel channel;
  private final Arena arena;
  private final MemorySegment bytes;
  private final LiveMemory memory;
  private long preparedBytes;
  private long lockedBytes;
  private long unlockedBytes;
  private long hugePageBytes;
  private boolean hugePages;

  private LiveRegion(
      Path file, FileChannel channel, Arena arena, MemorySegment bytes, LiveMemory memory) {
    this.file = file;
    this.channel = channel;
    this.arena = arena;
    this.bytes = bytes;
    this.memory = memory;
  }

  @SuppressWarnings("MustBeClosed") // Closed by close(): the mapping lives as long as the table.
  static LiveRegion map(Path file, long bytesMax, LiveMemory memory) throws IOException {
    Files.deleteIfExists(file);
    Arena arena = Arena.ofShared();
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      MemorySegment bytes = channel.map(FileChannel.MapMode.READ_WRITE, 0, bytesMax, arena);
      return new LiveRegion(file, channel, arena, bytes, memory);
    } catch (IOException | UnsupportedOperationException e) {
      channel.close();
      arena.close();
      throw new IOException(
          "cannot map live file: file="
              + file
              + " bytes="
              + bytesMax
              + "; needs a 64-bit system, no RLIMIT_AS or RLIMIT_FSIZE below that, and a file system with sparse files",
          e);
    }
  }

  /// All of the address space, prepared or not.
  public MemorySegment bytes() {
    return bytes;
  }

  public Path file() {
    return file;
  }

  /// The part from the start that may be written.
  public long preparedBytes() {
    return preparedBytes;
  }

  /// Makes sure that the first `end` bytes may be written.
  ///
  /// @throws LiveMemoryExhausted if there is no room; nothing was changed
  public void prepare(long end) {
    if (end > bytes.byteSize()) {
      throw new LiveMemoryExhausted(
          "expected room in the file's address space: file="
              + file
              + " wanted_bytes="
              + end
              + " bytes_max="
              + bytes.byteSize()
              + "; raise table.heap-bytes-max and table.index-bytes-max");
    }
    while (preparedBytes < end) {
      grow();
    }
  }

  private void grow() {
    long step = Math.clamp(preparedBytes, STEP_BYTES_MIN, STEP_BYTES_MAX);
    long length = Math.min(step, bytes.byteSize() - preparedBytes);
    MemorySegment range = bytes.asSlice(preparedBytes, length);
    if (!memory.populate(range, file)) {
      fillWithZeros(preparedBytes, length);
    }
    count(length, memory.lock(range, file));
  }

  private void count(long length, boolean locked) {
    preparedBytes += length;
    memory.ledger().prepared(length);
    if (locked) {
      lockedBytes += length;
    } else if (memory.wantsLock()) {
      unlockedBytes += length;
      memory.ledger().unlocked(length);
    }
    if (hugePages) {
      hugePageBytes += length;
      memory.ledger().onHugePages(length);
    }
  }

  /// Allocates by writing: a full disk is then an exception here instead of a fault later.
  private void fillWithZeros(long from, long length) {
    ByteBuffer zeros = ByteBuffer.allocate((int) length);
    try {
      while (zeros.hasRemaining()) {
        int _ = channel.write(zeros, from + zeros.position());
      }
    } catch (IOException e) {
      throw new LiveMemoryExhausted(
          "expected room for live files: file="
              + file
              + " wanted_bytes="
              + (from + length)
              + "; free space in its file system or move shards to other nodes",
          e);
    }
  }

  void onHugePages() {
    hugePages = true;
  }

  /// Unmaps and deletes the file.
  @Override
  public void close() throws IOException {
    arena.close();
    memory.ledger().budget().release(lockedBytes);
    memory.ledger().prepared(-preparedBytes);
    memory.ledger().unlocked(-unlockedBytes);
    memory.ledger().onHugePages(-hugePageBytes);
    preparedBytes = 0;
    lockedBytes = 0;
    unlockedBytes = 0;
    hugePageBytes = 0;
    channel.close();
    Files.deleteIfExists(file);
  }
}
