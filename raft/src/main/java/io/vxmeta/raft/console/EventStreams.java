package io.vxmeta.raft.console;

import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/// Everybody who watches: a bounded number of streams, all of which get the same.
final class EventStreams implements AutoCloseable {
  /* Threads: any. A place is taken BEFORE a stream begins and given back when its writer ends. */

  static final int STREAMS_MAX = 8;

  /// When a browser that lost its stream asks again.
  private static final String PREFACE = "retry: 1000\n";

  private final Semaphore places = new Semaphore(STREAMS_MAX);
  private final Set<EventStream> open = ConcurrentHashMap.newKeySet();

  /// Takes a place; whoever got one begins a stream, or gives it back.
  boolean reserve() {
    return places.tryAcquire();
  }

  void giveBack() {
    places.release();
  }

  /// Begins a stream on a reserved place.
  ///
  /// @param close closes what is below `out`
  void begin(OutputStream out, String first, Runnable close) {
    EventStream stream =
        new EventStream(
            out,
            ended -> {
              open.remove(ended);
              close.run();
              places.release();
            });
    open.add(stream);
    stream.offer((PREFACE + event(first)).getBytes(StandardCharsets.UTF_8));
    stream.begin();
  }

  boolean isEmpty() {
    return open.isEmpty();
  }

  void send(String document) {
    byte[] event = event(document).getBytes(StandardCharsets.UTF_8);
    open.forEach(stream -> stream.offer(event));
  }

  /// The document has no line ends: JSON escapes them.
  private static String event(String document) {
    return "event: state\ndata: " + document + "\n\n";
  }

  @Override
  public void close() {
    open.forEach(EventStream::end);
  }
}
