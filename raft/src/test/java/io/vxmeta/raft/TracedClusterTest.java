package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanId;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TracerProvider;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.vxmeta.client.BulkWriter;
import io.vxmeta.client.Bytes;
import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.ReadOptions;
import io.vxmeta.client.ReadStream;
import io.vxmeta.client.Scan;
import io.vxmeta.client.ScanOptions;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.VxClient;
import io.vxmeta.shardmap.ShardId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A call that its client traces is one trace, from there to the table and back.
final class TracedClusterTest {
  private static final String WRITE = "vxmeta.v1.MetadataStore/Write";
  private static final String READ = "vxmeta.v1.MetadataStore/Read";
  private static final String WRITE_STREAM = "vxmeta.v1.MetadataStore/WriteStream";
  private static final String READ_STREAM = "vxmeta.v1.MetadataStore/ReadStream";
  private static final String SCAN = "vxmeta.v1.MetadataStore/Scan";
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
  void everyCallIsOneTraceFromTheClientToTheTable() throws Exception {
    try (TestCluster cluster = TestCluster.ofThreeThatTrace(directory, spans)) {
      cluster.awaitReady();
      try (SdkTracerProvider provider = telling(Sampler.alwaysOn());
          VxClient client = client(cluster, provider)) {
        client.write(Transaction.put("default", KEY, Bytes.utf8("hidden-value"))).orThrow();
        client.read("default", List.of(KEY), ReadOptions.linearizable());
        writeOnAStream(client);
        readOnAStream(client);
        try (Scan scan = client.scan("default", ScanOptions.EVERYTHING)) {
          scan.forEachRemaining(record -> assertEquals(KEY, record.key()));
        }
      }
      try (SdkTracerProvider silent = telling(Sampler.alwaysOff());
          VxClient client = client(cluster, silent)) {
        writeOnAStream(client);
        readOnAStream(client);
      }
      TestCluster.await(
          "the servers' spans",
          () ->
              Stream.of(WRITE, READ, WRITE_STREAM, READ_STREAM, SCAN)
                  .flatMap(this::answeredAttempts)
                  .allMatch(attempt -> children(attempt).findAny().isPresent()));
    }
    for (String method : List.of(WRITE, WRITE_STREAM)) {
      SpanData write = server("vxmeta write", method, "applied");
      assertSteps(write, List.of("queue", "log", "apply"));
      assertEquals("leader", said(write, "vxmeta.role"));
      SpanData log = one(children(write).filter(step -> step.getName().equals("log")));
      assertTrue(log.getAttributes().get(AttributeKey.longKey("vxmeta.entry.transactions")) >= 1);
    }
    for (String method : List.of(READ, READ_STREAM)) {
      SpanData read = server("vxmeta read", method, "ok");
      assertSteps(read, List.of("barrier", "look-up"));
      assertEquals("linearizable", said(read, "vxmeta.consistency"));
    }
    assertScan();
    // Nodes follow whatever they are not told about, so one of these would be nobody's child.
    for (String streamed : List.of(WRITE_STREAM, READ_STREAM)) {
      servers(streamed).forEach(server -> assertTrue(server.getParentSpanContext().isValid()));
    }
    assertFalse(spans.all().toString().contains("hidden"), () -> spans.all().toString());
  }

  private SdkTracerProvider telling(Sampler sampler) {
    return SdkTracerProvider.builder()
        .setSampler(sampler)
        .addSpanProcessor(SimpleSpanProcessor.create(spans))
        .build();
  }

  private static VxClient client(TestCluster cluster, SdkTracerProvider provider) {
    return VxClient.connect(
        ClientConfig.of(cluster.clientEndpoints())
            .withDeadline(Duration.ofMinutes(1))
            .withTelemetry(new Telemetry(provider)));
  }

  private static void writeOnAStream(VxClient client) throws InterruptedException {
    try (BulkWriter writer = client.bulkWriter(BulkWriter.Options.DEFAULTS)) {
      writer.submit(Transaction.put("default", KEY, Bytes.utf8("hidden-again"))).join().orThrow();
    }
  }

  private static void readOnAStream(VxClient client) throws InterruptedException {
    try (ReadStream stream = client.readStream(ReadStream.Options.DEFAULTS)) {
      assertEquals(1, stream.read("default", List.of(KEY)).join().records().size());
    }
  }

  /// A stream for each shard, below one span.
  private void assertScan() {
    SpanData root = one(spans.all().stream().filter(span -> span.getName().equals("vxmeta scan")));
    assertEquals(SpanId.getInvalid(), root.getParentSpanId());
    assertEquals("done", said(root, "vxmeta.outcome"));
    Set<Long> shards = new TreeSet<>();
    for (SpanData attempt : answeredAttempts(SCAN).toList()) {
      assertEquals(root.getSpanId(), attempt.getParentSpanId());
      SpanData server = serverOf(attempt, "ok");
      assertSteps(server, List.of("barrier"));
      assertEquals("linearizable", said(server, "vxmeta.consistency"));
      shards.add(server.getAttributes().get(AttributeKey.longKey("vxmeta.shard")));
    }
    assertEquals(ShardId.COUNT, shards.size());
  }

  /// Those of the client that a node answered. A scan gives its stream up when it has the last
  /// page.
  private Stream<SpanData> answeredAttempts(String method) {
    return spans.all().stream()
        .filter(span -> span.getName().equals(method) && span.getKind() == SpanKind.CLIENT)
        .filter(span -> span.getStatus().getStatusCode() != StatusCode.ERROR);
  }

  private Stream<SpanData> servers(String method) {
    return spans.all().stream()
        .filter(span -> span.getName().equals(method) && span.getKind() == SpanKind.SERVER);
  }

  /// The span of the server that answered the only call of a method; all between them is checked.
  private SpanData server(String call, String method, String outcome) {
    SpanData attempt = one(answeredAttempts(method));
    assertEquals("OK", said(attempt, "rpc.response.status_code"));
    SpanData root =
        one(
            spans.all().stream()
                .filter(span -> span.getSpanId().equals(attempt.getParentSpanId())));
    assertEquals(call, root.getName());
    assertEquals(SpanId.getInvalid(), root.getParentSpanId());
    assertEquals("done", said(root, "vxmeta.outcome"));
    return serverOf(attempt, outcome);
  }

  private SpanData serverOf(SpanData attempt, String outcome) {
    assertEquals("127.0.0.1", said(attempt, "server.address"));
    SpanData server = one(children(attempt));
    assertEquals(attempt.getName(), server.getName());
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
