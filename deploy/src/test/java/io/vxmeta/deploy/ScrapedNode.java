package io.vxmeta.deploy;

import io.vxmeta.raft.ConfigReader;
import io.vxmeta.raft.Node;
import io.vxmeta.raft.observe.NodeMetrics;
import io.vxmeta.raft.place.LeadTransfers;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.statemachine.os.LiveMemory;
import io.vxmeta.statemachine.os.LiveMemoryConfig;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// A node of its own with all that shows metrics switched on, to be asked as Prometheus does.
final class ScrapedNode implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final int PORTS = 4;
  private static final int PORTS_FIRST = 10_000;
  private static final int PORTS_SPAN = 1_500;

  private final Node node;

  private ScrapedNode(Node node) {
    this.node = node;
  }

  /// Returns when the node leads its groups.
  static ScrapedNode start(Path directory) throws IOException, InterruptedException {
    List<Integer> ports = freePorts();
    Path config = directory.resolve("node.yaml");
    Files.writeString(
        config,
        """
        cluster: scraped
        node: node-1
        data: %s
        nodes: [{id: node-1, client: "127.0.0.1:%d", peer: "127.0.0.1:%d", raft: "127.0.0.1:%d"}]
        admin: 127.0.0.1:%d
        data-groups: 1
        memory: {lock: off}
        disk: {slow-flush-ms: 200}
        tracing: {endpoint: "http://127.0.0.1:4318", sample-ratio: 0}
        """
            .formatted(
                directory.resolve("data"), ports.get(0), ports.get(1), ports.get(2), ports.get(3)));
    ScrapedNode scraped =
        new ScrapedNode(
            Node.start(
                ConfigReader.read(config),
                (cause, problem) -> {
                  throw new AssertionError(cause, problem);
                }));
    try {
      scraped.awaitReady();
      return scraped;
    } catch (IOException | InterruptedException | AssertionError failed) {
      scraped.close();
      throw failed;
    }
  }

  /// Ports below the range that outgoing connections take theirs from, so that none is taken
  /// between here and the start.
  private static List<Integer> freePorts() throws IOException {
    List<Integer> free = new ArrayList<>();
    int port = PORTS_FIRST + ThreadLocalRandom.current().nextInt(PORTS_SPAN);
    for (; free.size() < PORTS; port++) {
      try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        free.add(probe.getLocalPort());
      } catch (BindException _) {
        // Somebody has it; the next one, then.
      }
    }
    return free;
  }

  private void awaitReady() throws IOException, InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (fetch("/readyz").statusCode() != 200) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("waited " + PATIENCE + ": " + fetch("/readyz").body());
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
  }

  private HttpResponse<String> fetch(String path) throws IOException, InterruptedException {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(
          HttpRequest.newBuilder(URI.create("http://" + node.admin() + path)).build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }

  String scrape() throws IOException, InterruptedException {
    return fetch("/metrics").body();
  }

  /// What appears only with an attempt to move a lead, which a node alone has no reason for.
  static String scrapeOfATransfer() {
    try (NodeMetrics metrics =
        new NodeMetrics(System::nanoTime, LiveMemory.of(LiveMemoryConfig.defaults()))) {
      metrics
          .leadTransfers()
          .onEnd(ShardGroupId.ROOT, LeadTransfers.Cause.PREFERRED, LeadTransfers.End.MOVED);
      return metrics
          .scrape()
          .lines()
          .filter(line -> line.contains("vx_meta_leader_transfers"))
          .reduce("", (all, line) -> all + line + "\n");
    }
  }

  @Override
  public void close() {
    node.close();
  }
}
