package io.vxmeta.statemachine.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// A kernel that refuses: real limits, real full file systems, in processes of their own.
@EnabledOnOs(OS.LINUX)
final class LiveMemoryIT {

  @TempDir private Path directory;

  private static String run(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), output);
    assertEquals(0, process.exitValue(), output);
    return output;
  }

  private static String shell(String script) throws IOException, InterruptedException {
    return run(List.of("sh", "-c", script));
  }

  private static boolean root() throws IOException, InterruptedException {
    return shell("id -u").strip().equals("0");
  }

  private String preparingProcess(Path live, LiveMemoryConfig.Place place) {
    return String.join(
        " ",
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Xmx64m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 --enable-native-access=ALL-UNNAMED",
        "-cp",
        System.getProperty("java.class.path"),
        PreparingProcess.class.getName(),
        live.toString(),
        place.toString());
  }

  @Test
  void aRefusedLockIsCountedSaidOnceAndNotFatal() throws IOException, InterruptedException {
    // Root may lock whatever the limit says, unless it gives the capability away.
    String without = root() ? "setpriv --bounding-set=-ipc_lock --inh-caps=-ipc_lock " : "";
    String output =
        shell(
            "ulimit -l 1024 && exec "
                + without
                + preparingProcess(directory.resolve("live"), LiveMemoryConfig.Place.ANONYMOUS));
    assertTrue(output.contains("prepared=4194304"), output);
    assertTrue(output.contains("refused=2"), output);
    assertEquals(1, output.split("cannot lock table in memory", -1).length - 1, output);
    assertTrue(output.contains("errno=ENOMEM bytes=1048576 file="), output);
    assertTrue(output.contains("raise RLIMIT_MEMLOCK"), output);
  }

  @Test
  void aFullFileSystemIsAnExceptionBeforeAnyoneUsesTheMemory()
      throws IOException, InterruptedException {
    assumeTrue(root(), "mounting a small file system takes root");
    Path small = Files.createDirectories(directory.resolve("small"));
    String output =
        shell(
            "unshare --mount sh -c 'mount -t tmpfs -o size=2m none "
                + small
                + " && exec "
                + preparingProcess(small.resolve("live"), LiveMemoryConfig.Place.FILES)
                + "'");
    assertTrue(output.contains("exhausted: expected room for live files"), output);
    assertTrue(output.contains("No space left on device"), output);
    assertTrue(output.contains("prepared=2097152"), output);
  }
}
