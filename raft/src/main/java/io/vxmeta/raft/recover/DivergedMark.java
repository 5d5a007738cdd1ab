package io.vxmeta.raft.recover;

import io.vxmeta.statemachine.os.Directories;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.OptionalLong;

/// A file in a group's directory that says: this replica's state was wrong, do not start on its
/// snapshots.
public record DivergedMark(Path file) {
  /* The file holds the index of the newest snapshot then, as text, so that the repair covers what that had covered. A file
   *   that can not be read counts as index 0: the mark is what matters, so its name is durable BEFORE its text is written,
   *   for which a full disk may have no room.
   */
  private static final String NAME = "DIVERGED";

  public static DivergedMark in(Path groupDirectory) {
    return new DivergedMark(groupDirectory.resolve(NAME));
  }

  /// Durable when it returns.
  ///
  /// @param snapshotIndex of the newest snapshot; -1 if there is none
  public void set(long snapshotIndex) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      Directories.sync(Objects.requireNonNull(file.toAbsolutePath().getParent()));
      int _ =
          channel.write(
              ByteBuffer.wrap(Long.toString(snapshotIndex).getBytes(StandardCharsets.US_ASCII)));
      channel.force(true);
    }
  }

  /// The snapshot's index if the mark is set.
  OptionalLong snapshotIndex() throws IOException {
    if (!Files.exists(file)) {
      return OptionalLong.empty();
    }
    try {
      return OptionalLong.of(
          Long.parseLong(Files.readString(file, StandardCharsets.US_ASCII).strip()));
    } catch (NumberFormatException _) {
      return OptionalLong.of(0);
    }
  }

  void clear() throws IOException {
    Files.deleteIfExists(file);
    Directories.sync(Objects.requireNonNull(file.toAbsolutePath().getParent()));
  }
}
