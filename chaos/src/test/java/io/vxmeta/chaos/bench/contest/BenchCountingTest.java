package io.vxmeta.chaos.bench.contest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

/// How operations, failures and CPU time are counted.
class BenchCountingTest {
  @Test
  void cpuTimeIsReadPastAnyProcessName() {
    String fields = "S 1 1 1 0 -1 4194560 9 0 0 0 250 40 0 0 20 0 1 0 1 1 1";
    assertEquals(290, ServerCpu.ticks("77 (a) b (c) " + fields));
  }

  @Test
  void ownCpuTimeGrows() throws IOException {
    List<Long> self = List.of(ProcessHandle.current().pid());
    assertTrue(ServerCpu.micros(self) > 0, "this JVM has used CPU time to get here");
  }

  @Test
  void closedLoopCountsAnswersAndFailuresApart() throws InterruptedException {
    AtomicInteger calls = new AtomicInteger();
    ClosedLoop loop =
        new ClosedLoop(
            4,
            () ->
                calls.incrementAndGet() % 2 == 0
                    ? CompletableFuture.completedFuture(100L)
                    : CompletableFuture.failedFuture(new IllegalStateException("refused")));
    Loop.Counts counts = loop.run(Duration.ofMillis(50));
    assertEquals(calls.get(), counts.failures() + counts.operations() / 100);
    assertEquals(counts.operations() / 100, counts.latencies().getTotalCount());
  }

  @Test
  void resultLineHasTheAgreedFields() {
    Histogram latencies = new Histogram(3);
    latencies.recordValue(250);
    assertEquals(
        "{\"bench\":\"cluster\",\"workload\":\"get\",\"impl\":\"vxmeta\",\"ops_per_s\":500,"
            + "\"p50_us\":250,\"p99_us\":250,\"p999_us\":250,\"server_cpu_us_per_op\":30.00}",
        new BenchResult("get", "vxmeta", 1_000, 2.0, BenchResult.Latency.of(latencies), 30_000, 0)
            .json());
  }
}
