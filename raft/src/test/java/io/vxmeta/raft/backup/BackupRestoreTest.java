package io.vxmeta.raft.backup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.raft.NodeConfig;
import io.vxmeta.raft.RestoreTarget;
import io.vxmeta.shardmap.Node;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A backup is laid into new nodes only, the same into each, or nothing is a node's afterwards.
final class BackupRestoreTest {
  private static final List<Node> NODES = BackupSteps.NODES;

  @TempDir private Path directory;

  @BeforeEach
  void make() throws IOException {
    var _ = WrittenBackup.into(backup(), directory.resolve("made"));
  }

  private Path backup() {
    return directory.resolve("backup");
  }

  private NodeConfig config(String clusterId, Node self, int dataGroups) {
    return BackupSteps.config(clusterId, self, directory.resolve(self.id().value()), dataGroups);
  }

  private BackupManifest restore(String clusterId, Node self, int dataGroups) throws IOException {
    return new BackupRestore(
            new BackupFiles(backup()), config(clusterId, self, dataGroups), _ -> {})
        .run();
  }

  private List<Path> files(Path under) throws IOException {
    try (Stream<Path> all = Files.walk(under)) {
      return all.filter(Files::isRegularFile)
          .filter(file -> !file.toString().contains("live"))
          .map(under::relativize)
          .sorted()
          .toList();
    }
  }

  @Test
  void everyNodeGetsTheSameBytes() throws IOException {
    List<List<Path>> names = new ArrayList<>();
    for (Node node : NODES) {
      var _ = restore("new", node, WrittenBackup.DATA_GROUPS);
      names.add(files(directory.resolve(node.id().value())));
    }
    assertEquals(names.getFirst(), names.get(1));
    assertEquals(names.getFirst(), names.get(2));
    Path one = directory.resolve(NODES.getFirst().id().value()).resolve("groups");
    Path other = directory.resolve(NODES.getLast().id().value()).resolve("groups");
    for (Path file : files(one)) {
      assertEquals(-1, Files.mismatch(one.resolve(file), other.resolve(file)), file::toString);
    }
  }

  @Test
  void whatDoesNotFitIsRefusedBeforeAnythingIsWritten() throws IOException {
    Node self = NODES.getFirst();
    assertThrows(
        BackupRestore.Unfit.class,
        () -> restore(WrittenBackup.CLUSTER, self, WrittenBackup.DATA_GROUPS));
    assertThrows(BackupRestore.Unfit.class, () -> restore("new", self, 3));
    assertFalse(Files.exists(directory.resolve(self.id().value())));
    Path _ = Files.createDirectories(directory.resolve(self.id().value()).resolve("something"));
    assertThrows(
        RestoreTarget.Refused.class, () -> restore("new", self, WrittenBackup.DATA_GROUPS));
  }

  @Test
  void aDamagedOrUnfinishedBackupIsNotLaidIn() throws IOException {
    Node self = NODES.getFirst();
    for (Path file : files(backup())) {
      Path path = backup().resolve(file);
      byte[] whole = Files.readAllBytes(path);
      byte[] flipped = Arrays.copyOf(whole, whole.length);
      flipped[whole.length / 2] ^= 1;
      Files.write(path, flipped);
      assertThrows(DamagedBackup.class, () -> restore("new", self, WrittenBackup.DATA_GROUPS));
      Files.write(path, whole);
    }
    Files.delete(backup().resolve(BackupFiles.MANIFEST));
    assertThrows(DamagedBackup.class, () -> restore("new", self, WrittenBackup.DATA_GROUPS));
    assertFalse(Files.exists(directory.resolve(self.id().value()).resolve("NODE")));
  }

  @Test
  void aDirectoryOfARestoreThatWasKilledIsNoNodes() throws IOException {
    Node self = NODES.getFirst();
    var _ = restore("new", self, WrittenBackup.DATA_GROUPS);
    Path data = directory.resolve(self.id().value());
    assertTrue(Files.readString(data.resolve("NODE")).contains("restored-from="));
    // NODE is what a restore writes last.
    Files.delete(data.resolve("NODE"));
    assertThrows(
        RestoreTarget.Refused.class, () -> restore("new", self, WrittenBackup.DATA_GROUPS));
  }
}
