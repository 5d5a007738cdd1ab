package io.vxmeta.statemachine.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.HdrHistogram.Histogram;

/// What a Raft log does to a disk: appends and syncs, one after the other, and times each pair.
final class FsyncLoad implements AutoCloseable {

  private static final int APPEND_BYTES = 4 << 10;
  private static final long LOG_BYTES_MAX = 64L << 20;
  private static final long NANOS_MAX = 60_000_000_000L;

  private final Path log;
  private final Thread thread;
  private final Histogram latencies = new Histogram(NANOS_MAX, 3);
  private volatile boolean stopped;

  private FsyncLoad(Path log) {
    this.log = log;
    this.thread = Thread.ofPlatform().name("bench-fsync").daemon().unstarted(this::run);
  }

  static FsyncLoad start(Path log) {
    FsyncLoad load = new FsyncLoad(log);
    load.thread.start();
    return load;
  }

  private void run() {
    try (FileChannel channel =
        FileChannel.open(log, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      ByteBuffer entry = ByteBuffer.allocateDirect(APPEND_BYTES);
      while (!stopped) {
        long at = latencies.getTotalCount() * APPEND_BYTES % LOG_BYTES_MAX;
        long before = System.nanoTime();
        int _ = channel.write(entry.clear(), at);
        channel.force(false);
        latencies.recordValue(Math.min(System.nanoTime() - before, NANOS_MAX));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot append: file=" + log, e);
    }
  }

  /// Returns after `duration`, or when the load failed.
  void letRun(Duration duration) throws InterruptedException {
    boolean _ = thread.join(duration);
  }

  /// Ends the load.
  Histogram stop() throws InterruptedException {
    stopped = true;
    thread.join();
    return latencies;
  }

  @Override
  public void close() throws IOException {
    stopped = true;
    boolean _ = Files.deleteIfExists(log);
  }
}
