package io.vxmeta.raft.observe;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import io.vxmeta.shardmap.Endpoint;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/// The node's HTTP port for operators: /metrics, /livez, /readyz, and the console.
public final class AdminEndpoint implements AutoCloseable {
  /* Threads: three of its own, so that a slow scraper never takes one from the data path, and two do not keep probes waiting. Requests beyond wait in the
   * socket's backlog.
   */
  private static final int THREADS = 3;
  private static final int BACKLOG = 16;
  private static final String TEXT = "text/plain; charset=utf-8";
  private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

  private final HttpServer server;
  private final ExecutorService threads;

  private AdminEndpoint(HttpServer server, ExecutorService threads) {
    this.server = server;
    this.threads = threads;
  }

  /// Binds the port and serves.
  ///
  /// @param notReady why the node is not ready; empty when it is
  /// @param others answers every other path, and must not keep the thread
  public static AdminEndpoint start(
      Endpoint at,
      Supplier<String> metrics,
      Supplier<Optional<String>> notReady,
      HttpHandler others)
      throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress(at.host(), at.port()), BACKLOG);
    ExecutorService threads =
        Executors.newFixedThreadPool(
            THREADS, Thread.ofPlatform().name("vx-admin-", 0).daemon().factory());
    server.setExecutor(threads);
    server.createContext("/metrics", exchange -> send(exchange, 200, PROMETHEUS, metrics.get()));
    server.createContext("/livez", exchange -> send(exchange, 200, TEXT, "ok\n"));
    server.createContext(
        "/readyz",
        exchange -> {
          Optional<String> reason = notReady.get();
          send(
              exchange,
              reason.isEmpty() ? 200 : 503,
              TEXT,
              reason.map(why -> "not ready: " + why + "\n").orElse("ok\n"));
        });
    server.createContext("/", others);
    server.start();
    return new AdminEndpoint(server, threads);
  }

  private static void send(HttpExchange exchange, int status, String type, String body)
      throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.sendResponseHeaders(status, bytes.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(bytes);
    }
  }

  public int port() {
    return server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
