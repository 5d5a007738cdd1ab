package io.vxmeta.chaos.seeded;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/// Plays a scenario in a process of its own, whose classes carry a bug of the harness.
final class ChildTrial {
  private static final String VERDICT = "verdict ";

  private ChildTrial() {}

  /// In the child: bug, seed, folder; ends with one line that holds the finding.
  public static void main(String[] arguments) throws Exception {
    Scenario scenario = Scenarios.catching(arguments[0]).orElseThrow();
    Arena arena =
        new Arena(
            Path.of(arguments[2]), Optional.empty(), new Random(Long.parseLong(arguments[1])));
    Finding finding = scenario.play(arena);
    JsonObject line = new JsonObject();
    line.addProperty("checker", finding.checker());
    line.addProperty("proof", finding.proof());
    System.out.println(VERDICT + line);
    System.exit(0);
  }

  /// The folder in the command line of a child, behind its class, bug and seed.
  static Path folder(String command) {
    return Path.of(command.split(" ", 4)[3]);
  }

  /// In the parent: returns when the child has ended.
  static Finding play(SeededBug bug, Path folder, long seed)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.add(AgentJar.option(folder, List.of("bug:" + bug.name())));
    command.addAll(List.of("-cp", classPath(), ChildTrial.class.getName()));
    command.addAll(List.of(bug.name(), Long.toString(seed), folder.toString()));
    Process child =
        new ProcessBuilder(command).redirectError(folder.resolve("child.log").toFile()).start();
    try {
      String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int code = child.waitFor();
      return output
          .lines()
          .filter(line -> line.startsWith(VERDICT))
          .findFirst()
          .map(line -> finding(line.substring(VERDICT.length())))
          .orElseThrow(() ->
              new IOException(
                  "expected a verdict from a child process: exit_code="
                      + code
                      + " log="
                      + folder.resolve("child.log")));
    } finally {
      child.destroyForcibly();
    }
  }

  private static Finding finding(String json) {
    JsonObject line = JsonParser.parseString(json).getAsJsonObject();
    return new Finding(line.get("checker").getAsString(), line.get("proof").getAsString());
  }

  private static String classPath() {
    String all =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return String.join(
        File.pathSeparator,
        Arrays.stream(all.split(File.pathSeparator, -1))
            .filter(entry -> !entry.contains("test-classes"))
            .toList());
  }
}
