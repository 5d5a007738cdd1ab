package io.vxmeta.chaos.cluster;

import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// Starts every process of this JVM on one thread that lives as long as the JVM.
final class Launcher {
  /* The kernel delivers a parent's death signal when the THREAD that started the child ends: a thread that ends with a test
   * would take the nodes with it, this one takes them when the JVM is gone, however it went. */

  private static final ExecutorService THREAD =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().daemon().name("process-launcher").factory());

  private Launcher() {}

  static NodeProcess launch(Callable<NodeProcess> start) throws IOException, InterruptedException {
    try {
      return THREAD.submit(start).get();
    } catch (ExecutionException e) {
      throw new IOException("cannot start a node: " + e.getCause(), e.getCause());
    }
  }
}
