package io.vxmeta.raft.observe;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.vxmeta.raft.api.RpcMeter;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/// The counters of one method's calls, by status code, and of a unary one the time they take.
final class RpcMetrics implements RpcMeter {
  /* A counter for OK is there at once. Those of errors come with the first one: seventeen codes of some twenty methods would be
   * most of a scrape, and nearly all of them zero for ever.
   * A histogram, where the other times are summaries: each call records one, and a count in a bucket costs a third of what
   *   three quantiles do; and buckets of several nodes can be added up.
   */
  private static final Duration[] BUCKETS = {
    Duration.ofNanos(250_000),
    Duration.ofNanos(500_000),
    Duration.ofMillis(1),
    Duration.ofNanos(2_500_000),
    Duration.ofMillis(5),
    Duration.ofMillis(10),
    Duration.ofMillis(25),
    Duration.ofMillis(50),
    Duration.ofMillis(100),
    Duration.ofMillis(250),
    Duration.ofMillis(500),
    Duration.ofSeconds(1),
    Duration.ofMillis(2_500),
    Duration.ofSeconds(5),
    Duration.ofSeconds(10)
  };

  private static final int OK = 0;

  private final MeterRegistry registry;
  private final Method method;
  private final AtomicReferenceArray<@Nullable Counter> counters;
  private final Optional<Timer> timer;

  RpcMetrics(MeterRegistry registry, Method method) {
    this.registry = registry;
    this.method = method;
    this.counters = new AtomicReferenceArray<>(method.codes().size());
    counters.set(OK, counter(OK));
    this.timer =
        switch (method.shape()) {
          case UNARY -> Optional.of(timer());
          case STREAM -> Optional.empty();
        };
  }

  private Counter counter(int code) {
    return Counter.builder("vx_meta_rpc_requests")
        .description("Calls that ended, by method and status code")
        .tags("method", method.name(), "code", method.codes().get(code))
        .register(registry);
  }

  private Timer timer() {
    return Timer.builder("vx_meta_rpc")
        .description("From the arrival of a unary call to its end")
        .serviceLevelObjectives(BUCKETS)
        .tags("method", method.name())
        .register(registry);
  }

  @Override
  public void onEnd(int code, long nanos) {
    @Nullable Counter counter = counters.get(code);
    if (counter == null) {
      counter = counter(code); // Registered twice it is the same one.
      counters.set(code, counter);
    }
    counter.increment();
    if (timer.isPresent()) {
      timer.get().record(nanos, TimeUnit.NANOSECONDS);
    }
  }
}
