package io.vxmeta.statemachine.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DurableNamesTest {
  private static final Path LSATTR = Path.of("/usr/bin/lsattr");

  @TempDir Path folder;

  @Test
  void directoriesThereAndMadeLaterSyncTheirNames() throws Exception {
    String type = Files.getFileStore(folder).type();
    assumeTrue(
        type.equals("ext4") && Files.isExecutable(LSATTR),
        () -> "needs ext4 and lsattr: file_system=" + type);
    Path there = Files.createDirectories(folder.resolve("there"));
    assertEquals(Optional.empty(), DurableNames.in(folder));
    Path later = Files.createDirectory(there.resolve("later"));
    for (Path directory : new Path[] {folder, there, later}) {
      assertTrue(attributes(directory).contains("D"), () -> "dirsync of " + directory);
    }
  }

  @Test
  void fileSystemThatCanNotIsNamedWithTheRemedy() throws Exception {
    Path memory = Path.of("/dev/shm");
    assumeTrue(Files.isWritable(memory), "needs a writable /dev/shm");
    Path directory = Files.createTempDirectory(memory, "names");
    try {
      Optional<String> problem = DurableNames.in(directory);
      assertTrue(problem.isEmpty() || problem.get().contains("dirsync"), () -> "" + problem);
    } finally {
      Files.delete(directory);
    }
  }

  private static String attributes(Path directory) throws Exception {
    Process lsattr = new ProcessBuilder(LSATTR.toString(), "-d", directory.toString()).start();
    String said = new String(lsattr.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return said.split(" ", 2)[0];
  }
}
