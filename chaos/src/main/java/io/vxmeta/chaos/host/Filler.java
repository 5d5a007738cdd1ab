package io.vxmeta.chaos.host;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// A file that takes all the room its file system has left.
public final class Filler {
  /* Most of the room is taken at once, without a byte written; the rest by writing, in ever smaller pieces, to the last page. */
  private static final int PIECE_BYTES = 4 << 20;
  private static final int LAST_PIECE_BYTES = 4 << 10;

  private Filler() {}

  /// Returns when nobody can write a page more; the room is there again when the file is deleted.
  public static void fill(Path file) throws IOException, InterruptedException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null) {
      throw new IllegalArgumentException("expected a file in a folder: file=" + file);
    }
    for (long bytes = Files.getFileStore(folder).getUsableSpace();
        bytes > PIECE_BYTES;
        bytes /= 2) {
      take(bytes, file);
    }
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      for (int bytes = PIECE_BYTES; bytes >= LAST_PIECE_BYTES; bytes /= 2) {
        fill(channel, bytes);
      }
    }
  }

  /// Takes so much more, or nothing if there is less.
  private static void take(long bytes, Path file) throws InterruptedException {
    try {
      long from = Files.exists(file) ? Files.size(file) : 0;
      String _ =
          Command.run(
              "fallocate", "-o", Long.toString(from), "-l", Long.toString(bytes), file.toString());
    } catch (IOException lessIsLeft) {
      // A file system keeps some room for its own purposes: half of it next.
    }
  }

  private static void fill(FileChannel channel, int bytes) {
    try {
      while (channel.write(ByteBuffer.allocate(bytes)) == bytes) {
        // On to the end.
      }
    } catch (IOException noSpaceLeft) {
      // This is what we came for.
    }
  }
}
