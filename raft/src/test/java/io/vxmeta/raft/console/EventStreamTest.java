package io.vxmeta.raft.console;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

final class EventStreamTest {
  private static final byte[] EVENT = "event".getBytes(StandardCharsets.UTF_8);

  private final CompletableFuture<EventStream> ended = new CompletableFuture<>();

  @Test
  void aReaderThatReadsNothingIsDroppedAndNobodyWaitsForIt() throws IOException {
    try (PipedOutputStream out = new PipedOutputStream();
        PipedInputStream reader = new PipedInputStream(out, 1)) {
      EventStream stream = new EventStream(out, ended::complete);
      stream.begin();
      stream.offer(EVENT);
      assertEquals(EVENT[0], reader.read());
      // The writer is in the middle of the first event and waits for the reader.
      for (int offered = 0; offered < EventStream.QUEUE_MAX; offered++) {
        stream.offer(EVENT);
        assertFalse(ended.isDone());
      }
      stream.offer(EVENT);
      assertEquals(stream, ended.join());
    }
  }

  @Test
  void aReaderThatReadsGetsEventsInTheirOrder() throws IOException {
    try (PipedOutputStream out = new PipedOutputStream();
        PipedInputStream reader = new PipedInputStream(out)) {
      EventStream stream = new EventStream(out, ended::complete);
      stream.begin();
      for (byte number = 1; number < 50; number++) {
        byte[] event = {number, number};
        stream.offer(event);
        assertArrayEquals(event, reader.readNBytes(2));
      }
      stream.end();
      assertEquals(stream, ended.join());
    }
  }
}
