package io.vxmeta.raft.trace;

import io.grpc.Metadata;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.common.InternalTelemetryVersion;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.vxmeta.client.v1.MetadataStoreGrpc;
import io.vxmeta.raft.api.OperationTrace;
import io.vxmeta.raft.api.OperationTraces;
import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import java.net.URI;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/// A node's traces: makes spans of the reads and writes that are sampled, and sends them to a
/// collector by OTLP over HTTP.
///
/// Whether an operation is sampled says its caller, where it says anything (`traceparent`), else
/// the ratio.
public final class Tracing implements OperationTraces, SpanCounts, AutoCloseable {
  /* Threads: any; a thread of the library's sends.
   * Bounds: QUEUE_SPANS wait, and what is more is dropped and counted; one request is under way at a time, for SEND_MS at
   *   most and without repetition, so a collector that is slow or gone costs spans and never memory or an operation's time.
   */

  /// Spans that wait to be sent, some 1 KiB each.
  public static final int QUEUE_SPANS = 4_096;

  private static final int REQUEST_SPANS = 512;
  private static final long SEND_MS = 5_000;
  private static final long LINGER_MS = 1_000;

  /// For the last spans of a node that stops.
  private static final long CLOSE_MS = 1_000;

  private static final String SERVICE = MetadataStoreGrpc.SERVICE_NAME + "/";

  /// It logs past our log, each failure with a stack trace; [CountedExporter] says it once, and a
  /// metric counts. Held, because the JVM forgets loggers that nobody holds.
  private static final Logger LIBRARY = Logger.getLogger("io.opentelemetry");

  private static final TextMapGetter<Metadata> HEADERS =
      (headers, name) ->
          headers == null
              ? null
              : headers.get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER));

  private final SdkTracerProvider provider;
  private final CountedExporter exporter;
  private final DroppedSpans dropped;
  private final Tracer tracer;
  private final Map<ShardGroupId, ? extends Replica> replicas;

  /// Who makes the spans.
  ///
  /// @param sampleRatio of the operations whose callers do not decide, 0 to 1
  /// @param replicas of which a span says the role
  public record Source(
      String clusterId,
      NodeId node,
      double sampleRatio,
      Map<ShardGroupId, ? extends Replica> replicas) {}

  /// Sends spans to a collector by OTLP over HTTP.
  ///
  /// @param endpoint of the collector; spans go to `/v1/traces` below it
  public static Tracing to(URI endpoint, Source source) {
    String base = endpoint.toString();
    String traces = (base.endsWith("/") ? base : base + "/") + "v1/traces";
    return to(
        OtlpHttpSpanExporter.builder()
            .setEndpoint(traces)
            .setTimeout(SEND_MS, TimeUnit.MILLISECONDS)
            .setRetryPolicy(null)
            .build(),
        traces,
        source);
  }

  /// Hands spans to an exporter.
  ///
  /// @param destination for the log
  public static Tracing to(SpanExporter exporter, String destination, Source source) {
    return new Tracing(new CountedExporter(exporter, destination), source);
  }

  private Tracing(CountedExporter exporter, Source source) {
    LIBRARY.setLevel(Level.OFF);
    this.exporter = exporter;
    this.dropped = new DroppedSpans();
    this.replicas = source.replicas();
    this.provider =
        SdkTracerProvider.builder()
            .setResource(
                Resource.getDefault().toBuilder()
                    .put("service.name", "vxmeta")
                    .put("service.instance.id", source.node().value())
                    .put("vxmeta.cluster", source.clusterId())
                    .build())
            .setSampler(Sampler.parentBased(Sampler.traceIdRatioBased(source.sampleRatio())))
            .addSpanProcessor(
                BatchSpanProcessor.builder(exporter)
                    .setMaxQueueSize(QUEUE_SPANS)
                    .setMaxExportBatchSize(REQUEST_SPANS)
                    .setScheduleDelay(LINGER_MS, TimeUnit.MILLISECONDS)
                    .setExporterTimeout(SEND_MS, TimeUnit.MILLISECONDS)
                    .setInternalTelemetryVersion(InternalTelemetryVersion.LATEST)
                    .setMeterProvider(
                        SdkMeterProvider.builder().registerMetricReader(dropped).build())
                    .build())
            .build();
    this.tracer = provider.get("io.vxmeta.raft");
  }

  @Override
  public Optional<OperationTrace> begin(String method, Metadata headers) {
    Context caller =
        W3CTraceContextPropagator.getInstance().extract(Context.root(), headers, HEADERS);
    String name = SERVICE + method;
    Span span =
        tracer
            .spanBuilder(name)
            .setSpanKind(SpanKind.SERVER)
            .setParent(caller)
            .setAttribute("rpc.system.name", "grpc")
            .setAttribute("rpc.method", name)
            .startSpan();
    return span.isRecording()
        ? Optional.of(new TracedOperation(tracer, span, this::role))
        : Optional.empty();
  }

  private String role(ShardGroupId group) {
    Replica replica = replicas.get(group);
    return replica == null ? "none" : replica.role().name().toLowerCase(Locale.ROOT);
  }

  @Override
  public long exported() {
    return exporter.exported();
  }

  @Override
  public long failed() {
    return exporter.failed();
  }

  @Override
  public long dropped() {
    return dropped.count();
  }

  /// Sends what waits, if that is quick.
  @Override
  public void close() {
    var _ = provider.shutdown().join(CLOSE_MS, TimeUnit.MILLISECONDS);
  }
}
