package io.vxmeta.raft.ratis;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.ratis.metrics.LongCounter;
import org.apache.ratis.metrics.MetricRegistries;
import org.apache.ratis.metrics.MetricRegistryInfo;
import org.apache.ratis.metrics.RatisMetricRegistry;
import org.apache.ratis.metrics.Timekeeper;
import org.apache.ratis.util.TimeDuration;

/// Ratis' own metrics, in the registry that the node scrapes. Found by Ratis through its
/// ServiceLoader.
public final class RatisMeters extends MetricRegistries {
  /* Threads: any. Reference counted as Ratis demands: the same registry is created by several owners and goes with the last.
   * Names become `ratis_<component>_<name>`; the member (peer and group) is the tag `member`, so names stay few.
   * Micrometer's global registry is the only meeting point with code that Ratis' ServiceLoader constructs.
   */
  private final Map<MetricRegistryInfo, Shared> registries = new ConcurrentHashMap<>();

  private record Shared(MeterRoom room, int owners) {}

  @Override
  public RatisMetricRegistry create(MetricRegistryInfo info) {
    return registries
        .merge(
            info,
            new Shared(new MeterRoom(info), 1),
            (old, fresh) -> new Shared(old.room(), old.owners() + 1))
        .room();
  }

  @Override
  public boolean remove(MetricRegistryInfo key) {
    Shared left =
        registries.computeIfPresent(
            key,
            (_, shared) -> {
              if (shared.owners() > 1) {
                return new Shared(shared.room(), shared.owners() - 1);
              }
              shared.room().clear();
              return null;
            });
    return left == null;
  }

  @Override
  public void clear() {
    registries.values().forEach(shared -> shared.room().clear());
    registries.clear();
  }

  @Override
  public Optional<RatisMetricRegistry> get(MetricRegistryInfo info) {
    return Optional.ofNullable(registries.get(info)).map(Shared::room);
  }

  @Override
  public Set<MetricRegistryInfo> getMetricRegistryInfos() {
    return Set.copyOf(registries.keySet());
  }

  @Override
  public Collection<RatisMetricRegistry> getMetricRegistries() {
    return registries.values().stream().<RatisMetricRegistry>map(Shared::room).toList();
  }

  /// Reporters are Micrometer's business.
  @Override
  public void addReporterRegistration(
      Consumer<RatisMetricRegistry> start, Consumer<RatisMetricRegistry> stop) {}

  @Override
  public void enableJmxReporter() {}

  @Override
  public void enableConsoleReporter(TimeDuration rate) {}

  /// The meters of one component of one member.
  private static final class MeterRoom implements RatisMetricRegistry {
    private final MetricRegistryInfo info;
    private final Tags tags;
    private final Map<String, Meter> meters = new ConcurrentHashMap<>();
    private final Map<String, Level> levels = new ConcurrentHashMap<>();

    MeterRoom(MetricRegistryInfo info) {
      this.info = info;
      this.tags = Tags.of("member", info.getPrefix());
    }

    @Override
    public Timekeeper timer(String name) {
      Timer timer = Metrics.timer(named(name), tags);
      meters.put(name, timer);
      return () -> started(timer, System.nanoTime());
    }

    private static Timekeeper.Context started(Timer timer, long began) {
      return () -> {
        long nanos = System.nanoTime() - began;
        timer.record(nanos, TimeUnit.NANOSECONDS);
        return nanos;
      };
    }

    /// The same one for the same name: of two only the first would be shown.
    @Override
    public LongCounter counter(String name) {
      return levels.computeIfAbsent(name, this::level);
    }

    /// Ratis counts down as well, which a Prometheus counter must not.
    private Level level(String name) {
      Level level = new Level();
      meters.put(
          name,
          Gauge.builder(named(name), level, Level::getCount)
              .tags(tags)
              .strongReference(true)
              .register(Metrics.globalRegistry));
      return level;
    }

    @Override
    public boolean remove(String name) {
      levels.remove(name);
      Meter meter = meters.remove(name);
      if (meter == null) {
        return false;
      }
      Metrics.globalRegistry.remove(meter);
      return true;
    }

    @Override
    public <T> void gauge(String name, Supplier<Supplier<T>> gaugeSupplier) {
      Supplier<T> value = gaugeSupplier.get();
      meters.put(
          name,
          Gauge.builder(named(name), value, MeterRoom::number)
              .tags(tags)
              .strongReference(true)
              .register(Metrics.globalRegistry));
    }

    private static double number(Supplier<?> supplier) {
      return supplier.get() instanceof Number number ? number.doubleValue() : Double.NaN;
    }

    @Override
    public MetricRegistryInfo getMetricRegistryInfo() {
      return info;
    }

    void clear() {
      List.copyOf(meters.keySet()).forEach(this::remove);
    }

    private String named(String name) {
      return "ratis_" + info.getMetricsComponentName() + "_" + name;
    }
  }

  private static final class Level implements LongCounter {
    private final LongAdder count = new LongAdder();

    @Override
    public void inc(long n) {
      count.add(n);
    }

    @Override
    public void dec(long n) {
      count.add(-n);
    }

    @Override
    public long getCount() {
      return count.sum();
    }
  }
}
