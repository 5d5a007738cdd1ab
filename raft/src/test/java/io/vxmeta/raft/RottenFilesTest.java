package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.client.v1.ClusterAdminGrpc;
import io.vxmeta.client.v1.CreateSnapshotRequest;
import io.vxmeta.client.v1.GetShardMapRequest;
import io.vxmeta.client.v1.WriteOutcome;
import io.vxmeta.raft.SpoiledFiles.Kind;
import io.vxmeta.raft.SpoiledFiles.Spoiled;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Whatever file of a node rots, its start notices, wherever the bit is and wherever the end was
/// lost.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class RottenFilesTest {
  private static final String KEY = "feature/1";
  private static final int SPOILS_IN_ALL = 2_000;
  private static final int SPOILS =
      Boolean.getBoolean("vx.long") ? SPOILS_IN_ALL / Kind.values().length + 1 : 10;
  private static final int VALUE_BYTES = 20_000;
  private static final int BEFORE_SNAPSHOT = 2;

  /// More than two files of the log.
  private static final int BEHIND_SNAPSHOT = 8;

  @TempDir static Path directory;

  private final long seed = Long.getLong("vx.seed", System.nanoTime() & 0xffff);
  private SpoiledFiles files;

  @BeforeAll
  void write() throws IOException {
    try (TestCluster cluster = TestCluster.ofOne(directory)) {
      cluster.awaitReady();
      NodeId node = cluster.nodes().getFirst();
      ClusterAdminGrpc.ClusterAdminBlockingStub admin =
          ClusterAdminGrpc.newBlockingStub(cluster.channel(node));
      int group =
          admin
              .getShardMap(GetShardMapRequest.getDefaultInstance())
              .getGroupOfShard(Calls.shardOf(KEY).value());
      write(cluster, node, 1, BEFORE_SNAPSHOT);
      var _ = admin.createSnapshot(CreateSnapshotRequest.newBuilder().setGroup(group).build());
      write(cluster, node, BEFORE_SNAPSHOT + 1, BEFORE_SNAPSHOT + BEHIND_SNAPSHOT);
      files =
          new SpoiledFiles(
              cluster.config(node), group, new Random(seed), directory.resolve("kept"));
    }
  }

  private static void write(TestCluster cluster, NodeId node, int first, int last) {
    for (int sequence = first; sequence <= last; sequence++) {
      String value = "v" + sequence + "-".repeat(VALUE_BYTES);
      assertEquals(
          WriteOutcome.APPLIED,
          Calls.write(
                  cluster.channel(node), KEY, Calls.put(KEY, value, Calls.producer(7, sequence)))
              .getOutcome());
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void everyFlippedBitIsFound(Kind kind) throws IOException {
    assertEquals("", files.found(kind), "the file before it is spoiled");
    for (int i = 0; i < SPOILS; i++) {
      Spoiled spoiled = files.flip(kind);
      String found = files.found(kind);
      assertTrue(
          SpoiledFiles.isHarmless(kind, spoiled) || (!found.isEmpty() && !found.startsWith("torn")),
          () -> "seed " + seed + ": " + spoiled.how() + " found=" + found);
      spoiled.putRight();
    }
  }

  @ParameterizedTest
  @EnumSource(value = Kind.class, mode = EnumSource.Mode.EXCLUDE, names = "OPEN_LOG")
  void everyLostEndIsFound(Kind kind) throws IOException {
    for (int i = 0; i < SPOILS; i++) {
      Spoiled spoiled = files.cut(kind);
      String found = files.found(kind);
      assertTrue(
          !found.isEmpty() || SpoiledFiles.isHarmless(kind, spoiled),
          () -> "seed " + seed + ": " + spoiled.how() + " found=" + found);
      spoiled.putRight();
    }
  }
}
