package io.vxmeta.raft.console;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;

/// The console over HTTP: its page, the document behind it, and the stream of documents.
final class ConsolePages implements HttpHandler {
  /* Threads: those of the admin port, which are few. A stream gets a thread of its own and lets the port's go.
   * Safety: only GET, no parameters, nothing from outside this node; the page may load nothing from elsewhere, be framed by
   * nobody, and run no script but its own. */

  static final String POLICY =
      "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  private static final String STATE = "/console/state";
  private static final String EVENTS = "/console/events";
  private static final String TEXT = "text/plain; charset=utf-8";
  private static final String JSON = "application/json; charset=utf-8";
  private static final String RETRY_SECONDS = "5";

  private final Map<String, Page> pages;
  private final Supplier<String> document;
  private final EventStreams streams;

  /// A file of the console.
  @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
  private record Page(String type, byte[] bytes) {}

  ConsolePages(Supplier<String> document, EventStreams streams) {
    this.document = document;
    this.streams = streams;
    Page html = page("console.html", "text/html; charset=utf-8");
    this.pages =
        Map.of(
            "/",
            html,
            "/console",
            html,
            "/console/console.css",
            page("console.css", "text/css; charset=utf-8"),
            "/console/console.js",
            page("console.js", "text/javascript; charset=utf-8"));
  }

  private static Page page(String file, String type) {
    try (InputStream in = ConsolePages.class.getResourceAsStream(file)) {
      return new Page(type, Objects.requireNonNull(in, file).readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    String path = String.valueOf(exchange.getRequestURI().getPath());
    Page page = pages.get(path);
    boolean exists = page != null || path.equals(STATE) || path.equals(EVENTS);
    if (!exists) {
      send(exchange, 404, TEXT, "expected /metrics, /livez, /readyz or /console\n");
    } else if (!exchange.getRequestMethod().equals("GET")) {
      exchange.getResponseHeaders().set("Allow", "GET");
      send(exchange, 405, TEXT, "expected GET: the console changes nothing\n");
    } else if (page != null) {
      send(exchange, 200, page.type(), page.bytes());
    } else if (path.equals(STATE)) {
      send(exchange, 200, JSON, document.get() + "\n");
    } else {
      stream(exchange);
    }
  }

  private void stream(HttpExchange exchange) throws IOException {
    if (!streams.reserve()) {
      exchange.getResponseHeaders().set("Retry-After", RETRY_SECONDS);
      send(
          exchange,
          503,
          TEXT,
          "expected at most " + EventStreams.STREAMS_MAX + " streams; ask " + STATE + " instead\n");
      return;
    }
    boolean begun = false;
    try {
      String first = document.get();
      head(exchange, "text/event-stream; charset=utf-8");
      // Else the JDK's server keeps what it remembers of the connection when the stream has ended.
      exchange.getResponseHeaders().set("Connection", "close");
      exchange.sendResponseHeaders(200, 0);
      streams.begin(exchange.getResponseBody(), first, exchange::close);
      begun = true;
    } finally {
      if (!begun) {
        streams.giveBack();
      }
    }
  }

  private static void send(HttpExchange exchange, int status, String type, String body)
      throws IOException {
    send(exchange, status, type, body.getBytes(StandardCharsets.UTF_8));
  }

  private static void send(HttpExchange exchange, int status, String type, byte[] body)
      throws IOException {
    head(exchange, type);
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.sendResponseHeaders(status, -1);
      exchange.close();
      return;
    }
    exchange.sendResponseHeaders(status, body.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(body);
    }
  }

  private static void head(HttpExchange exchange, String type) {
    Headers headers = exchange.getResponseHeaders();
    headers.set("Content-Type", type);
    headers.set("Content-Security-Policy", POLICY);
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("Referrer-Policy", "no-referrer");
    headers.set("Cache-Control", "no-store");
  }
}
