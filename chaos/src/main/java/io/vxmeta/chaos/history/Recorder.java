package io.vxmeta.chaos.history;

import com.google.gson.JsonElement;
import com.google.gson.JsonPrimitive;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;

/// Writes a run's operations to a file as they happen: JSON Lines in the operation form, compressed
/// with gzip.
public final class Recorder implements AutoCloseable {
  /* Threads: any; one lock gives each event its index and its time, so the order of the file is real time as long as callers
   * record the invocation BEFORE the call goes out and the completion AFTER its answer came.
   * Memory: a buffer; nothing is kept of what was written.
   * The file is a chain of gzip members: a sealed one is whole on disk, and what is recorded later goes into the next. */

  /// Events of one file, however much memory there is: 16 hours at 70 operations a second.
  public static final long EVENTS_MAX = 8_000_000;

  /// What an operation writes: that it was asked, and what became of it.
  public static final int EVENTS_PER_OPERATION = 2;

  /// Heap that the hungriest judge wants for an event: the one of `list-append` holds its history
  /// whole, and took 2.4 GB for 720,000 transactions; a fifth is added for bad luck.
  private static final int HEAP_BYTES_PER_EVENT = 2_000;

  private static final int BUFFER_BYTES = 1 << 16;

  private final String workload;
  private final Path file;
  private final long origin;
  private final long eventsMax;
  private Optional<Writer> member = Optional.empty();
  private long events;
  private long processes;
  private long invoked;
  private long answered;

  /// The first event says that `workload` was recorded; `time` fields count from `origin`, an
  /// instant of [System#nanoTime].
  public Recorder(String workload, Path file, long origin) throws IOException {
    this(workload, file, origin, eventsMax(Runtime.getRuntime().maxMemory()));
  }

  /// The same for another limit than what can be judged here.
  public Recorder(String workload, Path file, long origin, long eventsMax) throws IOException {
    this.workload = workload;
    this.file = file;
    this.origin = origin;
    this.eventsMax = eventsMax;
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.deleteIfExists(file);
    this.member = Optional.of(open());
  }

  /// Events of one file that can be judged in a heap of that size.
  public static long eventsMax(long heapBytes) {
    return Math.min(EVENTS_MAX, heapBytes / HEAP_BYTES_PER_EVENT);
  }

  /// What judging so many events wants.
  public static long heapBytes(long events) {
    return events * HEAP_BYTES_PER_EVENT;
  }

  private Writer open() throws IOException {
    return new BufferedWriter(
        new OutputStreamWriter(
            new GZIPOutputStream(
                Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND),
                BUFFER_BYTES),
            StandardCharsets.UTF_8),
        BUFFER_BYTES);
  }

  /// The number of a logical process that has asked nothing yet.
  public synchronized long process() {
    return processes++;
  }

  /// Whether no further operation fits; those under way can still be completed.
  public synchronized boolean isFull() {
    return events >= eventsMax;
  }

  /// Call it BEFORE the call goes out.
  public synchronized void invoke(long process, List<Micro> steps, Map<String, JsonElement> facts) {
    invoked++;
    write(process, Operation.Type.INVOKE, steps, facts);
  }

  /// Call it AFTER the call has ended; `type` is not INVOKE.
  public synchronized void complete(
      long process, Operation.Type type, List<Micro> steps, Map<String, JsonElement> facts) {
    answered += type == Operation.Type.OK ? 1 : 0;
    write(process, type, steps, facts);
  }

  private void write(
      long process, Operation.Type type, List<Micro> steps, Map<String, JsonElement> facts) {
    Map<String, JsonElement> extras = facts;
    if (events == 0) {
      extras = new HashMap<>(facts);
      extras.put(Operation.WORKLOAD, new JsonPrimitive(workload));
    }
    Operation event =
        new Operation(events, System.nanoTime() - origin, process, type, steps, extras);
    try {
      if (member.isEmpty()) {
        member = Optional.of(open());
      }
      Writer out = member.get();
      out.write(OperationCodec.encode(event));
      out.write('\n');
      events++;
    } catch (IOException lost) {
      throw new UncheckedIOException(
          "cannot record an operation: file=" + file + " events=" + events + "; free the disk",
          lost);
    }
  }

  public long eventsMax() {
    return eventsMax;
  }

  public Path file() {
    return file;
  }

  /// Calls made so far.
  public synchronized long operations() {
    return invoked;
  }

  /// Calls that were answered so far.
  public synchronized long answered() {
    return answered;
  }

  /// What was recorded so far is whole on disk when this returns.
  public synchronized void seal() throws IOException {
    if (member.isPresent()) {
      member.get().close();
      member = Optional.empty();
    }
  }

  @Override
  public void close() throws IOException {
    seal();
  }
}
