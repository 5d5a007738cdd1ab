package io.vxmeta.raft.console;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import io.vxmeta.raft.console.Picture.GroupSight;
import io.vxmeta.raft.console.Picture.NodeSight;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardMap;
import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The read-only web page of a node: what it knows of the cluster, as it changes.
public final class Console implements HttpHandler, AutoCloseable {
  /* Threads: one of its own looks for changes and feeds the streams; those of the admin port ask for single documents. All of it
   *   under the monitor, so that nothing of the node is asked while it is taken down: `close` of what `show` gave back waits.
   * Cost: without readers a look at each replica's role and leader twice a second; what tables hold is counted for readers alone,
   *   and at most four times a second, however many they are. */

  static final long LOOK_MS = 500;

  /// Streams get a document every second, and at once when something has happened.
  private static final int LOOKS_PER_TICK = 2;

  /// Who asks sooner gets the document of the one before.
  private static final long DOCUMENT_AGE_MS = 250;

  private static final Logger LOG = LoggerFactory.getLogger(Console.class);

  private final Speaker speaker;
  private final InstantSource clock;
  private final Supplier<Optional<String>> notReady;
  private final long begunMs;
  private final Latencies latencies = new Latencies();
  private final Chronicle chronicle = new Chronicle();
  private final ChangeWatch changes = new ChangeWatch(chronicle);
  private final EventStreams streams = new EventStreams();
  private final ConsolePages pages = new ConsolePages(this::document, streams);
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("vx-console").daemon().factory());

  private Optional<Known> known = Optional.empty();
  private Optional<Document> last = Optional.empty();
  private int looks;

  /// For whom the console speaks.
  public record Speaker(String clusterId, NodeId node, String version) {}

  private record Document(long atMs, long nextEvent, String text) {}

  /// @param notReady why the node is not ready; empty when it is
  public Console(Speaker speaker, InstantSource clock, Supplier<Optional<String>> notReady) {
    this.speaker = speaker;
    this.clock = clock;
    this.notReady = notReady;
    this.begunMs = clock.millis();
  }

  /// Begins to look, which needs a thread.
  public Console begin() {
    var _ =
        thread.scheduleWithFixedDelay(this::lookOrTell, LOOK_MS, LOOK_MS, TimeUnit.MILLISECONDS);
    return this;
  }

  /// Meters through which the console learns how long things take.
  public Latencies latencies() {
    return latencies;
  }

  /// From now on shows this; closing what is given back ends that, BEFORE the parts behind it
  /// close.
  public synchronized AutoCloseable show(Known from) {
    known = Optional.of(from);
    last = Optional.empty();
    return this::hide;
  }

  private synchronized void hide() {
    known = Optional.empty();
    last = Optional.empty();
  }

  private void lookOrTell() {
    try {
      look();
    } catch (RuntimeException e) {
      LOG.warn("the console could not look and will try again", e);
    }
  }

  /// Called every [#LOOK_MS].
  void look() {
    boolean news = notes();
    boolean tick = ++looks % LOOKS_PER_TICK == 0;
    if (tick) {
      latencies.turn();
    }
    if ((tick || news) && !streams.isEmpty()) {
      streams.send(document());
    }
  }

  private synchronized boolean notes() {
    long before = chronicle.next();
    changes.readiness(notReady.get(), clock.millis());
    known.ifPresent(from -> changes.look(from, clock.millis()));
    return chronicle.next() > before;
  }

  /// What the page shows, as JSON on one line.
  synchronized String document() {
    long now = clock.millis();
    Document newest =
        last.filter(document ->
                document.nextEvent() == chronicle.next()
                    && Math.abs(now - document.atMs()) < DOCUMENT_AGE_MS)
            .orElseGet(
                () -> new Document(now, chronicle.next(), PictureJson.of(speaker, picture(now))));
    last = Optional.of(newest);
    return newest.text();
  }

  private Picture picture(long nowMs) {
    long uptimeMs = Math.max(0, nowMs - begunMs);
    Optional<ShardMap> map = known.flatMap(from -> from.map().get());
    if (known.isEmpty() || map.isEmpty()) {
      return Picture.ofStart(nowMs, uptimeMs, notReady.get(), latencies.last(), chronicle.events());
    }
    Lookout lookout = new Lookout(known.get());
    List<GroupSight> groups = lookout.groups(map.get());
    List<NodeSight> nodes = lookout.nodes(map.get(), groups);
    return new Picture(
        nowMs,
        uptimeMs,
        notReady.get(),
        map,
        nodes,
        groups,
        latencies.last(),
        lookout.operations(groups, nodes),
        chronicle.events());
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    pages.handle(exchange);
  }

  @Override
  public void close() {
    thread.shutdownNow();
    streams.close();
  }
}
