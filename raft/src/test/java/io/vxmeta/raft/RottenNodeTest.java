package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.grpc.StatusRuntimeException;
import io.vxmeta.client.v1.ClusterAdminGrpc;
import io.vxmeta.client.v1.CreateSnapshotRequest;
import io.vxmeta.client.v1.GetShardMapRequest;
import io.vxmeta.client.v1.WriteOutcome;
import io.vxmeta.raft.SpoiledFiles.End;
import io.vxmeta.raft.SpoiledFiles.Kind;
import io.vxmeta.raft.SpoiledFiles.Spoiled;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A node one of whose files rotted serves what the others have, or does not serve.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class RottenNodeTest {
  private static final String KEY = "feature/1";
  private static final int VALUE_BYTES = 20_000;

  /// More than two files of the log.
  private static final int BEHIND_SNAPSHOT = 8;

  @TempDir static Path directory;

  private final long seed = Long.getLong("vx.seed", System.nanoTime() & 0xffff);
  private TestCluster cluster;
  private NodeId victim;
  private SpoiledFiles files;
  private int group;
  private int sequence;

  /// The kind of file that the node was last tried with, unless all was well in the end.
  private Optional<Kind> failed = Optional.empty();

  @BeforeAll
  void start() throws IOException {
    cluster = TestCluster.ofThree(directory);
    cluster.awaitReady();
    group =
        ClusterAdminGrpc.newBlockingStub(cluster.channel(cluster.nodes().getFirst()))
            .getShardMap(GetShardMapRequest.getDefaultInstance())
            .getGroupOfShard(Calls.shardOf(KEY).value());
    NodeId leader = cluster.awaitLeader(group, cluster.nodes());
    victim =
        cluster.nodes().stream().filter(node -> !node.equals(leader)).findFirst().orElseThrow();
    files =
        new SpoiledFiles(
            cluster.config(victim), group, new Random(seed), directory.resolve("kept"));
    write(1);
    fill();
    cluster.stop(victim);
  }

  /// A file of each kind.
  private void fill() {
    awaitServed();
    var _ =
        ClusterAdminGrpc.newBlockingStub(cluster.channel(victim))
            .createSnapshot(CreateSnapshotRequest.newBuilder().setGroup(group).build());
    write(BEHIND_SNAPSHOT);
    awaitServed();
  }

  @AfterAll
  void stop() {
    cluster.close();
  }

  private void write(int times) {
    for (int i = 0; i < times; i++) {
      sequence++;
      String value = "v" + sequence + "-".repeat(VALUE_BYTES);
      assertEquals(
          WriteOutcome.APPLIED,
          Calls.write(cluster, group, Calls.put(KEY, value, Calls.producer(7, sequence)))
              .getOutcome());
    }
  }

  private void awaitServed() {
    String begins = "v" + sequence + "-";
    TestCluster.await(
        "the node to serve " + begins,
        () -> {
          try {
            return Calls.valueOf(
                    Calls.read(cluster.channel(victim), KEY, Calls.LINEARIZABLE, 5_000))
                .startsWith(begins);
          } catch (StatusRuntimeException notYet) {
            return false;
          }
        });
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void theNodeIsRepairedByTheOthersOrRefusesWithOneLine(Kind kind) throws IOException {
    // On what that one left behind the others would fail as well, and tell nothing.
    failed.ifPresent(other -> fail("not tried: the node is not as it was before " + other));
    failed = Optional.of(kind);
    Spoiled spoiled = files.flip(kind);
    while (SpoiledFiles.isHarmless(kind, spoiled)) {
      spoiled.putRight();
      spoiled = files.flip(kind);
    }
    if (kind.end == End.REFUSED) {
      Exception refused = assertThrows(Exception.class, () -> cluster.start(victim));
      String line = Objects.requireNonNull(refused.getMessage());
      assertEquals(1, line.lines().count(), line);
      assertTrue(line.contains("; ") && line.contains(victim.value()), line);
      spoiled.putRight();
    }
    cluster.start(victim);
    write(1);
    fill();
    cluster.stop(victim);
    failed = Optional.empty();
  }
}
