package io.vxmeta.deploy.setup;

import com.sun.net.httpserver.HttpExchange;
import io.vxmeta.raft.observe.AdminEndpoint;
import io.vxmeta.shardmap.Endpoint;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.Optional;

/// The admin port of a node, without the node.
record AdminPages(AdminEndpoint admin) implements AutoCloseable {
  static AdminPages ofAReadyNode() throws IOException {
    return of(Optional.empty());
  }

  static AdminPages ofANodeThatStarts() throws IOException {
    return of(Optional.of("starting"));
  }

  private static AdminPages of(Optional<String> notReady) throws IOException {
    return new AdminPages(
        AdminEndpoint.start(
            new Endpoint("127.0.0.1", 0), () -> "up 1\n", () -> notReady, HttpExchange::close));
  }

  int status(String path) throws IOException {
    URI page = URI.create("http://" + address() + path);
    HttpURLConnection call = (HttpURLConnection) page.toURL().openConnection();
    try {
      return call.getResponseCode();
    } finally {
      call.disconnect();
    }
  }

  String address() {
    return "127.0.0.1:" + admin.port();
  }

  @Override
  public void close() {
    admin.close();
  }
}
