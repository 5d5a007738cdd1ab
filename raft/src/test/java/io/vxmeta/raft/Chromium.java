package io.vxmeta.raft;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// A headless browser with one page, steered by the DevTools protocol.
final class Chromium implements AutoCloseable {
  /* Threads: one owner asks; the HTTP client's thread takes what the browser says; a thread drains its standard error.
   * Conditions are waited for inside the page, by an observer of its document, so that nothing is polled. */

  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome");
  private static final String LISTENING = "DevTools listening on ";
  private static final int PATIENCE_MS = 90_000;
  private static final int END_SECONDS = 10;

  private final Process process;
  private final HttpClient client = HttpClient.newHttpClient();
  private final AtomicInteger numbers = new AtomicInteger();
  private final Map<Integer, CompletableFuture<JsonObject>> answers = new ConcurrentHashMap<>();
  private final List<String> complaints = new CopyOnWriteArrayList<>();
  private final WebSocket socket;
  private final String session;
  private volatile CompletableFuture<@Nullable Void> loaded = new CompletableFuture<>();

  private Chromium(Process process, URI devTools) {
    this.process = process;
    this.socket = client.newWebSocketBuilder().buildAsync(devTools, new Ears()).join();
    String target =
        send("", "Target.createTarget", Map.of("url", "about:blank")).get("targetId").getAsString();
    this.session =
        send("", "Target.attachToTarget", Map.of("targetId", target, "flatten", true))
            .get("sessionId")
            .getAsString();
    for (String domain : List.of("Page", "Runtime", "Log")) {
      call(domain + ".enable", Map.of());
    }
  }

  /// Where a browser is on this machine.
  static Optional<Path> program() {
    return Arrays.stream(
            Optional.ofNullable(System.getenv("PATH")).orElse("").split(File.pathSeparator))
        .flatMap(folder -> NAMES.stream().map(name -> Path.of(folder, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /// @param profile an empty folder
  static Chromium start(Path program, Path profile) throws IOException {
    Process process =
        new ProcessBuilder(
                program.toString(),
                "--headless",
                // Root may not have the sandbox; the page is our own.
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--remote-debugging-port=0",
                "--user-data-dir=" + profile,
                "about:blank")
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      return new Chromium(process, devTools(process));
    } catch (IOException | RuntimeException e) {
      end(process);
      throw e;
    }
  }

  private static URI devTools(Process process) throws IOException {
    BufferedReader lines = process.errorReader(StandardCharsets.UTF_8);
    List<String> said = new ArrayList<>();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      said.add(line);
      if (line.startsWith(LISTENING)) {
        // A virtual thread would hold its carrier while it reads a pipe, and there may be but two.
        Thread _ =
            Thread.ofPlatform()
                .name("browser-errors")
                .daemon()
                .start(() -> lines.lines().forEach(_ -> {}));
        return URI.create(line.substring(LISTENING.length()).strip());
      }
    }
    throw new IOException("the browser did not start: " + said);
  }

  private final class Ears implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
      text.append(part);
      if (last) {
        JsonObject message = JsonParser.parseString(text.toString()).getAsJsonObject();
        text.setLength(0);
        hear(message);
      }
      from.request(1);
      return null;
    }

    @Override
    public void onError(WebSocket from, Throwable problem) {
      answers.values().forEach(answer -> answer.completeExceptionally(problem));
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket from, int status, String reason) {
      onError(from, new IOException("the browser is gone: " + status + " " + reason));
      return null;
    }
  }

  private void hear(JsonObject message) {
    if (message.has("id")) {
      Optional.ofNullable(answers.remove(message.get("id").getAsInt()))
          .ifPresent(answer -> answer.complete(message));
      return;
    }
    switch (message.get("method").getAsString()) {
      case "Page.loadEventFired" -> loaded.complete(null);
      case "Runtime.exceptionThrown" -> complaints.add(message.toString());
      case "Log.entryAdded" -> {
        JsonObject entry = message.getAsJsonObject("params").getAsJsonObject("entry");
        if (entry.get("source").getAsString().equals("security")) {
          complaints.add(entry.toString());
        }
      }
      default -> {}
    }
  }

  private JsonObject send(String to, String method, Map<String, ?> parameters) {
    int number = numbers.incrementAndGet();
    CompletableFuture<JsonObject> answer = new CompletableFuture<>();
    answers.put(number, answer);
    JsonObject message = new JsonObject();
    message.addProperty("id", number);
    message.addProperty("method", method);
    if (!to.isEmpty()) {
      message.addProperty("sessionId", to);
    }
    message.add("params", new com.google.gson.Gson().toJsonTree(parameters));
    var _ = socket.sendText(message.toString(), true).join();
    JsonObject heard = answer.join();
    if (!heard.has("result")) {
      throw new IllegalStateException(method + ": " + heard);
    }
    return heard.getAsJsonObject("result");
  }

  private JsonObject call(String method, Map<String, ?> parameters) {
    return send(session, method, parameters);
  }

  /// Returns when the page and what it names are loaded.
  void open(String url) {
    loaded = new CompletableFuture<>();
    call("Page.navigate", Map.of("url", url));
    loaded.orTimeout(PATIENCE_MS, TimeUnit.MILLISECONDS).join();
  }

  void resize(int width, int height) {
    call(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
  }

  void prefer(String colorScheme) {
    call(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", colorScheme))));
  }

  void press(String key) {
    for (String type : List.of("keyDown", "keyUp")) {
      call("Input.dispatchKeyEvent", Map.of("type", type, "key", key, "code", key));
    }
  }

  /// The value of an expression, or of the promise it is.
  JsonElement evaluate(String expression) {
    JsonObject result =
        call(
            "Runtime.evaluate",
            Map.of("expression", expression, "awaitPromise", true, "returnByValue", true));
    if (result.has("exceptionDetails")) {
      throw new AssertionError(expression + ": " + result.get("exceptionDetails"));
    }
    return result.getAsJsonObject("result").get("value");
  }

  /// Returns when the page's document makes the condition true.
  void await(String condition) {
    JsonElement text =
        evaluate(
            """
            new Promise((resolve) => {
              const look = () => { if (%s) { observer.disconnect(); resolve(""); } };
              const observer = new MutationObserver(look);
              observer.observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
              setTimeout(() => resolve(document.body.innerText), %d);
              look();
            })
            """
                .formatted(condition, PATIENCE_MS));
    if (!text.getAsString().isEmpty()) {
      throw new AssertionError("waited for " + condition + " in:\n" + text.getAsString());
    }
  }

  byte[] screenshot() {
    return Base64.getDecoder()
        .decode(call("Page.captureScreenshot", Map.of("format", "png")).get("data").getAsString());
  }

  /// Exceptions of the page's script, and what its policy forbade.
  List<String> complaints() {
    return List.copyOf(complaints);
  }

  @Override
  public void close() {
    socket.abort();
    client.close();
    end(process);
  }

  private static void end(Process process) {
    List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
    all.add(process.toHandle());
    all.forEach(ProcessHandle::destroyForcibly);
    all.forEach(
        each -> each.onExit().completeOnTimeout(each, END_SECONDS, TimeUnit.SECONDS).join());
  }
}
