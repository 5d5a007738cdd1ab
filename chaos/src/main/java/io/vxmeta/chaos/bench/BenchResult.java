package io.vxmeta.chaos.bench;

import java.util.Locale;
import org.HdrHistogram.Histogram;

/// What one workload measured.
///
/// @param operations answered within the measured time; mutations for bulk, reads for multi-gets
/// @param latencies of calls, in microseconds
/// @param failures calls that were refused or ended unknown; they count as no operation
record BenchResult(
    String workload,
    long operations,
    double seconds,
    Histogram latencies,
    long serverCpuMicros,
    long failures) {

  private double perSecond() {
    return operations / seconds;
  }

  private double cpuMicrosPerOperation() {
    return operations == 0 ? 0 : (double) serverCpuMicros / operations;
  }

  String json() {
    return String.format(
        Locale.ROOT,
        "{\"bench\":\"cluster\",\"workload\":\"%s\",\"impl\":\"vxmeta\",\"ops_per_s\":%.0f,"
            + "\"p50_us\":%d,\"p99_us\":%d,\"p999_us\":%d,\"server_cpu_us_per_op\":%.1f}",
        workload,
        perSecond(),
        latencies.getValueAtPercentile(50),
        latencies.getValueAtPercentile(99),
        latencies.getValueAtPercentile(99.9),
        cpuMicrosPerOperation());
  }

  String line() {
    return String.format(
        Locale.ROOT,
        "%-14s %,10.0f op/s   p50 %,8d us   p99 %,8d us   p99.9 %,8d us   server CPU %7.1f us/op"
            + "   failures %d",
        workload,
        perSecond(),
        latencies.getValueAtPercentile(50),
        latencies.getValueAtPercentile(99),
        latencies.getValueAtPercentile(99.9),
        cpuMicrosPerOperation(),
        failures);
  }
}
