package io.vxmeta.client;

import io.opentelemetry.api.OpenTelemetry;
import io.vxmeta.client.grpc.Channels.TlsFiles;
import io.vxmeta.shardmap.Endpoint;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Everything a client can be told. `endpoints`: any nodes of the cluster, the shard map names the
/// rest. `deadline`: of a call that gives none. `attempt`: how long one node may take before
/// another is asked. `zone`: reads that any replica may serve prefer it. `producer`: empty = a new
/// random one. `nearCache`: empty = every read asks a server. `telemetry`: empty = calls are not
/// traced.
public record ClientConfig(
    List<Endpoint> endpoints,
    Duration deadline,
    Duration attempt,
    String zone,
    Optional<ProducerIdentity> producer,
    Optional<TlsFiles> tls,
    int eventLoops,
    Optional<NearCacheLimits> nearCache,
    Optional<OpenTelemetry> telemetry) {

  /// Long enough for an election on a busy machine.
  public static final Duration DEADLINE = Duration.ofSeconds(10);

  /// A healthy node answers within milliseconds; a cold one within a second or two.
  public static final Duration ATTEMPT = Duration.ofSeconds(3);

  public ClientConfig {
    endpoints = List.copyOf(endpoints);
    if (endpoints.isEmpty()) {
      throw new IllegalArgumentException(
          "a client needs at least one endpoint: endpoints=[]; give host:port of any node");
    }
    checkPositive("deadline", deadline);
    checkPositive("attempt", attempt);
    if (eventLoops < 1) {
      throw new IllegalArgumentException(
          "a client needs at least one event loop: event-loops=" + eventLoops);
    }
  }

  static void checkPositive(String name, Duration duration) {
    if (duration.isZero() || duration.isNegative()) {
      throw new IllegalArgumentException(
          "a duration is more than nothing: " + name + "=" + duration);
    }
  }

  /// The defaults, for nodes at these endpoints.
  public static ClientConfig of(List<Endpoint> endpoints) {
    return new ClientConfig(
        endpoints,
        DEADLINE,
        ATTEMPT,
        "",
        Optional.empty(),
        Optional.empty(),
        1,
        Optional.empty(),
        Optional.empty());
  }

  /// The defaults, for `host:port,host:port,...`.
  public static ClientConfig of(String endpoints) {
    return of(
        Arrays.stream(endpoints.split(","))
            .map(String::strip)
            .filter(text -> !text.isEmpty())
            .map(Endpoint::parse)
            .toList());
  }

  public ClientConfig withDeadline(Duration newDeadline) {
    return new ClientConfig(
        endpoints, newDeadline, attempt, zone, producer, tls, eventLoops, nearCache, telemetry);
  }

  public ClientConfig withAttempt(Duration newAttempt) {
    return new ClientConfig(
        endpoints, deadline, newAttempt, zone, producer, tls, eventLoops, nearCache, telemetry);
  }

  public ClientConfig withZone(String newZone) {
    return new ClientConfig(
        endpoints, deadline, attempt, newZone, producer, tls, eventLoops, nearCache, telemetry);
  }

  public ClientConfig withProducer(ProducerIdentity newProducer) {
    return new ClientConfig(
        endpoints,
        deadline,
        attempt,
        zone,
        Optional.of(newProducer),
        tls,
        eventLoops,
        nearCache,
        telemetry);
  }

  public ClientConfig withTls(TlsFiles files) {
    return new ClientConfig(
        endpoints,
        deadline,
        attempt,
        zone,
        producer,
        Optional.of(files),
        eventLoops,
        nearCache,
        telemetry);
  }

  public ClientConfig withEventLoops(int newEventLoops) {
    return new ClientConfig(
        endpoints, deadline, attempt, zone, producer, tls, newEventLoops, nearCache, telemetry);
  }

  /// Reads that name a bound of staleness or a token may be answered from this client's memory. See
  /// docs/architecture.md.
  public ClientConfig withNearCache(NearCacheLimits limits) {
    return new ClientConfig(
        endpoints,
        deadline,
        attempt,
        zone,
        producer,
        tls,
        eventLoops,
        Optional.of(limits),
        telemetry);
  }

  /// Calls become spans of this application's traces, and nodes that trace go on with them. See
  /// docs/operations.md.
  public ClientConfig withTelemetry(OpenTelemetry newTelemetry) {
    return new ClientConfig(
        endpoints,
        deadline,
        attempt,
        zone,
        producer,
        tls,
        eventLoops,
        nearCache,
        Optional.of(newTelemetry));
  }
}
