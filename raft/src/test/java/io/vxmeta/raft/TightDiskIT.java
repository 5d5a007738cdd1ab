package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.vxmeta.raft.disk.TightDisk;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// Each write of a node and of a backup fails once for want of room, page by page and name by name.
@EnabledOnOs(value = OS.LINUX, disabledReason = "a small file system is mounted with Linux' tools")
final class TightDiskIT {
  @TempDir private Path directory;

  @Test
  void workThatFindsNoRoomSaysSoKeepsWhatWasThereAndSucceedsWithRoom() throws Exception {
    assumeTrue(
        "root".equals(System.getProperty("user.name")), "mounting a small file system takes root");
    Path disk = Files.createDirectory(directory.resolve("disk"));
    Path aside = Files.createDirectory(directory.resolve("aside"));
    String said = TightDisk.run(disk, aside, TightDiskTrial.class);
    said.lines().filter(line -> line.contains("scarce=")).forEach(System.out::println);
    assertTrue(said.contains("scratch of a verification: scarce=NAMES"), said);
  }
}
