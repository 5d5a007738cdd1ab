package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.StatusRuntimeException;
import io.vxmeta.client.v1.ClusterAdminGrpc;
import io.vxmeta.client.v1.CreateSnapshotRequest;
import io.vxmeta.client.v1.GetShardMapRequest;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.statemachine.GroupState;
import io.vxmeta.statemachine.GroupStateConfig;
import io.vxmeta.statemachine.ProducerLimits;
import io.vxmeta.statemachine.os.LiveMemory;
import io.vxmeta.statemachine.os.LiveMemoryConfig;
import io.vxmeta.statemachine.snapshot.Snapshot;
import io.vxmeta.statemachine.snapshot.SnapshotOwner;
import io.vxmeta.statemachine.snapshot.SnapshotStore;
import io.vxmeta.statemachine.snapshot.SnapshotWriter;
import io.vxmeta.statemachine.table.TableConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A replica that came to another state than the others is found while all of them run, says so,
/// and comes back with theirs.
final class DivergedReplicaTest {
  private static final String KEY = "feature/1";
  private static final int BEFORE = 5;

  /// More entries than lie between two comparisons.
  private static final int BEHIND = 70;

  @TempDir private Path directory;

  @Test
  void aReplicaThatMissedAnEntryStopsItsNodeAndIsRepaired() throws IOException {
    try (TestCluster cluster = TestCluster.ofThreeThatKeepTheirLogs(directory)) {
      cluster.awaitReady();
      int group =
          ClusterAdminGrpc.newBlockingStub(cluster.channel(cluster.nodes().getFirst()))
              .getShardMap(GetShardMapRequest.getDefaultInstance())
              .getGroupOfShard(Calls.shardOf(KEY).value());
      NodeId leader = cluster.awaitLeader(group, cluster.nodes());
      NodeId victim =
          cluster.nodes().stream().filter(node -> !node.equals(leader)).findFirst().orElseThrow();
      IntStream.rangeClosed(1, BEFORE).forEach(i -> write(cluster, group, i));
      TestCluster.await("the writes to be there", () -> serves(cluster, victim, BEFORE));
      var _ =
          ClusterAdminGrpc.newBlockingStub(cluster.channel(victim))
              .createSnapshot(CreateSnapshotRequest.newBuilder().setGroup(group).build());
      write(cluster, group, BEFORE + 1);
      cluster.stop(victim);
      skipAnEntry(victim, group);

      cluster.start(victim);
      IntStream.rangeClosed(BEFORE + 2, BEFORE + BEHIND).forEach(i -> write(cluster, group, i));

      TestCluster.await("the wrong replica to be found", cluster::hasFatal);
      cluster.stop(victim);
      List<String> found = cluster.takeFatal();
      assertEquals(1, found.size(), found::toString);
      assertTrue(
          found
              .getFirst()
              .startsWith(
                  victim.value()
                      + ": this replica's state differs from the majority's: group="
                      + group),
          found::toString);

      cluster.start(victim);
      TestCluster.await("it to be as the others", () -> serves(cluster, victim, BEFORE + BEHIND));
      assertEquals(List.of(), cluster.takeFatal());
    }
  }

  /// A snapshot that claims to hold the entry behind it.
  private void skipAnEntry(NodeId node, int group) throws IOException {
    Path home = directory.resolve(node.value()).resolve("groups/" + group);
    SnapshotStore store =
        SnapshotStore.open(home.resolve("snapshots"), new SnapshotOwner("test-cluster", group));
    Snapshot right = store.newestValid().valid().orElseThrow();
    GroupStateConfig config =
        new GroupStateConfig(
            directory.resolve("aside"),
            group,
            right.manifest().shards(),
            TableConfig.defaults(),
            ProducerLimits.defaults(),
            LiveMemory.of(LiveMemoryConfig.withoutNativeCalls()));
    try (GroupState state = GroupState.restore(config, right)) {
      state.skip(right.index() + 1);
      var _ = new SnapshotWriter(store, Optional.of(right)).write(state.cut(right.term()));
    }
  }

  private static void write(TestCluster cluster, int group, int sequence) {
    var _ =
        Calls.write(cluster, group, Calls.put(KEY, "v" + sequence, Calls.producer(7, sequence)));
  }

  private static boolean serves(TestCluster cluster, NodeId node, int sequence) {
    try {
      return Calls.valueOf(Calls.read(cluster.channel(node), KEY, Calls.LINEARIZABLE, 5_000))
          .equals("v" + sequence);
    } catch (StatusRuntimeException notYet) {
      return false;
    }
  }
}
