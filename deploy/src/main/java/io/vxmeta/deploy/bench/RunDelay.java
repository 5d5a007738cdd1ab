package io.vxmeta.deploy.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// How long the thread that opened it was ready to run and had no processor, as the kernel counts
/// it.
final class RunDelay implements AutoCloseable {
  /* Why: with as many busy threads as processors one waits for another's slice to end, some milliseconds by the scheduler's tick. That is
   *   the machine's, not the measured code's, and must be told apart.
   * File: three numbers, nanoseconds run, nanoseconds waited, slices. The name stands for the thread that opens it. Read into
   *   one buffer, so that measuring makes little garbage. */
  private static final Path FILE = Path.of("/proc/thread-self/schedstat");
  private static final int BYTES_MAX = 128;
  private static final int NUMBERS = 3;

  private final Optional<FileChannel> channel;
  private final ByteBuffer buffer = ByteBuffer.allocate(BYTES_MAX);

  private RunDelay(Optional<FileChannel> channel) {
    this.channel = channel;
  }

  static RunDelay ofThisThread() throws IOException {
    return new RunDelay(
        Files.isReadable(FILE) ? Optional.of(FileChannel.open(FILE)) : Optional.empty());
  }

  /// Whether the system tells.
  boolean isTold() {
    return channel.isPresent();
  }

  /// 0 if the system does not tell.
  long nanos() throws IOException {
    if (channel.isEmpty()) {
      return 0;
    }
    buffer.clear();
    int read = channel.get().read(buffer, 0);
    String line = new String(buffer.array(), 0, Math.max(read, 0), StandardCharsets.US_ASCII);
    String[] numbers = line.strip().split(" ", -1);
    if (numbers.length != NUMBERS) {
      throw new IOException(
          "expected nanoseconds run and waited, and slices; file=" + FILE + " line=" + line);
    }
    return Long.parseLong(numbers[1]);
  }

  @Override
  public void close() throws IOException {
    if (channel.isPresent()) {
      channel.get().close();
    }
  }
}
