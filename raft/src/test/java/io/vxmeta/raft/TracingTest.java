package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import com.sun.net.httpserver.HttpServer;
import io.grpc.Metadata;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import io.vxmeta.raft.api.OperationTrace;
import io.vxmeta.raft.trace.Tracing;
import io.vxmeta.shardmap.NodeId;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/// A node follows what it is to follow, and what it tells of it is bounded.
final class TracingTest {
  private static final Metadata.Key<String> TRACEPARENT =
      Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER);
  private static final String CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0";

  private static final Logger LOGGER =
      (Logger) LoggerFactory.getLogger("io.vxmeta.raft.trace.CountedExporter");

  private final List<String> lines = new CopyOnWriteArrayList<>();

  private final AppenderBase<ILoggingEvent> log =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          lines.add(event.getFormattedMessage());
        }
      };

  private static Tracing.Source source(double ratio) {
    return new Tracing.Source("test", new NodeId("node-1"), ratio, Map.of());
  }

  /// A collector that answers so.
  private static SpanExporter answering(Supplier<CompletableResultCode> answer) {
    return new SpanExporter() {
      @Override
      public CompletableResultCode export(Collection<SpanData> spans) {
        return answer.get();
      }

      @Override
      public CompletableResultCode flush() {
        return CompletableResultCode.ofSuccess();
      }

      @Override
      public CompletableResultCode shutdown() {
        return CompletableResultCode.ofSuccess();
      }
    };
  }

  private static boolean follows(double ratio, String traceparent) {
    Metadata headers = new Metadata();
    if (!traceparent.isEmpty()) {
      headers.put(TRACEPARENT, traceparent);
    }
    try (Tracing tracing =
        Tracing.to(answering(CompletableResultCode::ofSuccess), "nowhere", source(ratio))) {
      return tracing.begin("Read", headers).isPresent();
    }
  }

  @Test
  void callersDecideWhatIsFollowedAndTheRatioDecidesTheRest() {
    assertTrue(follows(1, ""));
    assertFalse(follows(0, ""));
    assertTrue(follows(0, CALLER + "1"));
    assertFalse(follows(1, CALLER + "0"));
    assertTrue(follows(1, "nonsense"));
    assertFalse(follows(0, "nonsense"));
  }

  private static void follow(Tracing tracing, int operations) {
    for (int i = 0; i < operations; i++) {
      tracing
          .begin("Read", new Metadata())
          .ifPresent(trace -> trace.ended("ok", OperationTrace.End.ANSWER));
    }
  }

  @Test
  void spansBeyondTheQueueAreDroppedAndCounted() {
    CompletableResultCode silence = new CompletableResultCode();
    try (Tracing tracing = Tracing.to(answering(() -> silence), "nowhere", source(1))) {
      TestCluster.await(
          "a full queue",
          () -> {
            follow(tracing, Tracing.QUEUE_SPANS);
            return tracing.dropped() > 0;
          });
      assertEquals(0, tracing.exported());
      var _ = silence.succeed();
    }
  }

  @Test
  void spansReachACollectorByHttpAndOneThatTakesNoneIsToldOnce() throws Exception {
    AtomicInteger status = new AtomicInteger(503);
    Deque<String> bodies = new ConcurrentLinkedDeque<>();
    HttpServer collector =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    collector.createContext(
        "/otel/v1/traces",
        exchange -> {
          bodies.add(
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.ISO_8859_1));
          exchange.sendResponseHeaders(status.get(), -1);
          exchange.close();
        });
    collector.start();
    log.start();
    LOGGER.addAppender(log);
    URI endpoint = URI.create("http://127.0.0.1:" + collector.getAddress().getPort() + "/otel");
    try (Tracing tracing = Tracing.to(endpoint, source(1))) {
      for (int refused = 1; refused <= 2; refused++) {
        int spans = refused;
        follow(tracing, 1);
        TestCluster.await("a refusal", () -> tracing.failed() == spans);
      }
      TestCluster.await("a line about it", () -> !lines.isEmpty());
      assertEquals(1, lines.size(), lines::toString);
      assertTrue(lines.getFirst().startsWith("spans are not taken"), lines::toString);
      status.set(200);
      TestCluster.await(
          "thanks",
          () -> {
            follow(tracing, 1);
            return lines.stream().anyMatch(line -> line.startsWith("spans are taken again"));
          });
      assertTrue(tracing.exported() > 0);
    } finally {
      collector.stop(0);
      LOGGER.detachAppender(log);
    }
    for (String body : bodies) {
      assertTrue(body.contains("vxmeta.v1.MetadataStore/Read"), body);
      assertTrue(body.contains("node-1"), body);
    }
  }
}
