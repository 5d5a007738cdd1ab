package io.vxmeta.client.cli;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.client.cli.context.Settings;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/// Walks all commands of the model against what goes wrong most often.
class EveryCommandTest {

  /// At once; they wait for time-outs.
  private static final int AT_ONCE = 12;

  /// A run that takes longer hangs.
  private static final long HANG_SECONDS = 60;

  private static final int BACKLOG = 500;

  /// What a command needs besides its arguments to be complete.
  private static final Map<String, List<String>> COMPLETED_BY =
      Map.of(
          "vxctl cas",
          List.of("--if-absent"),
          "vxctl merge",
          List.of("--max", "1"),
          "vxctl shard move",
          List.of("--to", "2"),
          "vxctl node join",
          List.of("--client", "h:1", "--peer", "h:2", "--raft", "h:3"),
          "vxctl node decommission",
          List.of("--yes"),
          "vxctl node replace",
          List.of("--yes"));

  private final ExecutorService runs = Executors.newFixedThreadPool(AT_ONCE);

  @TempDir private Path directory = Path.of("");

  @AfterEach
  void end() {
    runs.shutdownNow();
  }

  private static CommandSpec model() {
    Streams nowhere =
        new Streams(
            new ByteArrayInputStream(new byte[0]),
            new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8),
            new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
    return CommandList.of(nowhere, new Settings(Map.of(), Optional.empty()))
        .model()
        .getCommandSpec();
  }

  /// Commands without commands below them.
  private static Stream<CommandSpec> leaves(CommandSpec spec) {
    return spec.subcommands().isEmpty()
        ? Stream.of(spec)
        : spec.subcommands().values().stream()
            .map(CommandLine::getCommandSpec)
            .flatMap(EveryCommandTest::leaves);
  }

  /// But for the shell, which talks to nobody before its lines do.
  private static List<CommandSpec> remote() {
    List<CommandSpec> remote =
        leaves(model())
            .filter(EveryCommandTest::talksToACluster)
            .filter(spec -> !spec.name().equals("shell"))
            .toList();
    assertTrue(remote.size() >= 25, "the model is walked: " + remote.size());
    return remote;
  }

  private static boolean talksToACluster(CommandSpec spec) {
    return spec.findOption(SettingDefaults.CONTEXT_FLAG) != null;
  }

  private List<String> complete(CommandSpec spec) throws IOException {
    List<String> words = words(spec);
    words.addAll(COMPLETED_BY.getOrDefault(spec.qualifiedName(), List.of()));
    for (PositionalParamSpec argument : spec.positionalParameters()) {
      if (argument.arity().min() > 0) {
        words.add(sample(argument.paramLabel()));
      }
    }
    return words;
  }

  private static List<String> words(CommandSpec spec) {
    List<String> words = new ArrayList<>(List.of(spec.qualifiedName().split(" ")));
    words.remove(0);
    return words;
  }

  private String sample(String label) throws IOException {
    String sample =
        Map.of(
                "KEY",
                "k",
                "VALUE",
                "v",
                "NEW-VALUE",
                "v",
                "NUMBER",
                "1",
                "GROUP",
                "1",
                "SHARD",
                "1",
                "NODE",
                "node-1",
                "FROM",
                "node-1",
                "TO",
                "node-2",
                "NAME",
                "x")
            .get(label);
    if (label.equals("OPERATION")) {
      return "shard/1";
    }
    if (label.equals("FILE")) {
      return Files.writeString(directory.resolve("a.jsonl"), "{\"key\":\"k\",\"value\":\"v\"}\n")
          .toString();
    }
    return assertNotNullOf(sample, "say what a " + label + " looks like");
  }

  private static String assertNotNullOf(@Nullable String sample, String otherwise) {
    assertNotNull(sample, otherwise);
    return String.valueOf(sample);
  }

  /// Every command against these endpoints ends in time with this code and one line that names
  /// cause and remedy.
  private void assertAllEnd(int code, String endpoints, String cause) throws Exception {
    Map<String, Future<CommandRun>> running = new LinkedHashMap<>();
    for (CommandSpec spec : remote()) {
      List<String> words = complete(spec);
      words.addAll(List.of("--endpoints", endpoints, "--timeout", "300ms"));
      running.put(
          String.join(" ", words), runs.submit(() -> CommandRun.of(words.toArray(String[]::new))));
    }
    List<Executable> claims = new ArrayList<>();
    running.forEach((line, run) -> claims.add(() -> assertEnd(line, run, code, cause)));
    assertAll(claims);
  }

  private static void assertEnd(String line, Future<CommandRun> running, int code, String cause)
      throws Exception {
    CommandRun run = running.get(HANG_SECONDS, TimeUnit.SECONDS);
    assertEquals(code, run.code(), line + ": " + run);
    assertOneError(line, run);
    assertTrue(run.err().contains("check the endpoints"), line + ": " + run);
    assertTrue(run.err().contains(cause), line + ": " + run);
  }

  private static void assertOneError(String line, CommandRun run) {
    assertEquals(1, run.err().lines().count(), line + ": " + run);
    assertTrue(run.err().startsWith("vxctl: error: "), line + ": " + run);
    assertFalse(run.err().contains("\tat ") || run.out().contains("\tat "), line + ": " + run);
    assertFalse(run.err().contains("Exception:"), line + ": " + run);
  }

  @Test
  void aClusterThatIsNotThereEndsEachCommandWithFour() throws Exception {
    assertAllEnd(ExitCode.UNAVAILABLE, "127.0.0.1:1", "127.0.0.1:1");
  }

  @Test
  void aPortThatSpeaksSomethingElseEndsEachCommandWithFour() throws Exception {
    try (ServerSocket other = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress())) {
      Thread answering = new Thread(() -> answerAsHttp(other));
      answering.start();
      String endpoint = "127.0.0.1:" + other.getLocalPort();
      assertAllEnd(ExitCode.UNAVAILABLE, endpoint, endpoint);
    }
  }

  private static void answerAsHttp(ServerSocket other) {
    while (!other.isClosed()) {
      try (Socket caller = other.accept()) {
        caller
            .getOutputStream()
            .write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      } catch (IOException gone) {
        // The caller went, or the test ended.
      }
    }
  }

  @Test
  void aPortThatNeverAnswersEndsEachCommandWithFour() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress())) {
      String endpoint = "127.0.0.1:" + silent.getLocalPort();
      assertAllEnd(ExitCode.UNAVAILABLE, endpoint, endpoint);
    }
  }

  @Test
  void garbageArgumentsEndEachCommandWithTwo() throws IOException {
    List<Executable> claims = new ArrayList<>();
    for (CommandSpec spec : leaves(model()).toList()) {
      for (List<String> line : garbage(spec)) {
        claims.add(() -> {
          CommandRun run = CommandRun.of(line.toArray(String[]::new));
          assertEquals(ExitCode.USAGE, run.code(), line + ": " + run);
          assertOneError(line.toString(), run);
          assertEquals("", run.out(), line.toString());
        });
      }
    }
    assertAll(claims);
  }

  private List<List<String>> garbage(CommandSpec spec) throws IOException {
    List<List<String>> lines = new ArrayList<>();
    lines.add(with(spec, "--frobnicate"));
    if (spec.positionalParameters().stream().anyMatch(argument -> argument.arity().min() > 0)) {
      lines.add(words(spec));
    }
    Map.of(
            "--timeout", "soon",
            "--output", "xml",
            "--group", "one",
            "--limit", "many",
            "--consistency", "strong",
            "--endpoints", "nowhere:port:")
        .forEach((flag, value) -> {
          if (spec.findOption(flag) != null) {
            lines.add(with(spec, flag, value));
          }
        });
    return lines;
  }

  private List<String> with(CommandSpec spec, String... more) {
    try {
      List<String> words = leavesNothingToRun(spec) ? words(spec) : complete(spec);
      words.addAll(List.of(more));
      return words;
    } catch (IOException unwritable) {
      throw new UncheckedIOException(unwritable);
    }
  }

  /// Commands of this machine only are given nothing but the garbage.
  private static boolean leavesNothingToRun(CommandSpec spec) {
    return !talksToACluster(spec);
  }

  @Test
  void whereNoNodeIsReachedThereIsARemedy() {
    assertTrue(Hint.of("a:1: what listens there wants TLS").contains("--tls-ca"));
    assertTrue(
        Hint.of("TLS handshake failed: what listens there has no TLS")
            .contains("leave out --tls-ca"));
    assertEquals("", Hint.of("no such key: key=k"));
  }

  @Test
  void certificatesThatCanNotBeUsedAreNamed() throws IOException {
    Path none = directory.resolve("none.pem");
    Path text = Files.writeString(directory.resolve("text.pem"), "no certificate\n");
    CommandRun.of("get", "k", "--tls-ca", none.toString()).assertOneLine(1, none.toString());
    CommandRun.of("get", "k", "--tls-ca", text.toString()).assertOneLine(1, text.toString());
    CommandRun.of("get", "k", "--tls-ca", text.toString(), "--tls-cert", text.toString())
        .assertOneLine(2, "--tls-key");
    CommandRun.of("get", "k", "--tls-cert", text.toString(), "--tls-key", text.toString())
        .assertOneLine(2, "--tls-ca");
  }

  @Test
  void everyCommandExplainsItselfAndEveryExitCodeHasOneMeaning() {
    String help = CommandRun.of("--help").out();
    for (ExitCode.Meaning meaning : ExitCode.MEANINGS) {
      assertTrue(help.contains(String.format("  %3d  %s", meaning.code(), meaning.text())), help);
    }
    assertEquals(
        ExitCode.MEANINGS.size(),
        ExitCode.MEANINGS.stream().map(ExitCode.Meaning::code).distinct().count());
    leaves(model())
        .forEach(spec -> {
          List<String> words = words(spec);
          words.add("--help");
          CommandRun run = CommandRun.of(words.toArray(String[]::new));
          assertEquals(0, run.code(), run.toString());
          assertTrue(run.out().startsWith("Usage: " + spec.qualifiedName()), run.out());
        });
    assertTrue(CommandRun.of("help", "node", "drain").out().startsWith("Usage: vxctl node drain"));
    CommandRun.of("get", "k", "--frobnicate=\u0000\u001b[31m").assertOneLine(2, "\uFFFD[31m");
    CommandRun.of("help", "stauts").assertOneLine(2, "did you mean status?");
    CommandRun.of("stauts").assertOneLine(2, "did you mean status?");
    CommandRun.of("node", "lst").assertOneLine(2, "did you mean list?");
    CommandRun.of("get", "k", "--time-out", "5s").assertOneLine(2, "did you mean --timeout?");
  }
}
