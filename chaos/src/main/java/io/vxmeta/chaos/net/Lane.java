package io.vxmeta.chaos.net;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;

/// One direction of a proxied connection: what one side says, under way to the other.
final class Lane {
  /* Threads: a reader and a writer, so that a delayed lane keeps its throughput. Both belong to the relay, which ends them by an
   *   interrupt; the reader ends by itself when its side has.
   * Invariants: everything is heard in the order in which it was said, each after it has passed the gate. No more than CHUNKS_MAX
   *   chunks are under way; an end or a reset finds room always, so saying it never waits. The writer stays behind an
   *   end, since a reset may follow: the side that ended may be gone, and says so when it is spoken to. */

  /// Bytes of one read.
  private static final int CHUNK_BYTES = 16 * 1024;

  /// 4 MiB, about what two socket buffers hold.
  private static final int CHUNKS_MAX = 256;

  private static final byte[] NOTHING = {};

  /// What can be said.
  enum Kind {
    BYTES,
    /// No more bytes come.
    END,
    /// Nobody is there any more.
    RESET
  }

  /// One thing said; only bytes have bytes.
  private static final class Chunk {
    final Kind kind;
    final byte[] bytes;
    final long arrivedNanos = System.nanoTime();

    Chunk(Kind kind, byte[] bytes) {
      this.kind = kind;
      this.bytes = bytes;
    }
  }

  private final Relay relay;
  private final Socket from;
  private final Socket to;
  private final Gate gate;
  private final BlockingQueue<Chunk> underWay = new LinkedBlockingQueue<>();
  private final Semaphore room = new Semaphore(CHUNKS_MAX);
  private final CountDownLatch ended = new CountDownLatch(1);

  /// The writer's own.
  private boolean isUnheard;

  Lane(Relay relay, Socket from, Socket to, Gate gate) {
    this.relay = relay;
    this.from = from;
    this.to = to;
    this.gate = gate;
  }

  /// Says something that has no bytes, behind all that was said before.
  void say(Kind kind) {
    underWay.add(new Chunk(kind, NOTHING));
  }

  /// Waits until an end has come out.
  void awaitEnd() throws InterruptedException {
    ended.await();
  }

  /// The reader's work.
  void read() {
    byte[] buffer = new byte[CHUNK_BYTES];
    try {
      InputStream in = from.getInputStream();
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        room.acquire();
        underWay.add(new Chunk(Kind.BYTES, Arrays.copyOf(buffer, n)));
      }
      say(Kind.END);
    } catch (IOException broken) {
      if (!relay.forgot(from)) {
        say(Kind.RESET);
      }
    } catch (InterruptedException over) {
      // Nobody waits for what was not read.
    }
  }

  /// The writer's work.
  void write() {
    try {
      while (true) {
        Chunk chunk = underWay.take();
        gate.pass(chunk.arrivedNanos, chunk.bytes.length);
        boolean swallowed = relay.swallows(chunk.bytes.length);
        switch (chunk.kind) {
          case BYTES -> {
            room.release();
            if (!swallowed && !isUnheard) {
              deliver(chunk.bytes);
            }
          }
          case END -> {
            if (!swallowed) {
              deliverEnd();
            }
            ended.countDown();
          }
          case RESET -> {
            if (!swallowed) {
              relay.resetTo(to);
            }
            ended.countDown();
          }
        }
      }
    } catch (InterruptedException over) {
      // The relay is.
    }
  }

  private void deliver(byte[] bytes) throws InterruptedException {
    try {
      to.getOutputStream().write(bytes);
    } catch (IOException gone) {
      isUnheard = true;
      relay.isGoneBehind(this);
    }
  }

  private void deliverEnd() {
    try {
      to.shutdownOutput();
    } catch (IOException gone) {
      // Its own lane says so.
    }
  }
}
