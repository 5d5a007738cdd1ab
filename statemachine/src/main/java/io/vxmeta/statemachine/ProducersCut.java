package io.vxmeta.statemachine;

import io.vxmeta.statemachine.snapshot.ProducersImage;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/// The producers as they were at one moment, written out while the apply thread goes on changing
/// them.
final class ProducersCut implements ProducersImage {
  /* A producer is encoded for this cut exactly once, by whoever comes first: the writer that walks all of them, or the
   * apply thread just BEFORE it changes one. Both do it under the producer's monitor, which guards `savedForCut`; what the
   * apply thread encoded waits in `saved`. A producer made after the cut is born as saved and is in no walk.
   * Why the walk may read a producer without having seen the apply thread's later changes: it holds the monitor and found the
   * producer unsaved, so the apply thread has not changed it since the cut, and everything before the cut happened before
   * the cut was handed to the writer.
   * Bound: `saved` holds at most all producers once, so the memory is at most that of the remembered answers.
   */

  private final int number;
  private final @Nullable Producer[] producers;
  private final ProducersFile.Header header;
  private final Queue<byte[]> saved = new ConcurrentLinkedQueue<>();
  private volatile boolean closed;

  ProducersCut(int number, @Nullable Producer[] producers, ProducersFile.Header header) {
    this.number = number;
    this.producers = producers;
    this.header = header;
  }

  boolean closed() {
    return closed;
  }

  /// Apply thread, BEFORE it changes a producer.
  void saveBeforeChange(Producer producer) {
    synchronized (producer) {
      if (producer.savedForCut != number) {
        producer.savedForCut = number;
        saved.add(ProducersFile.encode(producer));
      }
    }
  }

  @Override
  public void writeTo(OutputStream out) throws IOException {
    out.write(header.encode());
    int written = 0;
    for (Producer producer : producers) {
      if (producer != null) {
        saveBeforeChange(producer);
        written += drain(out);
      }
    }
    written += drain(out);
    if (written != header.count()) {
      throw new IllegalStateException(
          "expected each producer once in the snapshot; producers="
              + header.count()
              + " written="
              + written
              + "; stop this replica and restore it from a peer");
    }
  }

  @Override
  public void close() {
    closed = true;
    saved.clear();
  }

  private int drain(OutputStream out) throws IOException {
    int drained = 0;
    for (byte[] bytes = saved.poll(); bytes != null; bytes = saved.poll()) {
      out.write(bytes);
      drained++;
    }
    return drained;
  }
}
