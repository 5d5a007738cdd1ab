package io.vxmeta.statemachine.snapshot;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// A snapshot being received from another replica, chunk by chunk, into a directory of its own.
///
/// Use: every file from its first byte to its last, files in any order, the manifest among them;
/// `reuse` for what needs no sending, before or after; then `publish`. Until `publish` returns, the
/// snapshots that were there are untouched. After a broken transfer call `interrupt` and go on with
/// another one: whole files are kept, and replaced if the other one sends them anew.
public final class IncomingSnapshot implements AutoCloseable {
  /* Threads: one at a time.
   * Trust: none. Names are checked before a path is made of them, lengths before anything is written, each chunk by its own
   *   checksum, and at the end every file by the manifest, read back from disk.
   * Flushing: each file through the channel that wrote it, when its last byte has come.
   */

  /// Bytes of one file, at most: the largest segment, or the producers with all they may remember.
  private static final long FILE_BYTES_MAX = 1L << 30;

  private final SnapshotStore store;
  private final Path directory;
  private final Map<String, SnapshotFile> complete = new HashMap<>();
  private final Set<String> fromBefore = new HashSet<>();
  private final CRC32C crc = new CRC32C();
  private final CRC32C fileCrc = new CRC32C();
  private SnapshotRoom.Taken room = () -> {};
  private @Nullable FileChannel open;
  private String openName = "";
  private long openOffset;

  IncomingSnapshot(SnapshotStore store, Path directory) {
    this.store = store;
    this.directory = directory;
  }

  /// Says how much will come, BEFORE it does.
  ///
  /// @throws NoRoomForSnapshot if that would leave the log too little room: close it then, what
  ///   came before takes room as well
  public void expect(long bytes) throws NoRoomForSnapshot {
    giveRoomBack();
    room = store.room().take(bytes);
  }

  private void giveRoomBack() {
    room.close();
    room = () -> {};
  }

  /// Takes from an own snapshot what the wanted one has unchanged: files of the same name, length
  /// and checksum.
  ///
  /// @return names that are still to be received
  public Set<String> reuse(SnapshotManifest wanted, Snapshot own) throws IOException {
    Map<String, SnapshotFile> ownFiles = new HashMap<>();
    for (SnapshotFile file : own.manifest().files()) {
      ownFiles.put(file.name(), file);
    }
    Set<String> missing = new HashSet<>();
    for (SnapshotFile file : wanted.files()) {
      if (file.equals(complete.get(file.name()))) {
        continue;
      }
      if (file.equals(ownFiles.get(file.name())) && SnapshotNames.isSegment(file.name())) {
        Files.deleteIfExists(directory.resolve(file.name()));
        Files.createLink(directory.resolve(file.name()), own.file(file.name()));
        complete.put(file.name(), file);
      } else {
        missing.add(file.name());
      }
    }
    return missing;
  }

  /// The manifest that came.
  ///
  /// @throws SnapshotFormatException if it is damaged or missing
  public SnapshotManifest manifest() throws IOException {
    return store.read(directory).manifest();
  }

  /// Whole files so far: need not be sent again.
  public List<SnapshotFile> received() {
    return List.copyOf(complete.values());
  }

  /// The transfer broke: keeps whole files, drops the one that was under way.
  public void interrupt() throws IOException {
    giveRoomBack();
    fromBefore.clear();
    fromBefore.addAll(complete.keySet());
    // A file that stays would be in the way of the next attempt, also one that can not be closed.
    try (FileChannel unfinished = open) {
      open = null;
      if (unfinished != null) {
        Files.deleteIfExists(directory.resolve(openName));
      }
    }
  }

  /// Takes the next bytes of a file.
  ///
  /// @param file its name; the file received before must be complete
  /// @param offset of the chunk, where the one before ended
  /// @param fileLength of the whole file
  /// @param crc32c of the chunk
  /// @param data the chunk, all of it
  public void chunk(String file, long offset, long fileLength, int crc32c, byte[] data)
      throws IOException {
    crc.reset();
    crc.update(data);
    if ((int) crc.getValue() != crc32c) {
      throw refuse("a chunk with its CRC32C", file, offset, fileLength, data.length);
    }
    FileChannel channel = open;
    if (channel == null) {
      channel = begin(file, offset, fileLength, data.length);
    }
    boolean fits =
        file.equals(openName) && offset == openOffset && offset + data.length <= fileLength;
    if (!fits) {
      throw refuse("the next bytes of " + openName, file, offset, fileLength, data.length);
    }
    ByteBuffer buffer = ByteBuffer.wrap(data);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    openOffset += data.length;
    fileCrc.update(data);
    if (openOffset == fileLength) {
      channel.force(true);
      channel.close();
      open = null;
      complete.put(file, new SnapshotFile(file, fileLength, (int) fileCrc.getValue()));
    }
  }

  /// Checks everything that came against its manifest and makes it a snapshot of this replica;
  /// returns when that is durable.
  ///
  /// @throws SnapshotFormatException if something is damaged or missing
  public Snapshot publish() throws IOException {
    if (open != null) {
      throw new SnapshotFormatException(
          "expected whole files; file=" + openName + " bytes=" + openOffset + "; receive it again");
    }
    Snapshot received = store.read(directory);
    store.verify(received);
    Set<String> listed = new HashSet<>(received.transferOrder());
    for (String name : complete.keySet()) {
      if (!listed.contains(name)) {
        Files.delete(directory.resolve(name));
      }
    }
    Snapshot published = store.publish(received, SnapshotSteps.UNOBSERVED);
    giveRoomBack();
    store.prune();
    return published;
  }

  /// Drops what was received, unless it was published.
  @Override
  public void close() throws IOException {
    giveRoomBack();
    try (FileChannel _ = open) {
      open = null;
      SnapshotStore.deleteTree(directory);
    }
  }

  private FileChannel begin(String file, long offset, long fileLength, int dataLength)
      throws IOException {
    if (fromBefore.remove(file)) {
      complete.remove(file);
      Files.deleteIfExists(directory.resolve(file));
    }
    boolean known = SnapshotNames.isContent(file) || file.equals(SnapshotNames.MANIFEST);
    boolean good =
        known
            && !complete.containsKey(file)
            && offset == 0
            && fileLength >= 0
            && fileLength <= FILE_BYTES_MAX;
    if (!good) {
      throw refuse(
          "the beginning of a file not yet received", file, offset, fileLength, dataLength);
    }
    FileChannel channel =
        FileChannel.open(
            directory.resolve(file), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    open = channel;
    openName = file;
    openOffset = 0;
    fileCrc.reset();
    return channel;
  }

  private static SnapshotFormatException refuse(
      String expected, String file, long offset, long fileLength, int dataLength) {
    return new SnapshotFormatException(
        "cannot receive snapshot: expected "
            + expected
            + "; file="
            + file
            + " offset="
            + offset
            + " fileBytes="
            + fileLength
            + " chunkBytes="
            + dataLength
            + "; begin the transfer again");
  }
}
