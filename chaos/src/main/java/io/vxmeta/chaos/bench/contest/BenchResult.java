package io.vxmeta.chaos.bench.contest;

import java.util.Locale;
import org.HdrHistogram.Histogram;

/// What one workload measured of one store.
///
/// @param operations answered within the measured time: puts, or keys read
/// @param failures calls that were refused or ended unknown; they count as no operation
record BenchResult(
    String workload,
    String store,
    long operations,
    double seconds,
    Latency latency,
    long serverCpuMicros,
    long failures) {

  /// Behind the name of a workload that was run at a fixed rate.
  static final String OPEN = "-open";

  /// Of calls, in microseconds.
  record Latency(long p50, long p99, long p999) {
    static Latency of(Histogram latencies) {
      return new Latency(
          latencies.getValueAtPercentile(50),
          latencies.getValueAtPercentile(99),
          latencies.getValueAtPercentile(99.9));
    }
  }

  double perSecond() {
    return operations / seconds;
  }

  private double cpuMicrosPerOperation() {
    return operations == 0 ? 0 : (double) serverCpuMicros / operations;
  }

  String json() {
    return String.format(
        Locale.ROOT,
        "{\"bench\":\"cluster\",\"workload\":\"%s\",\"impl\":\"%s\",\"ops_per_s\":%.0f,"
            + "\"p50_us\":%d,\"p99_us\":%d,\"p999_us\":%d,\"server_cpu_us_per_op\":%.2f}",
        workload,
        store,
        perSecond(),
        latency.p50(),
        latency.p99(),
        latency.p999(),
        cpuMicrosPerOperation());
  }

  String line() {
    return String.format(
        Locale.ROOT,
        "%-18s %-9s %,11.0f op/s   p50 %,9d us   p99 %,9d us   p99.9 %,9d us   server CPU %8.2f us/op"
            + "   failures %d",
        workload,
        store,
        perSecond(),
        latency.p50(),
        latency.p99(),
        latency.p999(),
        cpuMicrosPerOperation(),
        failures);
  }
}
