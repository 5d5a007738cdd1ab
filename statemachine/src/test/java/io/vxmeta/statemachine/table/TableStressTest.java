package io.vxmeta.statemachine.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Runs [TableStress] with jcstress in a JVM of its own, which starts one for each test.
///
/// `-Dvx.long=true` runs it for minutes, in all ways that jcstress knows to compile a test;
/// `-Dvx.stress.mode=tough`, or another mode of jcstress, for hours.
@Timeout(value = 24, unit = TimeUnit.HOURS)
final class TableStressTest {

  private static final String SHORT = "short";
  private static final String LONG = "long";
  private static final String MODE =
      System.getProperty("vx.stress.mode", Boolean.getBoolean("vx.long") ? LONG : SHORT);

  /// At least one for each of the five tests in [TableStress].
  private static final Pattern ALL_PASSED =
      Pattern.compile("([5-9]|\\d{2,}) planned; \\1 passed, 0 failed, 0 soft errs, 0 hard errs");

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
    return Stream.concat(main.stream(), how().stream()).toList();
  }

  /// The long way is the tough one with fewer JVMs for each way to compile: those are some fifty.
  private static List<String> how() {
    return switch (MODE) {
      case SHORT ->
          List.of("-c", "2", "-f", "1", "-fsm", "1", "-iters", "3", "-time", "300", "-sc", "false");
      case LONG -> List.of("-m", "tough", "-f", "1", "-fsm", "1", "-iters", "5", "-time", "300");
      default -> List.of("-m", MODE);
    };
  }
}
