package io.vxmeta.client.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.ScriptedCluster;
import io.vxmeta.client.VxClient;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Lines of a shell are runs of vxctl, over one connection.
class ShellTest {
  private final ScriptedCluster cluster = new ScriptedCluster();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @TempDir private Path directory = Path.of("");

  @AfterEach
  void close() {
    cluster.close();
  }

  private String endpoints() {
    return cluster.config().endpoints().stream()
        .map(Object::toString)
        .collect(Collectors.joining(","));
  }

  private CommandRun script(String lines, String... flags) {
    List<String> args = new ArrayList<>(List.of("shell", "--endpoints", endpoints()));
    args.addAll(List.of("--timeout", "20s"));
    args.addAll(List.of(flags));
    return CommandRun.of(
        Map.of(), lines.getBytes(StandardCharsets.UTF_8), args.toArray(String[]::new));
  }

  @Test
  void scriptRunsItsLinesUntilItsEnd() {
    CommandRun run = script("put 'a key' \"a value\"\n\n# a comment\nvxctl get 'a key'\n");
    assertEquals(ExitCode.OK, run.code(), run.toString());
    assertTrue(run.out().matches("ok group=\\d revision=1\\Ra value\\R"), run.out());
    assertEquals("", run.err());
  }

  @Test
  void scriptEndsAtTheFirstFailureWithItsExitCode() {
    script("put k v\nget nothing\nput k w\n").assertOneLine(ExitCode.NOT_MET, "no such key");
    assertTrue(script("get k\n").out().startsWith("v"), "the line behind it did not run");
    script("frobnicate\n").assertOneLine(ExitCode.USAGE, "no such command");
    script("get 'k\n").assertOneLine(ExitCode.USAGE, "a quote is not closed");
    script("shell\n").assertOneLine(ExitCode.USAGE, "this is a shell already");
  }

  @Test
  void exitEndsAScriptWell() {
    CommandRun run = script("exit\nget nothing\n");
    assertEquals(ExitCode.OK, run.code(), run.toString());
  }

  @Test
  void flagsOfTheShellHoldForItsLinesUnlessTheySayOtherwise() {
    script("get k --endpoints 127.0.0.1:1 --timeout 300ms\n")
        .assertOneLine(ExitCode.UNAVAILABLE, "127.0.0.1:1");
    CommandRun.of(Map.of(), new byte[0], "shell", "--timeout", "soon")
        .assertOneLine(ExitCode.USAGE, "--timeout=soon");
  }

  @Test
  void linesDoNotReadTheScriptAsTheirInput() {
    script("put k -\nget k\n").assertOneLine(ExitCode.ERROR, "@FILE instead of -");
  }

  @Test
  void promptShowsTheExitCodeOfALineThatFailedAndGoesOn() throws IOException {
    AtomicInteger opened = new AtomicInteger();
    try (KeptClients clients = counting(opened)) {
      List<String> prompts =
          talk(clients, "put k v", "get nothing", "frobnicate", "get k", "exit", "get never");
      assertEquals(List.of("vxctl> ", "vxctl> ", "vxctl [3]> ", "vxctl [2]> ", "vxctl> "), prompts);
      assertTrue(out.toString(StandardCharsets.UTF_8).endsWith("v" + System.lineSeparator()));
      assertEquals(2, err.toString(StandardCharsets.UTF_8).lines().count(), err::toString);
    }
  }

  @Test
  void linesShareOneClientAndTheEndOfInputEndsTheShell() throws IOException {
    AtomicInteger opened = new AtomicInteger();
    try (KeptClients clients = counting(opened)) {
      List<String> prompts = talk(clients, "put k v", "get k", "mget k", "get k");
      assertEquals(5, prompts.size());
      assertEquals(1, opened.get(), "clients opened");
      assertEquals("", err.toString(StandardCharsets.UTF_8));
    }
  }

  @Test
  void manyClustersAreNotKeptForEver() {
    AtomicInteger opened = new AtomicInteger();
    try (KeptClients clients = counting(opened)) {
      for (int port = 1; port <= KeptClients.KEPT_MAX + 1; port++) {
        for (int time = 0; time < 2; time++) {
          clients.client(ClientConfig.of("127.0.0.1:" + port)).close();
        }
      }
      assertEquals(KeptClients.KEPT_MAX + 2, opened.get());
    }
  }

  private static KeptClients counting(AtomicInteger opened) {
    return new KeptClients(config -> {
      opened.incrementAndGet();
      return VxClient.connect(config);
    });
  }

  /// What a user was asked who typed these lines and then ended the input.
  private List<String> talk(KeptClients clients, String... lines) throws IOException {
    Streams streams =
        new Streams(
            new ByteArrayInputStream(new byte[0]),
            new PrintStream(out, false, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8));
    Map<String, String> variables = Map.of("VXCTL_ENDPOINTS", endpoints(), "VXCTL_TIMEOUT", "20s");
    Deque<String> typed = new ArrayDeque<>(List.of(lines));
    List<String> prompts = new ArrayList<>();
    int code =
        new Shell(streams, variables, clients::client)
            .talk(prompt -> {
              prompts.add(prompt);
              return Optional.ofNullable(typed.poll());
            });
    assertEquals(ExitCode.OK, code);
    return prompts;
  }

  @Test
  void historyIsForItsOwnersEyes() throws IOException {
    Path file =
        HistoryFile.of(Map.of("HOME", "/nowhere", "XDG_STATE_HOME", directory.toString()))
            .made(System.err)
            .orElseThrow();
    assertEquals(directory.resolve("vxctl").resolve("history"), file);
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    assertEquals(Optional.empty(), HistoryFile.of(Map.of()).made(System.err));
    Path inTheWay = Files.writeString(directory.resolve("file"), "");
    assertEquals(
        Optional.empty(),
        HistoryFile.of(Map.of("HOME", inTheWay.toString()))
            .made(new PrintStream(err, true, StandardCharsets.UTF_8)));
    assertTrue(err.toString(StandardCharsets.UTF_8).contains("lines are not remembered"));
  }

  /// A process of its own, without that library on its class path.
  @Test
  void nothingButATerminalLoadsJLine() throws Exception {
    String all =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    String without =
        Arrays.stream(all.split(File.pathSeparator))
            .filter(entry -> !entry.contains("jline"))
            .collect(Collectors.joining(File.pathSeparator));
    assertNotEquals(all, without, "JLine was there to be left out");
    for (List<String> args : List.of(List.of("man", "--markdown"), List.of("shell"))) {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(List.of("-cp", without, "io.vxmeta.client.cli.Vxctl"));
      command.addAll(args);
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().write("shard hash k\n".getBytes(StandardCharsets.UTF_8));
      process.getOutputStream().close();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertEquals(ExitCode.OK, process.waitFor(), said);
    }
  }
}
