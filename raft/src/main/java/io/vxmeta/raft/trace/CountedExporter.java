package io.vxmeta.raft.trace;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Counts the spans that are sent, and says once when the collector no longer takes them, and once
/// when it does again.
final class CountedExporter implements SpanExporter {
  private static final Logger LOG = LoggerFactory.getLogger(CountedExporter.class);

  private final SpanExporter next;
  private final String destination;
  private final LongAdder exported = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final AtomicBoolean lost = new AtomicBoolean();

  CountedExporter(SpanExporter next, String destination) {
    this.next = next;
    this.destination = destination;
  }

  @Override
  public CompletableResultCode export(Collection<SpanData> spans) {
    int count = spans.size();
    CompletableResultCode result = next.export(spans);
    return result.whenComplete(() -> onEnd(result, count));
  }

  private void onEnd(CompletableResultCode result, int spans) {
    if (result.isSuccess()) {
      exported.add(spans);
      if (lost.getAndSet(false)) {
        LOG.info("spans are taken again: endpoint={}", destination);
      }
      return;
    }
    failed.add(spans);
    if (!lost.getAndSet(true)) {
      LOG.warn(
          "spans are not taken, and are lost until they are: endpoint={} cause={}; check that an"
              + " OTLP collector listens there for HTTP, or take tracing.endpoint out",
          destination,
          cause(result));
    }
  }

  /// An answer that is no thanks has no cause.
  private static String cause(CompletableResultCode result) {
    Throwable failure = result.getFailureThrowable();
    return failure == null || failure.getCause() == null
        ? "refused"
        : failure.getCause().toString();
  }

  long exported() {
    return exported.sum();
  }

  long failed() {
    return failed.sum();
  }

  @Override
  public CompletableResultCode flush() {
    return next.flush();
  }

  @Override
  public CompletableResultCode shutdown() {
    return next.shutdown();
  }
}
