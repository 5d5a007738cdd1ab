package org.apache.ratis.util;

import io.vxmeta.raft.ratis.MetaFiles;
import java.io.File;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;
import org.slf4j.helpers.NOPLogger;

/// Replaces a file by what was written to this stream, whole or not at all; loaded instead of
/// Ratis' class of this name.
///
/// Ratis' own renames the temporary file when it is closed, also after a write that failed. On a
/// full disk that puts an empty file in the place of the vote file or of the configuration, and the
/// replica can not start again.
public final class AtomicFileOutputStream extends FilterOutputStream {
  /* Threads: one.
   * Invariant: the file is replaced only after every byte handed to this stream was written and flushed.
   * Order: write, a seal behind it (MetaFiles), fsync, close, rename over the old file in one step. The directory flushes its
   *   names by itself (DurableNames).
   * A vote that could not be stored ends the node (RaftHost.terminated): an election that meets that is over for ever, and the
   *   server may go on in a term that only its memory knows.
   * Why here and not in a room of ours: Ratis offers no hook for how it stores its vote. RaftHost refuses to start when
   *   the other class was loaded, so an unlucky class path can not bring the defect back (docs/decisions.md, 17).
   */
  public static final String TMP_EXTENSION = ".tmp";

  /// Nobody sees it: the process is kept from exiting by itself.
  private static final int EXIT_STATUS = 1;

  private final Path target;
  private final Path temporary;
  private final CRC32C written = new CRC32C();
  private boolean failed;
  private boolean closed;

  public AtomicFileOutputStream(File target) throws IOException {
    this(target, getTemporaryFile(target));
  }

  public AtomicFileOutputStream(File target, File temporary) throws IOException {
    super(open(target, temporary));
    this.target = target.toPath().toAbsolutePath();
    this.temporary = temporary.toPath().toAbsolutePath();
  }

  private static OutputStream open(File target, File temporary) throws IOException {
    try {
      return FileUtils.newOutputStreamForceAtClose(
          temporary,
          StandardOpenOption.CREATE,
          StandardOpenOption.TRUNCATE_EXISTING,
          StandardOpenOption.WRITE);
    } catch (IOException e) {
      endIfVote(target.toPath(), e);
      throw e;
    }
  }

  /// Remembered, and neither thrown nor logged: both are done with the problem itself.
  private static void endIfVote(Path target, Exception problem) {
    if (MetaFiles.isVote(target.toFile().getName())) {
      ExitUtils.terminate(
          EXIT_STATUS,
          "cannot store the term and the vote of a replica: file="
              + target
              + "; check the room on its disk",
          problem,
          false,
          NOPLogger.NOP_LOGGER);
    }
  }

  /// Part of Ratis' own interface, as is every name in this class.
  public static File getTemporaryFile(File target) {
    return new File(target.getParentFile(), target.getName() + TMP_EXTENSION);
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    try {
      out.write(bytes, offset, length);
      written.update(bytes, offset, length);
    } catch (IOException | RuntimeException e) {
      failed = true;
      endIfVote(target, e);
      throw e;
    }
  }

  @Override
  public void flush() throws IOException {
    try {
      out.flush();
    } catch (IOException e) {
      failed = true;
      endIfVote(target, e);
      throw e;
    }
  }

  public boolean isClosed() {
    return closed;
  }

  /// Puts what was written in the place of the file, unless a write failed.
  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    try {
      seal();
      super.close();
      if (failed) {
        throw new IOException(
            "not replaced, a write before failed: file=" + target + "; check the room on its disk");
      }
      // Not REPLACE_EXISTING: it deletes the old file first, and whoever dies just then has none.
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException | RuntimeException e) {
      discard(e);
      endIfVote(target, e);
      throw e;
    }
  }

  private void seal() throws IOException {
    byte[] seal = MetaFiles.seal(target.toFile().getName(), (int) written.getValue());
    try {
      out.write(seal);
    } catch (IOException e) {
      super.close();
      throw e;
    }
  }

  /// Closes the stream and leaves the file as it was.
  public void abort() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    try {
      super.close();
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private void discard(Exception cause) {
    try {
      Files.deleteIfExists(temporary);
    } catch (IOException left) {
      cause.addSuppressed(left);
    }
  }
}
