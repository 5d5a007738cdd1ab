package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanId;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TracerProvider;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.vxmeta.client.Bytes;
import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.ReadOptions;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.VxClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A call that its client traces is one trace, from there to the table and back.
final class TracedClusterTest {
  private static final String WRITE = "vxmeta.v1.MetadataStore/Write";
  private static final String READ = "vxmeta.v1.MetadataStore/Read";
  private static final Bytes KEY = Bytes.utf8("hidden-key");

  @TempDir private Path directory;
  private final KeptSpans spans = new KeptSpans();

  /// What an application hands to its client.
  private record Telemetry(SdkTracerProvider provider) implements OpenTelemetry {
    @Override
    public TracerProvider getTracerProvider() {
      return provider;
    }

    @Override
    public ContextPropagators getPropagators() {
      return ContextPropagators.noop();
    }
  }

  @Test
  void writesAndReadsAreOneTraceEachFromTheClientToTheTable() throws Exception {
    try (TestCluster cluster = TestCluster.ofThreeThatTrace(directory, spans);
        SdkTracerProvider provider =
            SdkTracerProvider.builder()
                .addSpanProcessor(SimpleSpanProcessor.create(spans))
                .build();
        VxClient client =
            VxClient.connect(
                ClientConfig.of(cluster.clientEndpoints())
                    .withDeadline(Duration.ofMinutes(1))
                    .withTelemetry(new Telemetry(provider)))) {
      cluster.awaitReady();
      client.write(Transaction.put("default", KEY, Bytes.utf8("hidden-value"))).orThrow();
      client.read("default", List.of(KEY), ReadOptions.linearizable());
      TestCluster.await(
          "the servers' spans",
          () -> server("vxmeta write").isPresent() && server("vxmeta read").isPresent());
    }
    SpanData write = server("vxmeta write", WRITE, "applied");
    assertSteps(write, List.of("queue", "log", "apply"));
    assertEquals("leader", said(write, "vxmeta.role"));
    SpanData log = children(write).filter(step -> step.getName().equals("log")).findFirst().get();
    assertTrue(log.getAttributes().get(AttributeKey.longKey("vxmeta.entry.transactions")) >= 1);

    SpanData read = server("vxmeta read", READ, "ok");
    assertSteps(read, List.of("barrier", "look-up"));
    assertEquals("linearizable", said(read, "vxmeta.consistency"));

    assertFalse(spans.all().toString().contains("hidden"), () -> spans.all().toString());
  }

  /// The one that answered a call of the client, once it is told.
  private Optional<SpanData> server(String call) {
    return spans.all().stream()
        .filter(span -> span.getName().equals(call))
        .flatMap(this::answeredAttempts)
        .flatMap(this::children)
        .findFirst();
  }

  private Stream<SpanData> answeredAttempts(SpanData call) {
    return children(call).filter(span -> "OK".equals(said(span, "rpc.response.status_code")));
  }

  /// The span of the server that answered a call of the client; all between them is checked.
  private SpanData server(String call, String method, String outcome) {
    SpanData root = one(spans.all().stream().filter(span -> span.getName().equals(call)));
    assertEquals(SpanId.getInvalid(), root.getParentSpanId());
    assertEquals("done", said(root, "vxmeta.outcome"));
    SpanData attempt = one(answeredAttempts(root));
    assertEquals(method, attempt.getName());
    assertEquals(SpanKind.CLIENT, attempt.getKind());
    assertEquals("127.0.0.1", said(attempt, "server.address"));
    SpanData server = one(children(attempt));
    assertEquals(method, server.getName());
    assertEquals(SpanKind.SERVER, server.getKind());
    assertEquals(outcome, said(server, "vxmeta.outcome"));
    for (String where : List.of("vxmeta.group", "vxmeta.shard")) {
      AttributeKey<Long> key = AttributeKey.longKey(where);
      assertEquals(server.getAttributes().get(key), attempt.getAttributes().get(key), where);
    }
    assertEquals(
        said(attempt, "vxmeta.node"),
        server.getResource().getAttribute(AttributeKey.stringKey("service.instance.id")));
    return server;
  }

  private void assertSteps(SpanData server, List<String> names) {
    List<SpanData> steps = new ArrayList<>(children(server).toList());
    steps.sort((one, other) -> Long.compare(one.getStartEpochNanos(), other.getStartEpochNanos()));
    assertEquals(names, steps.stream().map(SpanData::getName).toList());
    for (int i = 1; i < steps.size(); i++) {
      assertEquals(steps.get(i - 1).getEndEpochNanos(), steps.get(i).getStartEpochNanos());
    }
    assertTrue(steps.getLast().getEndEpochNanos() >= steps.getLast().getStartEpochNanos());
  }

  /// Of the same trace by its id.
  private Stream<SpanData> children(SpanData parent) {
    return spans.all().stream()
        .filter(span -> span.getParentSpanId().equals(parent.getSpanId()))
        .filter(span -> span.getTraceId().equals(parent.getTraceId()));
  }

  private static SpanData one(Stream<SpanData> found) {
    List<SpanData> all = found.toList();
    assertEquals(1, all.size(), all::toString);
    return all.getFirst();
  }

  private static String said(SpanData span, String name) {
    return Optional.ofNullable(span.getAttributes().get(AttributeKey.stringKey(name))).orElse("");
  }
}
