package io.vxmeta.client.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Commands that need no cluster.
class LocalCommandsTest {

  @TempDir private Path directory = Path.of("");

  private CommandRun doctor(String... more) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "doctor",
                "--root",
                directory.toString(),
                "--data",
                directory.toString(),
                "--rounds",
                "3"));
    all.addAll(List.of(more));
    return CommandRun.of(all.toArray(String[]::new));
  }

  @Test
  void aCheckThatFailsEndsTheDoctorWithFiveAndItsRemedy() throws IOException {
    Files.createDirectories(directory.resolve("proc/self"));
    Files.writeString(
        directory.resolve("proc/self/limits"), "Max open files   100    100    files\n");
    CommandRun run = doctor();
    assertEquals(5, run.code(), run.toString());
    assertTrue(
        run.out().matches("(?s).*nofile +fail +at most 100 open files +LimitNOFILE=.*"), run.out());
    assertEquals("", run.err());
    var json = JsonParser.parseString(doctor("-o", "json").out()).getAsJsonArray();
    assertTrue(json.size() >= 10, json.toString());
    CommandRun certificate = doctor("--tls-ca", directory.resolve("none.pem").toString());
    assertTrue(certificate.out().contains("none.pem can not be read"), certificate.out());
    assertTrue(doctor("-o", "name").out().contains("check/disk-sync"));
    doctor("--pid", "4194305").assertOneLine(3, "pid=4194305");
    doctor("--rounds", "0").assertOneLine(2, "--rounds=0");
  }

  @Test
  void aMachineThatCanNotBindGroupsEndsWithFiveAndTheRemedy() throws IOException {
    Path node = Files.createDirectories(directory.resolve("sys/devices/system/node/node0"));
    Files.writeString(node.resolveSibling("online"), "0\n");
    Files.writeString(node.resolve("cpulist"), "none\n");
    String[] check = {"numa", "check", "--root", directory.toString()};
    CommandRun run = CommandRun.of(check);
    assertEquals(5, run.code(), run.toString());
    assertTrue(
        run.out()
            .matches(
                "(?s).*topology +fail +not understood: /sys/.*/node0/cpulist +correct numa\\..*"),
        run.out());
    assertEquals("", run.err());
    Files.delete(node.resolveSibling("online"));
    CommandRun blind = CommandRun.of(check);
    assertEquals(0, blind.code(), blind.toString());
    CommandRun.of("numa", "check", "--pid", "4194305").assertOneLine(3, "pid=4194305");
  }

  @Test
  void aDiskIsMeasuredByItself() {
    CommandRun run =
        CommandRun.of("check", "disk", "--data", directory.toString(), "--rounds", "3");
    assertTrue(run.out().contains("disk-sync"), run.toString());
    assertTrue(run.out().contains("of 3"), run.toString());
    CommandRun none = CommandRun.of("check", "disk", "--data", directory.resolve("no").toString());
    assertEquals(5, none.code(), none.toString());
    assertTrue(none.out().contains("can not be measured"), none.out());
  }

  @Test
  void aKeysShardIsComputedHere() {
    CommandRun run = CommandRun.of("shard", "hash", "user:1", "-o", "jsonl");
    assertEquals("{\"namespace\":\"default\",\"shard\":81}\n", run.out(), run.toString());
    assertEquals(
        CommandRun.of("shard", "hash", "{user:7}/a").out(),
        CommandRun.of("shard", "hash", "{user:7}/b").out());
  }

  /// In JVMs of their own: this one has everything loaded.
  @Test
  void commandsWithoutNetworkLoadNoGrpc() throws Exception {
    for (String line :
        List.of(
            "config view",
            "numa check",
            "doctor --rounds 1 --root " + directory + " --data " + directory)) {
      Process started = start(line);
      List<String> loaded;
      try (Stream<String> lines = started.inputReader(StandardCharsets.UTF_8).lines()) {
        loaded = lines.filter(each -> each.contains(" io.grpc.")).collect(Collectors.toList());
      }
      assertTrue(started.waitFor(60, TimeUnit.SECONDS), line);
      assertTrue(Set.of(ExitCode.OK, ExitCode.UNHEALTHY).contains(started.exitValue()), line);
      assertEquals(List.of(), loaded, line);
    }
  }

  /// Calls are traced only for who hands a library in.
  @Test
  void callsLoadNothingOfTracing() throws Exception {
    Process started = start("get key --endpoints 127.0.0.1:1 --timeout 1s");
    String call = " io.vxmeta.client.ReadCall ";
    List<String> loaded;
    try (Stream<String> lines = started.inputReader(StandardCharsets.UTF_8).lines()) {
      loaded =
          lines
              .filter(each -> each.contains(" io.opentelemetry.") || each.contains(call))
              .collect(Collectors.toList());
    }
    assertTrue(started.waitFor(60, TimeUnit.SECONDS));
    assertEquals(ExitCode.UNAVAILABLE, started.exitValue());
    assertEquals(1, loaded.size(), loaded::toString);
    assertTrue(loaded.get(0).contains(call), loaded::toString);
  }

  private Process start(String line) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xlog:class+load:stdout",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Vxctl.class.getName()));
    command.addAll(List.of(line.split(" ")));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("VXCTL_CONFIG", directory.resolve("c.yaml").toString());
    return builder.start();
  }
}
