package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A node that lost its data stays away, and one that has it comes back.
final class WipedNodeTest {
  private static final String ONE = "9d2f2c1e-0000-4000-8000-000000000001";
  private static final String ANOTHER = "9d2f2c1e-0000-4000-8000-000000000002";

  @TempDir Path directory;

  @Test
  void aNodeThatComesBackEmptyIsRefusedByTheOthers() throws IOException {
    try (TestCluster cluster = TestCluster.ofThree(directory)) {
      cluster.awaitReady();
      NodeId victim = cluster.nodes().getLast();
      Path data = directory.resolve(victim.value());
      Path kept = directory.resolve("kept");
      cluster.stop(victim);
      Path _ = Files.move(data, kept);
      IOException refused = assertThrows(IOException.class, () -> cluster.start(victim));
      assertTrue(
          String.valueOf(refused.getMessage()).contains("has lost its data"), refused::getMessage);
      assertTrue(
          String.valueOf(refused.getMessage()).contains("node=" + victim), refused::getMessage);
      assertFalse(
          Files.exists(data.resolve("raft")) && !isEmpty(data.resolve("raft")),
          "no group was made, so it can promise nothing");

      Path _ = Files.move(data, directory.resolve("empty"));
      Path _ = Files.move(kept, data);
      cluster.start(victim);
      cluster.awaitReady();
    }
  }

  private static boolean isEmpty(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files.findAny().isEmpty();
    }
  }

  @Test
  void aDirectoryRemembersTheFirstIncarnationOfEachOther() throws IOException {
    try (TestCluster cluster = TestCluster.ofOne(directory)) {
      NodeId self = cluster.nodes().getFirst();
      NodeConfig config = cluster.config(self);
      NodeId other = new NodeId("other");
      cluster.stop(self);
      String incarnation;
      try (NodeDirectory before = NodeDirectory.open(config)) {
        incarnation = before.incarnation();
        assertEquals(ONE, before.meet(other, ONE));
        assertEquals(ONE, before.meet(other, ANOTHER));
      }
      try (NodeDirectory after = NodeDirectory.open(config)) {
        assertEquals(ONE, after.meet(other, ANOTHER), "known after a restart");
        assertEquals(incarnation, after.incarnation());
        assertTrue(after.groupsCreated());
      }
    }
  }

  /// Of the format before: it has no incarnation, and nothing that seals it.
  @Test
  void aMarkerOfTheFormerFormatIsTakenOver() throws IOException {
    try (TestCluster cluster = TestCluster.ofOne(directory)) {
      NodeId self = cluster.nodes().getFirst();
      NodeConfig config = cluster.config(self);
      cluster.stop(self);
      Path marker = directory.resolve(self.value()).resolve("NODE");
      List<String> former =
          Files.readAllLines(marker).stream()
              .filter(line -> !line.startsWith("incarnation=") && !line.startsWith("seal="))
              .map(line -> line.startsWith("format=") ? "format=1" : line)
              .toList();
      Path _ = Files.write(marker, former);
      String incarnation;
      try (NodeDirectory taken = NodeDirectory.open(config)) {
        assertTrue(taken.groupsCreated());
        incarnation = taken.incarnation();
      }
      assertNotEquals(former, Files.readAllLines(marker));
      try (NodeDirectory again = NodeDirectory.open(config)) {
        assertEquals(incarnation, again.incarnation());
      }
      cluster.start(self);
      cluster.awaitReady();
    }
  }
}
