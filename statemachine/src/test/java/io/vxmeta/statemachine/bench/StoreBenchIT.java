package io.vxmeta.statemachine.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/// The benchmark runs with every rival and says what its readers parse; figures are not judged.
@EnabledOnOs(OS.LINUX)
final class StoreBenchIT {

  private static final Pattern FIGURES =
      Pattern.compile(
          "\\{\"bench\":\"store\",\"case\":\"(get|multiget64|put|mixed)\","
              + "\"impl\":\"(vxmeta|chm|chronicle-map|lmdb|rocksdb|limit)\",\"keys\":20000,"
              + "\"ops_per_s\":[1-9]\\d*,\"p99_ns\":\\d+,\"bytes_per_key\":\\d+\\.\\d\\}");
  private static final Pattern GROWTH =
      Pattern.compile(
          "\\{\"bench\":\"store\",\"case\":\"growth\",\"impl\":\"vxmeta\",\"keys\":20000,"
              + "\"p9999_ns\":\\d+,\"max_ns\":\\d+\\}");

  @TempDir private Path directory;

  @Test
  void everyContenderAnswersEveryCaseInTheFormatOfTheDocs() {
    List<String> lines = runBench("--keys", "20000", "--rounds", "1", "--millis", "50", "--json");
    List<String> seen = new ArrayList<>();
    for (String line : lines) {
      var matcher = FIGURES.matcher(line);
      if (matcher.matches()) {
        seen.add(matcher.group(1) + " " + matcher.group(2));
      } else {
        assertTrue(
            GROWTH.matcher(line).matches()
                || line.contains("\"growth-on-processor\"")
                || line.contains("\"allocation-"),
            line);
      }
    }
    List<String> expected = new ArrayList<>();
    for (String what : List.of("get", "multiget64", "put", "mixed")) {
      for (String who : List.of("vxmeta", "chm", "chronicle-map", "lmdb", "rocksdb")) {
        expected.add(what + " " + who);
      }
      if (what.equals("get")) {
        expected.add("get limit");
      }
    }
    assertEquals(expected, seen);
    assertTrue(lines.stream().anyMatch(line -> GROWTH.matcher(line).matches()), lines::toString);
  }

  @Test
  void severalSizesAreMeasuredInOneRun() {
    List<String> lines =
        runBench(
            "--keys",
            "20000,1000",
            "--impl",
            "vxmeta,limit",
            "--case",
            "get",
            "--rounds",
            "1",
            "--millis",
            "50",
            "--json");
    List<String> seen =
        lines.stream()
            .filter(line -> line.contains("\"case\":\"get\""))
            .map(line -> line.replaceFirst(".*\"impl\":\"(\\w+)\",\"keys\":(\\d+),.*", "$1 $2"))
            .toList();
    assertEquals(List.of("vxmeta 20000", "limit 20000", "vxmeta 1000", "limit 1000"), seen);
  }

  private List<String> runBench(String... arguments) {
    PrintStream before = System.out;
    ByteArrayOutputStream output = new ByteArrayOutputStream();
    try (PrintStream capture = new PrintStream(output, true, StandardCharsets.UTF_8)) {
      System.setOut(capture);
      List<String> all = new ArrayList<>(List.of(arguments));
      all.addAll(List.of("--directory", directory.resolve("store").toString()));
      assertEquals(0, new CommandLine(new StoreBench()).execute(all.toArray(String[]::new)));
    } finally {
      System.setOut(before);
    }
    return output.toString(StandardCharsets.UTF_8).lines().toList();
  }
}
