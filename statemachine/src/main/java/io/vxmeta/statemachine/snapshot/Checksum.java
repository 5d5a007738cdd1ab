package io.vxmeta.statemachine.snapshot;

import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/// Writing files with their CRC32C and reading them against it.
final class Checksum {
  /* A file is flushed through the channel that wrote it, BEFORE that is closed: only that one is sure to see an earlier failure
   * of the disk. A failed flush is never repeated: the snapshot is given up.
   */

  private static final int BUFFER_BYTES = 256 << 10;

  private Checksum() {}

  /// What fills a file.
  @FunctionalInterface
  interface Content {
    void writeTo(OutputStream out) throws IOException;
  }

  /// What fills a file and knows its checksum.
  @FunctionalInterface
  interface CheckedContent {
    int writeTo(FileChannel channel) throws IOException;
  }

  /// Writes and flushes a new file.
  static SnapshotFile write(Path file, Content content) throws IOException {
    CRC32C crc = new CRC32C();
    return writeChecked(
        file,
        channel -> {
          Counted counted = new Counted(Channels.newOutputStream(channel), crc);
          try (BufferedOutputStream out = new BufferedOutputStream(counted, BUFFER_BYTES)) {
            content.writeTo(out);
          }
          return (int) crc.getValue();
        });
  }

  /// Writes and flushes a new file whose writer computes the checksum.
  static SnapshotFile writeChecked(Path file, CheckedContent content) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      int crc = content.writeTo(channel);
      channel.force(true);
      return new SnapshotFile(SnapshotNames.fileName(file), channel.size(), crc);
    }
  }

  /// Reads a whole file.
  static SnapshotFile read(Path file) throws IOException {
    CRC32C crc = new CRC32C();
    long length = 0;
    byte[] buffer = new byte[BUFFER_BYTES];
    try (InputStream in = Files.newInputStream(file)) {
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        crc.update(buffer, 0, read);
        length += read;
      }
    }
    return new SnapshotFile(SnapshotNames.fileName(file), length, (int) crc.getValue());
  }

  /// @throws SnapshotFormatException if the file is not what its manifest says, or can not be read
  static void verify(Path directory, SnapshotFile expected) throws IOException {
    Path file = directory.resolve(expected.name());
    SnapshotFile found;
    try {
      found = read(file);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
    if (!found.equals(expected)) {
      throw new SnapshotFormatException(
          "expected file "
              + file
              + " as its manifest says; length="
              + found.length()
              + " manifestLength="
              + expected.length()
              + " crc32c="
              + Integer.toHexString(found.crc32c())
              + " manifestCrc32c="
              + Integer.toHexString(expected.crc32c()));
    }
  }

  /// A file that the disk does not give back is as good as damaged: another snapshot may do. One
  /// that must not be read is not: somebody has to permit it.
  static IOException unreadable(Path file, IOException problem) {
    return switch (problem) {
      case AccessDeniedException _, SnapshotFormatException _ -> problem;
      case NoSuchFileException _ ->
          new SnapshotFormatException("expected file " + file + "; it is missing");
      default -> new SnapshotFormatException("cannot read file " + file + ": " + problem, problem);
    };
  }

  /// Adds all that passes to a checksum; leaves the channel open.
  private static final class Counted extends FilterOutputStream {
    private final CRC32C crc;

    Counted(OutputStream out, CRC32C crc) {
      super(out);
      this.crc = crc;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
      crc.update(bytes, offset, length);
    }

    @Override
    public void write(int one) throws IOException {
      out.write(one);
      crc.update(one);
    }

    @Override
    public void close() throws IOException {
      flush();
    }
  }
}
