package io.vxmeta.raft.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.vxmeta.raft.observe.AdminEndpoint;
import io.vxmeta.raft.peer.PeerLinks.Connection;
import io.vxmeta.raft.read.ScriptedReplica;
import io.vxmeta.shardmap.Endpoint;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.shardmap.ShardMap;
import io.vxmeta.statemachine.GroupState;
import io.vxmeta.statemachine.GroupStateConfig;
import io.vxmeta.statemachine.ProducerLimits;
import io.vxmeta.statemachine.os.LiveMemory;
import io.vxmeta.statemachine.os.LiveMemoryConfig;
import io.vxmeta.statemachine.table.TableConfig;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The console as a browser and a script meet it.
final class ConsoleTest {
  private static final Map<String, String> TYPES =
      Map.of(
          "/", "text/html; charset=utf-8",
          "/console", "text/html; charset=utf-8",
          "/console/console.css", "text/css; charset=utf-8",
          "/console/console.js", "text/javascript; charset=utf-8",
          "/console/state", "application/json; charset=utf-8");

  @TempDir private Path directory;
  private final ScriptedReplica replica = new ScriptedReplica(Scenes.SELF);
  private final AtomicLong nowMs = new AtomicLong(1_000_000);
  private final HttpClient client = HttpClient.newHttpClient();
  private final Console console =
      new Console(
          new Console.Speaker("scene", Scenes.SELF, "1.2.3"),
          () -> Instant.ofEpochMilli(nowMs.get()),
          () -> Optional.of("no shard map yet"));
  private AdminEndpoint admin;

  @BeforeEach
  void start() throws IOException {
    admin = AdminEndpoint.start(new Endpoint("127.0.0.1", 0), () -> "", Optional::empty, console);
  }

  @AfterEach
  void stop() {
    admin.close();
    console.close();
    client.close();
  }

  private void show() {
    ShardMap map = Scenes.map();
    var _ = console.show(Scenes.known(replica, () -> Optional.of(map), _ -> Connection.OPEN));
  }

  private HttpRequest.Builder to(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + admin.port() + path));
  }

  private HttpResponse<String> fetch(String path) throws IOException, InterruptedException {
    return client.send(to(path).build(), BodyHandlers.ofString());
  }

  private JsonObject state() throws IOException, InterruptedException {
    return JsonParser.parseString(fetch("/console/state").body()).getAsJsonObject();
  }

  private HttpResponse<InputStream> open() throws IOException, InterruptedException {
    return client.send(to("/console/events").build(), BodyHandlers.ofInputStream());
  }

  /// Moves the clock so far that the next document is a new one.
  private void look() {
    nowMs.addAndGet(Console.LOOK_MS);
    console.look();
  }

  @Test
  void aNodeThatKnowsNothingYetSaysWhy() throws Exception {
    JsonObject state = state();
    assertEquals("no shard map yet", state.get("notReady").getAsString());
    assertFalse(state.get("ready").getAsBoolean());
    assertNull(state.get("shards"));
    assertEquals(
        "start",
        state.getAsJsonArray("operations").get(0).getAsJsonObject().get("kind").getAsString());
  }

  @Test
  void theStateNamesEveryShardGroupAndNodeOfTheMap() throws Exception {
    replica.leader = Optional.of(new NodeId("node-2"));
    replica.term = 7;
    show();
    JsonObject state = state();
    assertEquals("scene", state.get("cluster").getAsString());
    assertEquals("node-1", state.get("node").getAsString());
    assertEquals(ShardId.COUNT, state.getAsJsonArray("shards").size());
    assertEquals(3, state.getAsJsonArray("nodes").size());
    assertEquals(5, state.getAsJsonArray("groups").size());
    List<String> counts = words(state.getAsJsonArray("groups"), "shards");
    assertEquals("0", counts.getFirst(), "the root group has none");
    assertEquals(ShardId.COUNT, counts.stream().mapToInt(Integer::parseInt).sum());
    JsonObject held = state.getAsJsonArray("groups").get(1).getAsJsonObject();
    assertEquals("node-2", held.get("leader").getAsString());
    assertEquals(7, held.getAsJsonObject("replica").get("term").getAsLong());
    JsonObject elsewhere = state.getAsJsonArray("groups").get(2).getAsJsonObject();
    assertNull(elsewhere.get("replica"), "what is not known is left out");
    assertNull(elsewhere.get("leader"), "what is not known is left out");
    assertEquals(List.of("self", "up", "up"), words(state.getAsJsonArray("nodes"), "line"));
    assertEquals(List.of("install", "snapshot"), words(state.getAsJsonArray("operations"), "kind"));
  }

  private static List<String> words(JsonArray of, String name) {
    return of.asList().stream()
        .map(JsonElement::getAsJsonObject)
        .map(object -> object.get(name).getAsString())
        .toList();
  }

  @Test
  void shardsHeldHereTellWhatTheirTablesHold() throws Exception {
    GroupStateConfig config =
        new GroupStateConfig(
            directory,
            1,
            List.of(0, 1),
            TableConfig.defaults(),
            ProducerLimits.defaults(),
            LiveMemory.of(LiveMemoryConfig.defaults().withLock(LiveMemoryConfig.Lock.OFF)));
    try (GroupState group = GroupState.create(config)) {
      replica.state = Optional.of(group);
      show();
      JsonArray shards = state().getAsJsonArray("shards");
      assertEquals(0, shards.get(1).getAsJsonObject().get("changes").getAsLong());
      assertTrue(shards.get(1).getAsJsonObject().get("segments").getAsLong() > 0);
      assertNull(shards.get(127).getAsJsonObject().get("segments"));
      assertEquals(4, shards.get(127).getAsJsonObject().get("group").getAsInt());
      assertEquals(List.of(), group.verify());
    }
  }

  @Test
  void namesFromOutsideAreNoMarkupAndNoLineEnds() throws Exception {
    show();
    String body = fetch("/console/state").body();
    assertFalse(body.contains("<") || body.contains(">") || body.contains("\u2028"), body);
    assertEquals(1, body.lines().count());
    assertEquals(
        Scenes.ZONE,
        state().getAsJsonArray("nodes").get(0).getAsJsonObject().get("zone").getAsString());
  }

  @Test
  void everyAnswerHasItsTypeAndAllowsNothingFromElsewhere() throws Exception {
    for (Map.Entry<String, String> page : TYPES.entrySet()) {
      HttpResponse<String> answer = fetch(page.getKey());
      assertEquals(200, answer.statusCode(), page.getKey());
      assertEquals(page.getValue(), answer.headers().firstValue("Content-Type").orElse(""));
      assertGuarded(answer);
      assertFalse(
          answer
              .body()
              .matches("(?s).*(src|href|url|import|fetch|EventSource)\\W{1,3}(https?:)?//.*"),
          () -> page.getKey() + " names something elsewhere");
      assertFalse(
          answer.body().matches("(?s).*(innerHTML|outerHTML|insertAdjacentHTML|eval\\().*"));
    }
  }

  private static void assertGuarded(HttpResponse<?> answer) {
    String policy = answer.headers().firstValue("Content-Security-Policy").orElse("");
    assertTrue(policy.startsWith("default-src 'self';"), policy);
    assertFalse(policy.contains("unsafe"), policy);
    assertEquals("nosniff", answer.headers().firstValue("X-Content-Type-Options").orElse(""));
    assertEquals(Optional.empty(), answer.headers().firstValue("Access-Control-Allow-Origin"));
  }

  @Test
  void nothingButGetIsAnswered() throws Exception {
    List<String> paths = new ArrayList<>(TYPES.keySet());
    paths.add("/console/events");
    for (String path : paths) {
      for (String method : List.of("POST", "PUT", "DELETE", "HEAD", "OPTIONS")) {
        HttpResponse<String> answer =
            client.send(
                to(path).method(method, BodyPublishers.noBody()).build(), BodyHandlers.ofString());
        assertEquals(405, answer.statusCode(), method + " " + path);
        assertEquals("GET", answer.headers().firstValue("Allow").orElse(""));
        assertGuarded(answer);
      }
    }
  }

  @Test
  void unknownPathsAreNotFound() throws Exception {
    for (String path :
        List.of(
            "/nothing",
            "/console/",
            "/console/console.html",
            "/consoles",
            "/console/state/x",
            "/console/../secrets",
            "/favicon.ico")) {
      HttpResponse<String> answer = fetch(path);
      assertEquals(404, answer.statusCode(), path);
      assertGuarded(answer);
    }
  }

  @Test
  void aStreamBeginsWithTheStateAndTellsWhatHappens() throws Exception {
    show();
    HttpResponse<InputStream> answer = open();
    assertEquals(
        "text/event-stream; charset=utf-8", answer.headers().firstValue("Content-Type").orElse(""));
    assertGuarded(answer);
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
      assertEquals("retry: 1000", lines.readLine());
      assertEquals(List.of(), words(next(lines).getAsJsonArray("events"), "kind"));
      replica.leader = Optional.of(Scenes.SELF);
      look();
      assertEquals(List.of("leader"), words(next(lines).getAsJsonArray("events"), "kind"));
    }
  }

  private static JsonObject next(BufferedReader lines) throws IOException {
    assertEquals("event: state", lines.readLine());
    String data = lines.readLine();
    assertTrue(data.startsWith("data: {"), data);
    assertEquals("", lines.readLine());
    return JsonParser.parseString(data.substring("data: ".length())).getAsJsonObject();
  }

  @Test
  @Timeout(60)
  void oneStreamTooManyIsRefusedWhileTheRestOfThePortAnswers() throws Exception {
    List<InputStream> streams = new ArrayList<>();
    for (int i = 0; i < EventStreams.STREAMS_MAX; i++) {
      HttpResponse<InputStream> answer = open();
      assertEquals(200, answer.statusCode());
      streams.add(answer.body());
    }
    HttpResponse<String> refused = fetch("/console/events");
    assertEquals(503, refused.statusCode());
    assertGuarded(refused);
    assertEquals(200, fetch("/livez").statusCode());
    assertEquals(200, fetch("/console/state").statusCode());

    streams.removeFirst().close();
    // The node notices at one of its next events.
    HttpResponse<InputStream> again = open();
    while (again.statusCode() != 200) {
      again.body().close();
      look();
      again = open();
    }
    again.body().close();
    for (InputStream stream : streams) {
      stream.close();
    }
  }

  @Test
  void nothingIsAskedOfANodeThatIsTakenDown() throws Exception {
    ShardMap map = Scenes.map();
    AutoCloseable shown =
        console.show(Scenes.known(replica, () -> Optional.of(map), _ -> Connection.OPEN));
    assertEquals(ShardId.COUNT, state().getAsJsonArray("shards").size());
    shown.close();
    assertNull(state().get("shards"));
  }
}
