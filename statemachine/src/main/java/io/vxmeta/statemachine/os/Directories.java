package io.vxmeta.statemachine.os;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// Makes the names in a directory durable: a file that was created, renamed or deleted survives a
/// power cut.
public final class Directories {

  private Directories() {}

  /// Makes `directory` and those above it, each durable in the one that holds it; they may be there
  /// already.
  public static void create(Path directory) throws IOException {
    createBelowRoot(directory.toAbsolutePath());
  }

  private static void createBelowRoot(Path directory) throws IOException {
    Path parent = directory.getParent();
    if (parent == null) {
      return;
    }
    if (!Files.isDirectory(directory)) {
      createBelowRoot(parent);
      Files.createDirectory(directory);
    }
    // Also when it was there: a crash may have come between making and flushing it.
    sync(parent);
  }

  /// Flushes `directory` itself. Files in it must be flushed BEFORE; this flushes only their names.
  ///
  /// @throws IOException if the names may not be durable; the caller must not report them as such,
  ///   and must not try the flush again
  public static void sync(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      throw new IOException(
          "cannot make directory entries durable: directory="
              + directory
              + "; check the file system and the disk under it, then restart the node",
          e);
    }
  }
}
