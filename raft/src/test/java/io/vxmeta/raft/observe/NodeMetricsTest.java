package io.vxmeta.raft.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.vxmeta.raft.api.RpcMeter;
import io.vxmeta.raft.ratis.Replica.RaftRole;
import io.vxmeta.raft.read.ReadContract;
import io.vxmeta.raft.read.ReadRefused;
import io.vxmeta.raft.read.ReadTally;
import io.vxmeta.raft.read.ScriptedReplica;
import io.vxmeta.raft.write.WriteMeter;
import io.vxmeta.raft.write.WriteRefusal;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.statemachine.os.LiveMemory;
import io.vxmeta.statemachine.os.LiveMemoryConfig;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Alerts rest on these numbers: they are there before the first event, and follow each.
final class NodeMetricsTest {
  private static final ShardGroupId GROUP = new ShardGroupId(1);

  private final NodeMetrics metrics =
      new NodeMetrics(() -> 0L, LiveMemory.of(LiveMemoryConfig.defaults()));

  @AfterEach
  void close() {
    metrics.close();
  }

  private double value(String series) {
    List<Double> found =
        metrics
            .scrape()
            .lines()
            .filter(line -> line.startsWith(series + " "))
            .map(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
            .toList();
    assertEquals(1, found.size(), () -> "expected one " + series + " in:\n" + metrics.scrape());
    return found.getFirst();
  }

  @Test
  void callsAreCountedByMethodAndCodeAndUnaryOnesTimed() {
    List<String> codes = List.of("OK", "CANCELLED");
    RpcMeter read =
        metrics.rpcMeter(new RpcMeter.Method("Store/Read", RpcMeter.Shape.UNARY, codes));
    RpcMeter watch =
        metrics.rpcMeter(new RpcMeter.Method("Store/Watch", RpcMeter.Shape.STREAM, codes));
    assertEquals(0, value("vx_meta_rpc_requests_total{code=\"OK\",method=\"Store/Read\"}"));
    read.onEnd(0, 700_000);
    read.onEnd(1, 3_000_000_000L);
    read.onEnd(1, 1);
    watch.onEnd(0, 1);
    assertEquals(1, value("vx_meta_rpc_requests_total{code=\"OK\",method=\"Store/Read\"}"));
    assertEquals(2, value("vx_meta_rpc_requests_total{code=\"CANCELLED\",method=\"Store/Read\"}"));
    assertEquals(1, value("vx_meta_rpc_requests_total{code=\"OK\",method=\"Store/Watch\"}"));
    assertEquals(3, value("vx_meta_rpc_seconds_count{method=\"Store/Read\"}"));
    assertEquals(2, value("vx_meta_rpc_seconds_bucket{method=\"Store/Read\",le=\"0.001\"}"));
    assertEquals(1, value("vx_meta_rpc_seconds_bucket{method=\"Store/Read\",le=\"2.5E-4\"}"));
    assertFalse(metrics.scrape().contains("vx_meta_rpc_seconds_count{method=\"Store/Watch\"}"));
  }

  @Test
  void aLeaderIsKnownWhereAReplicaLeadsOrHearsFromOne() {
    ScriptedReplica replica = new ScriptedReplica(new NodeId("a"));
    metrics.watch(replica);
    assertEquals(0, value("vx_meta_leader_known{group=\"1\"}"));
    replica.leader = Optional.of(new NodeId("b"));
    assertEquals(1, value("vx_meta_leader_known{group=\"1\"}"));
    assertEquals(0, value("vx_meta_leader{group=\"1\"}"));
    replica.leader = Optional.empty();
    replica.role = RaftRole.LEADER;
    assertEquals(1, value("vx_meta_leader_known{group=\"1\"}"));
    assertEquals(1, value("vx_meta_leader{group=\"1\"}"));
  }

  @Test
  void readinessFollowsItsReason() {
    AtomicReference<Optional<String>> notReady = new AtomicReference<>(Optional.of("starting"));
    metrics.watchReadiness(notReady::get);
    assertEquals(0, value("vx_meta_ready"));
    notReady.set(Optional.empty());
    assertEquals(1, value("vx_meta_ready"));
  }

  @Test
  void whatIsAlertedOnStartsAtZeroSoThatTheFirstEventIsSeen() {
    Consumer<ShardGroupId> handedOver = metrics.handovers(List.of(GROUP));
    Runnable failed = metrics.snapshotFailures(GROUP);
    assertEquals(0, value("vx_meta_leadership_handovers_total{group=\"1\"}"));
    assertEquals(0, value("vx_meta_snapshot_failures_total{group=\"1\"}"));
    handedOver.accept(GROUP);
    failed.run();
    assertEquals(1, value("vx_meta_leadership_handovers_total{group=\"1\"}"));
    assertEquals(1, value("vx_meta_snapshot_failures_total{group=\"1\"}"));
  }

  @Test
  void refusedWritesCountByGroupAndReason() {
    WriteMeter meter = metrics.writeMeter(GROUP);
    String overloaded = "vx_meta_write_refusals_total{group=\"1\",reason=\"overloaded\"}";
    assertEquals(0, value(overloaded));
    meter.onRefused(WriteRefusal.Reason.OVERLOADED);
    meter.onRefused(WriteRefusal.Reason.NOT_LEADER);
    assertEquals(1, value(overloaded));
  }

  @Test
  void readsCountByConsistencyAndRefusalsByReason() {
    ReadTally reads = metrics.readTally();
    reads.onOpened(new ReadContract.Linearizable());
    reads.onOpened(new ReadContract.Bounded(5));
    reads.onOpened(new ReadContract.Bounded(7));
    reads.onRefused(ReadRefused.Reason.STALE);
    assertEquals(1, value("vx_meta_reads_total{consistency=\"linearizable\"}"));
    assertEquals(2, value("vx_meta_reads_total{consistency=\"bounded\"}"));
    assertEquals(0, value("vx_meta_reads_total{consistency=\"local\"}"));
    assertEquals(1, value("vx_meta_read_refusals_total{reason=\"stale\"}"));
    assertEquals(0, value("vx_meta_read_refusals_total{reason=\"overloaded\"}"));
  }
}
