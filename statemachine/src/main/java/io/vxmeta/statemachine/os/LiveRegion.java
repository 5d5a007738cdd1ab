package io.vxmeta.statemachine.os;

import io.vxmeta.statemachine.os.LiveMemoryConfig.Place;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/// One piece of live memory: much address space, allocated from its start as it is needed.
public final class LiveRegion implements AutoCloseable {
  /* Threads: one writer prepares and closes; any thread may access the prepared part of `bytes`.
   * The address space is there from the start, so addresses never move under a reader. An access past the prepared part may fault
   * (on a full disk; on tmpfs even a read), so there is none.
   * After close, `bytes` refuses every access; but its addresses can be read, not written, as long as the region is reachable, for readers that
   *   go by address and were under way (the table's RawBytes): zeros take the place of what was there, in one step, so a reader that
   *   meets a zero which was not the table's sees all that came before the close. Without native calls the old bytes stay
   *   there that long. So the mapping itself is the collector's, and `arena` only a leash on `bytes`.
   * Two kinds: memory of the process, whose part beyond the cap becomes a sparse file in place (MAP_FIXED); or a sparse file from
   *   the start. What counts against the cap: memory of the process, locked or not, and locked parts of files.
   * Growth: doubling up to STEP_BYTES_MAX, so that a near-empty table is small and a large one grows in few steps. On huge
   *   pages a step is one whole page: a lock that ended inside of one would make the kernel split it. */

  private static final long HUGE_PAGE_BYTES = 2L << 20;

  /// 64 KiB: what an empty table costs per region; a multiple of every page size we meet but huge
  /// ones.
  private static final long STEP_BYTES_MIN = 64 << 10;

  /// 1 MiB of small pages takes the kernel some 0.4 ms, a large page of 2 MiB less: what a put
  /// waits for growth on a machine that is not busy.
  private static final long STEP_BYTES_MAX = 1 << 20;

  private final Path file;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment mapping;
  private final MemorySegment bytes;
  private final LiveMemory memory;

  /// From here on huge pages were asked for and granted; past the end: nowhere.
  private long hugePagesFrom;

  /// Of the file, if any part is one.
  private @Nullable FileChannel channel;

  /// Another region may have a file of the name.
  private boolean unlinked;

  private long preparedBytes;
  private long reservedBytes;
  private long lockedBytes;
  private long unlockedBytes;
  private long hugePageBytes;

  /// @param mapping of an automatic arena
  @SuppressWarnings(
      "MustBeClosed") // The arena is closed by close(): it lives as long as the table.
  private LiveRegion(Path file, MemorySegment mapping, LiveMemory memory) {
    this.file = file;
    this.mapping = mapping;
    this.bytes = mapping.reinterpret(arena, null);
    this.memory = memory;
    this.hugePagesFrom = bytes.byteSize();
  }

  /// Memory of the process, or a file where the system gives none.
  static LiveRegion anonymous(Path file, long bytesMax, LiveMemory memory) throws IOException {
    NativeMemory.Reservation reservation =
        memory.reserve(file, bytesMax, HUGE_PAGE_BYTES, Arena.ofAuto());
    if (!reservation.answer().ok()) {
      return map(file, bytesMax, memory);
    }
    boolean _ = Files.deleteIfExists(file);
    LiveRegion region = new LiveRegion(file, reservation.bytes(), memory);
    region.askForHugePages(HUGE_PAGE_BYTES, Place.ANONYMOUS); // A small table takes small pages.
    return region;
  }

  static LiveRegion map(Path file, long bytesMax, LiveMemory memory) throws IOException {
    Files.deleteIfExists(file);
    FileChannel channel = create(file);
    try {
      MemorySegment mapping =
          channel.map(FileChannel.MapMode.READ_WRITE, 0, bytesMax, Arena.ofAuto());
      LiveRegion region = new LiveRegion(file, mapping, memory);
      region.channel = channel;
      region.askForHugePages(0, Place.FILES);
      return region;
    } catch (IOException | UnsupportedOperationException e) {
      channel.close();
      throw new IOException(
          "cannot map live file: file="
              + file
              + " bytes="
              + bytesMax
              + "; needs a 64-bit system, no RLIMIT_AS or RLIMIT_FSIZE below that, and a file system with sparse files",
          e);
    }
  }

  private static FileChannel create(Path file) throws IOException {
    return FileChannel.open(
        file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  private void askForHugePages(long from, Place place) {
    if (from < bytes.byteSize() && memory.askForHugePages(bytes.asSlice(from), file, place)) {
      hugePagesFrom = from;
    }
  }

  /// All of the address space, prepared or not.
  public MemorySegment bytes() {
    return bytes;
  }

  /// The file, or where it would be.
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
              + "; a shard's table takes no more, delete records");
    }
    while (preparedBytes < end) {
      grow();
    }
  }

  private void grow() {
    long length = Math.min(step(), bytes.byteSize() - preparedBytes);
    MemorySegment range = bytes.asSlice(preparedBytes, length);
    boolean reserved = channel == null && memory.ledger().budget().reserve(length);
    if (channel == null && !reserved) {
      spillFromHere();
    }
    FileChannel target = channel;
    if (target == null) {
      allocate(range);
      reservedBytes += length;
      count(length, memory.lock(range, file));
    } else {
      allocate(range, target);
      boolean locked = memory.lockWithinCap(range, file);
      reservedBytes += locked ? length : 0;
      count(length, locked);
    }
  }

  private long step() {
    boolean huge = preparedBytes >= Math.max(hugePagesFrom, HUGE_PAGE_BYTES);
    return huge ? HUGE_PAGE_BYTES : Math.clamp(preparedBytes, STEP_BYTES_MIN, STEP_BYTES_MAX);
  }

  /// Of the process' own memory.
  private void allocate(MemorySegment range) {
    Errno answer = memory.populate(range, file);
    if (answer.ok()) {
      return;
    }
    if (answer.equals(Errno.EINVAL)) { // An old kernel.
      MemorySegment _ = range.fill((byte) 0);
      return;
    }
    memory.ledger().budget().release(range.byteSize());
    throw new LiveMemoryExhausted(
        "expected memory for tables: errno="
            + answer.symbol()
            + " wanted_bytes="
            + range.byteSize()
            + " prepared_bytes="
            + preparedBytes
            + "; give the process more memory or move shards to other nodes");
  }

  /// What lies beyond the prepared part becomes a file.
  private void spillFromHere() {
    FileChannel target = spillFile();
    Errno answer = memory.spill(bytes.asSlice(preparedBytes), file, preparedBytes);
    if (!answer.ok()) {
      LiveMemoryExhausted refused =
          new LiveMemoryExhausted(
              "expected to map the part above the cap from a file: errno="
                  + answer.symbol()
                  + " file="
                  + file
                  + "; give the process more memory or set memory.place=files");
      discard(target, refused);
      throw refused;
    }
    hugePagesFrom = bytes.byteSize();
    askForHugePages(preparedBytes, Place.FILES);
    channel = target;
  }

  /// A new, sparse file as long as the region.
  private FileChannel spillFile() {
    FileChannel target;
    try {
      target = create(file);
    } catch (IOException e) {
      throw noRoom(preparedBytes, e);
    }
    try {
      int _ = target.write(ByteBuffer.allocate(1), bytes.byteSize() - 1);
      return target;
    } catch (IOException e) {
      LiveMemoryExhausted refused = noRoom(preparedBytes, e);
      discard(target, refused);
      throw refused;
    }
  }

  /// So that the next attempt finds what this one found.
  private void discard(FileChannel target, LiveMemoryExhausted cause) {
    try {
      target.close();
      Files.delete(file);
    } catch (IOException left) {
      cause.addSuppressed(left);
    }
  }

  private void count(long length, boolean locked) {
    if (preparedBytes >= hugePagesFrom) {
      hugePageBytes += length;
      memory.ledger().onHugePages(length);
    }
    preparedBytes += length;
    memory.ledger().prepared(length);
    if (locked) {
      lockedBytes += length;
      memory.ledger().locked(length);
    } else if (memory.wantsLock()) {
      unlockedBytes += length;
      memory.ledger().unlocked(length);
    }
  }

  private void allocate(MemorySegment range, FileChannel target) {
    if (!memory.populate(range, file).ok()) {
      fillWithZeros(target, preparedBytes, range.byteSize());
    }
  }

  /// Allocates by writing: a full disk is then an exception here instead of a fault later.
  private void fillWithZeros(FileChannel target, long from, long length) {
    ByteBuffer zeros = ByteBuffer.allocate((int) length);
    try {
      while (zeros.hasRemaining()) {
        int _ = target.write(zeros, from + zeros.position());
      }
    } catch (IOException e) {
      throw noRoom(from + length, e);
    }
  }

  private LiveMemoryExhausted noRoom(long end, IOException cause) {
    return new LiveMemoryExhausted(
        "expected room for live files: file="
            + file
            + " wanted_bytes="
            + end
            + "; free space in its file system or move shards to other nodes",
        cause);
  }

  /// Gives the name up, so that another region may take it; this one must grow no more.
  public void unlink() throws IOException {
    unlinked = true;
    boolean _ = Files.deleteIfExists(file);
  }

  /// Gives the memory back and deletes the file.
  @Override
  public void close() throws IOException {
    arena.close();
    memory.release(mapping, preparedBytes, file);
    memory.ledger().budget().release(reservedBytes);
    memory.ledger().prepared(-preparedBytes);
    memory.ledger().locked(-lockedBytes);
    memory.ledger().unlocked(-unlockedBytes);
    memory.ledger().onHugePages(-hugePageBytes);
    preparedBytes = 0;
    reservedBytes = 0;
    lockedBytes = 0;
    unlockedBytes = 0;
    hugePageBytes = 0;
    FileChannel open = channel;
    if (open != null) {
      open.close();
    }
    if (!unlinked) {
      boolean _ = Files.deleteIfExists(file);
    }
  }
}
