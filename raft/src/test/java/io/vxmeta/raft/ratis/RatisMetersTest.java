package io.vxmeta.raft.ratis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vxmeta.raft.observe.Garbage;
import org.apache.ratis.metrics.MetricRegistryInfo;
import org.apache.ratis.metrics.RatisMetricRegistry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What Ratis counts is shown.
final class RatisMetersTest {
  private static final String SHOWN = "ratis_part_events";

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final RatisMetricRegistry part =
      new RatisMeters().create(new MetricRegistryInfo("member", "app", "part", ""));

  @BeforeEach
  void show() {
    Metrics.addRegistry(registry);
  }

  @AfterEach
  void close() {
    Metrics.removeRegistry(registry);
    registry.close();
  }

  @Test
  void aCounterThatNobodyKeepsGoesOn() {
    part.counter("events").inc();
    Garbage.collect();
    part.counter("events").inc();
    assertEquals(2, registry.get(SHOWN).gauge().value());
    assertTrue(part.remove("events"));
  }

  @Test
  void aCounterThatWasRemovedBeginsAnew() {
    part.counter("events").inc();
    assertTrue(part.remove("events"));
    assertNull(registry.find(SHOWN).gauge());
    part.counter("events").inc();
    assertEquals(1, registry.get(SHOWN).gauge().value());
    assertTrue(part.remove("events"));
  }
}
