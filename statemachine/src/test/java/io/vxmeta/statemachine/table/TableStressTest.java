package io.vxmeta.statemachine.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Runs [TableStress] with jcstress in a JVM of its own, which starts one for each test.
///
/// `-Dvx.stress.mode=tough` runs it for many minutes, in all ways jcstress knows to compile a test.
final class TableStressTest {

  private static final String MODE = System.getProperty("vx.stress.mode", "short");

  /// At least one for each of the four tests in [TableStress].
  private static final Pattern ALL_PASSED =
      Pattern.compile("([4-9]|\\d{2,}) planned; \\1 passed, 0 failed, 0 soft errs, 0 hard errs");

  @TempDir private Path directory;

  @Test
  void readersSeeWholeRecordsInTheOrderOfWrites() throws IOException, InterruptedException {
    Path log = directory.resolve("jcstress.log");
    Process run =
        new ProcessBuilder(command())
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    int exit = run.waitFor();
    String said = Files.readString(log);
    assertEquals(0, exit, said);
    assertTrue(ALL_PASSED.matcher(said).find(), said);
  }

  private static List<String> command() {
    String flags = "--enable-native-access=ALL-UNNAMED -Xmx512m -XX:+UseSerialGC";
    List<String> main =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path", ""),
            "org.openjdk.jcstress.Main",
            "-t",
            "TableStress",
            "-jvmArgs",
            flags);
    List<String> how =
        MODE.equals("short")
            ? List.of(
                "-c", "2", "-f", "1", "-fsm", "1", "-iters", "3", "-time", "300", "-sc", "false")
            : List.of("-m", MODE);
    return Stream.concat(main.stream(), how.stream()).toList();
  }
}
