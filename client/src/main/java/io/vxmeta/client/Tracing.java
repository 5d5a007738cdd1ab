package io.vxmeta.client;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import java.util.Optional;

/// Tells the application's OpenTelemetry of its calls to the cluster.
///
/// Nothing of that library is loaded by a client that was not given one.
final class Tracing {
  /* Threads: any. A call belongs to the span that is current on the thread that makes it. */

  private static final String SCOPE = "io.vxmeta.client";

  private final Tracer tracer;

  Tracing(OpenTelemetry telemetry) {
    this.tracer = telemetry.getTracer(SCOPE);
  }

  /// Empty where nobody looks at spans: without an SDK behind it, OpenTelemetry has only invalid
  /// ones. One that is not sampled is begun all the same, since the servers are to hear that.
  Optional<CallTrace> begin(String name) {
    Context caller = Context.current();
    Span span = tracer.spanBuilder(name).setParent(caller).startSpan();
    return span.getSpanContext().isValid()
        ? Optional.of(new CallTrace(tracer, span, caller.with(span)))
        : Optional.empty();
  }
}
