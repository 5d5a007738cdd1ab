package io.vxmeta.raft.trace;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.metrics.InstrumentType;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.export.CollectionRegistration;
import io.opentelemetry.sdk.metrics.export.MetricReader;

/// Reads from the library's metrics of itself how many spans its queue had no room for; nothing
/// else says it.
final class DroppedSpans implements MetricReader {
  private static final String PROCESSED = "otel.sdk.processor.span.processed";
  private static final AttributeKey<String> ERROR = AttributeKey.stringKey("error.type");
  private static final String QUEUE_FULL = "queue_full";

  private volatile CollectionRegistration metrics = CollectionRegistration.noop();

  @Override
  public void register(CollectionRegistration registration) {
    metrics = registration;
  }

  long count() {
    long dropped = 0;
    for (MetricData metric : metrics.collectAllMetrics()) {
      if (metric.getName().equals(PROCESSED)) {
        for (LongPointData point : metric.getLongSumData().getPoints()) {
          dropped += QUEUE_FULL.equals(point.getAttributes().get(ERROR)) ? point.getValue() : 0;
        }
      }
    }
    return dropped;
  }

  @Override
  public AggregationTemporality getAggregationTemporality(InstrumentType type) {
    return AggregationTemporality.CUMULATIVE;
  }

  @Override
  public CompletableResultCode forceFlush() {
    return CompletableResultCode.ofSuccess();
  }

  @Override
  public CompletableResultCode shutdown() {
    return CompletableResultCode.ofSuccess();
  }
}
