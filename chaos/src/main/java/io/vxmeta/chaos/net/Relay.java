package io.vxmeta.chaos.net;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;

/// One proxied connection: bytes of both directions, each through its gate.
final class Relay {
  /* Threads: four virtual threads, a reader and a writer for each direction, joined by a bounded queue, so that a delayed
   *   direction keeps its throughput. They end when either side closes, or when somebody closes the relay.
   * Invariants: bytes of a direction stay in order, and its end comes behind them. An end, or a reset, with no bytes before it passes
   *   a closed gate: who ends while he is cut off is heard ending, unlike on a real network. */

  /// Bytes of one read.
  private static final int CHUNK_BYTES = 16 * 1024;

  /// Chunks under way in a direction: 4 MiB, about what two socket buffers hold.
  private static final int CHUNKS_MAX = 256;

  private static final int CONNECT_TIMEOUT_MS = 5_000;

  private final Socket source;
  private final Socket target = new Socket();
  private final Gate forward;
  private final Gate backward;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final List<Thread> writers = new CopyOnWriteArrayList<>();

  /// The far side is gone and the near side is not to notice.
  private volatile boolean isHalfOpen;

  /// Neither side hears anything of the other any more, not even its end.
  private volatile boolean swallows;

  Relay(Socket source, Gate forward, Gate backward) {
    this.source = source;
    this.forward = forward;
    this.backward = backward;
  }

  /// Connects and relays until one side ends; returns at once.
  void start(InetSocketAddress targetAddress, Runnable whenClosed) {
    Thread.ofVirtual()
        .name("relay")
        .start(() -> {
          try {
            forward.pass(System.nanoTime(), 0);
            target.connect(targetAddress, CONNECT_TIMEOUT_MS);
            source.setTcpNoDelay(true);
            target.setTcpNoDelay(true);
            Thread there = pump(source, target, forward);
            Thread back = pump(target, source, backward);
            there.join();
            back.join();
          } catch (IOException refused) {
            reset();
          } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
          } finally {
            close();
            whenClosed.run();
          }
        });
  }

  /// Both sides see the connection reset.
  void reset() {
    resetOnClose(source);
    resetOnClose(target);
    close();
  }

  /// The far side sees the connection closed; the near side is not told before the relay ends, and
  /// then sees a reset. Its gates must hold BEFORE.
  void halfOpen() {
    isHalfOpen = true;
    resetOnClose(source);
    closeQuietly(target);
  }

  /// Drops what is said from now on, and what is under way; on a connection that is still being
  /// made, all of it.
  void swallow() {
    swallows = true;
  }

  boolean isHalfOpen() {
    return isHalfOpen;
  }

  void close() {
    if (closed.compareAndSet(false, true)) {
      closeQuietly(source);
      closeQuietly(target);
      writers.forEach(Thread::interrupt);
    }
  }

  private static void resetOnClose(Socket socket) {
    try {
      socket.setOption(StandardSocketOptions.SO_LINGER, 0);
    } catch (IOException alreadyClosed) {
      // A closed socket has nothing left to reset.
    }
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException alreadyBroken) {
      // Closing is all we wanted.
    }
  }

  /// Bytes of one read; none of them means the end.
  private static final class Chunk {
    final byte[] bytes;
    final long arrivedNanos = System.nanoTime();

    Chunk(byte[] bytes) {
      this.bytes = bytes;
    }

    boolean isEnd() {
      return bytes.length == 0;
    }
  }

  /// Starts both threads of a direction; returns the one that ends last.
  private Thread pump(Socket from, Socket to, Gate gate) {
    BlockingQueue<Chunk> underWay = new ArrayBlockingQueue<>(CHUNKS_MAX);
    Thread writer = Thread.ofVirtual().name("relay-out").start(() -> write(underWay, to, gate));
    writers.add(writer);
    if (closed.get()) {
      writer.interrupt();
    }
    Thread.ofVirtual().name("relay-in").start(() -> read(from, underWay, writer));
    return writer;
  }

  private void read(Socket from, BlockingQueue<Chunk> underWay, Thread writer) {
    byte[] buffer = new byte[CHUNK_BYTES];
    try {
      try {
        InputStream in = from.getInputStream();
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
          if (n > 0) {
            underWay.put(new Chunk(Arrays.copyOf(buffer, n)));
          }
        }
        underWay.put(new Chunk(new byte[0]));
      } catch (IOException broken) {
        if (swallows) {
          underWay.put(new Chunk(new byte[0]));
        } else if (!isHalfOpen) {
          writer.interrupt();
        }
      }
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
  }

  private void write(BlockingQueue<Chunk> underWay, Socket to, Gate gate) {
    try {
      OutputStream out = to.getOutputStream();
      for (Chunk chunk = underWay.take(); !chunk.isEnd(); chunk = underWay.take()) {
        gate.pass(chunk.arrivedNanos, chunk.bytes.length);
        if (!swallows) {
          out.write(chunk.bytes);
        }
      }
      if (!swallows) {
        to.shutdownOutput();
      }
    } catch (IOException broken) {
      close();
    } catch (InterruptedException ended) {
      close();
    }
  }
}
