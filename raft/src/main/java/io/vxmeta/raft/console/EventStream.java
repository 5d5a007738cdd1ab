package io.vxmeta.raft.console;

import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.Consumer;

/// One reader of server-sent events, with the few that wait for it.
final class EventStream {
  /* Threads: one of its own writes and may block on the reader; any offers and never waits.
   * A reader for whom QUEUE_MAX events wait is dropped: it would only see the past. Its browser comes back by itself. */

  static final int QUEUE_MAX = 4;

  private final BlockingQueue<byte[]> queue = new ArrayBlockingQueue<>(QUEUE_MAX);
  private final OutputStream out;
  private final Consumer<EventStream> atEnd;
  private final Thread writer;

  /// @param atEnd called once on the writing thread, when the reader is gone or was dropped; must
  ///   close what is below `out`
  EventStream(OutputStream out, Consumer<EventStream> atEnd) {
    this.out = out;
    this.atEnd = atEnd;
    this.writer = Thread.ofVirtual().name("vx-console-stream").unstarted(this::write);
  }

  void begin() {
    writer.start();
  }

  /// Sends the event, or ends a stream whose reader is too slow.
  void offer(byte[] event) {
    if (!queue.offer(event)) {
      end();
    }
  }

  /// Also frees a writer that waits for its reader: to interrupt it closes the socket.
  void end() {
    writer.interrupt();
  }

  private void write() {
    try {
      while (true) {
        out.write(queue.take());
        out.flush();
      }
    } catch (IOException | InterruptedException over) {
      // The reader went, was too slow, or the node stops: nobody is left to be told.
    } finally {
      // So that the last words of the protocol do not wait for a reader who reads nothing.
      Thread.currentThread().interrupt();
      atEnd.accept(this);
    }
  }
}
