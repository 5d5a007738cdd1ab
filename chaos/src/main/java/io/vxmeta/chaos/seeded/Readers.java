package io.vxmeta.chaos.seeded;

import io.vxmeta.client.ReadOptions;
import io.vxmeta.shardmap.NodeId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/// Threads that read a register at one node, again and again, until they are stopped.
record Readers(AtomicBoolean ended, List<Thread> threads) {
  private static final int THREADS = 6;

  /// A node that can not answer is asked anew after this.
  private static final Duration ATTEMPT = Duration.ofSeconds(1);

  static Readers start(Registers registers, NodeId node) {
    Readers readers = new Readers(new AtomicBoolean(), new ArrayList<>());
    ReadOptions options = ReadOptions.linearizable().at(node).within(ATTEMPT);
    for (int i = 0; i < THREADS; i++) {
      readers.threads.add(
          Thread.ofVirtual()
              .start(() -> {
                while (!readers.ended.get()) {
                  var _ = registers.readAsync(0, options).handle((seen, _) -> seen != null).join();
                }
              }));
    }
    return readers;
  }

  void stop() throws InterruptedException {
    ended.set(true);
    for (Thread thread : threads) {
      thread.join();
    }
  }
}
