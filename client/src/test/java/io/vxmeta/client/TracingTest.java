package io.vxmeta.client;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.opentelemetry.api.OpenTelemetry;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Without somebody behind it who looks at spans, a client makes none.
final class TracingTest {

  @Test
  void callsAreNotTracedWithoutAnSdk() {
    assertEquals(Optional.empty(), new Tracing(OpenTelemetry.noop()).begin("vxmeta read"));
  }

  @Test
  void clientsAreGivenNoLibraryUnlessTheApplicationDoes() {
    ClientConfig config = ClientConfig.of("127.0.0.1:7401");
    assertEquals(Optional.empty(), config.telemetry());
    OpenTelemetry given = OpenTelemetry.noop();
    assertEquals(Optional.of(given), config.withTelemetry(given).withZone("a").telemetry());
  }
}
