package io.vxmeta.statemachine.bench;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/// Time that the calling thread was on a processor, time that passed, and bytes it allocated.
final class Stopwatch {
  /* Rates are per second ON the processor: what neighbours on a busy machine take away does not count. What a store leaves to
   * threads of its own does not count either, which favours those that have such threads; the table has none. */

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private Stopwatch() {}

  static long onProcessorNanos() {
    return THREADS.getCurrentThreadCpuTime();
  }

  static long allocatedBytes() {
    return THREADS.getCurrentThreadAllocatedBytes();
  }
}
