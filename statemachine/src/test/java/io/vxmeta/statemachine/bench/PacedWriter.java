package io.vxmeta.statemachine.bench;

/// A thread that puts beside a reader, as often as the reader allows.
///
/// Threads: one reader allows and waits; the writer is the thread of this object.
final class PacedWriter implements AutoCloseable {

  private static final double ALWAYS = Double.MAX_VALUE;

  private final Store store;
  private final ChosenKeys batch;
  private final byte[] value = new byte[Records.VALUE_BYTES];
  private final Thread thread;
  private volatile double allowed;
  private volatile long done;
  private volatile boolean stopped;

  private PacedWriter(Store store, long population) {
    this.store = store;
    this.batch = new ChosenKeys(population, 2);
    this.thread = Thread.ofPlatform().name("bench-writer").daemon().unstarted(this::write);
  }

  static PacedWriter start(Store store, long population) {
    PacedWriter writer = new PacedWriter(store, population);
    writer.thread.start();
    return writer;
  }

  private void write() {
    long count = 0;
    while (!stopped) {
      long _ = batch.choose();
      for (int i = 0; i < ChosenKeys.SIZE && !stopped; i++) {
        while (count + 1 > allowed && !stopped) {
          Thread.onSpinWait();
        }
        Records.value(batch.numbers[i], count, value);
        store.put(batch.keys[i], value);
        done = ++count;
      }
    }
  }

  /// So many more puts may be made.
  @SuppressWarnings("NonAtomicVolatileUpdate") // Only the reader writes it.
  void allow(double puts) {
    allowed += puts;
  }

  void allowAlways() {
    allowed = ALWAYS;
  }

  /// Waits until all puts that were allowed are made: a slow writer holds the mix's rate back.
  @SuppressWarnings("ThreadPriorityCheck") // On one processor the writer needs the reader's.
  void awaitAllowed() {
    while (done + 1 <= allowed && thread.isAlive()) {
      Thread.yield();
    }
  }

  long done() {
    return done;
  }

  @Override
  public void close() {
    stopped = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
