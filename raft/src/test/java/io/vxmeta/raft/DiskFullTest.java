package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.grpc.Channel;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.vxmeta.client.grpc.ErrorReason;
import io.vxmeta.client.grpc.RpcFailure;
import io.vxmeta.client.v1.ClusterAdminGrpc;
import io.vxmeta.client.v1.CreateNamespaceRequest;
import io.vxmeta.client.v1.CreateSnapshotRequest;
import io.vxmeta.client.v1.Delete;
import io.vxmeta.client.v1.GetShardMapRequest;
import io.vxmeta.client.v1.Mutation;
import io.vxmeta.client.v1.WriteOutcome;
import io.vxmeta.client.v1.WriteRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/// A node whose disk is nearly full goes on with all that needs no space, and says why it refuses
/// the rest.
final class DiskFullTest {
  private static final String KEY = "feature/1";
  private static final Pattern RESERVE = Pattern.compile("reserve_bytes=(\\d+)");

  @TempDir private Path directory;
  private TestCluster cluster;

  @BeforeEach
  void start() throws IOException {
    cluster = TestCluster.ofOne(directory);
    cluster.awaitReady();
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  private Channel node() {
    return cluster.channel(cluster.nodes().getFirst());
  }

  private WriteOutcome put(String value, long sequence) {
    return Calls.write(node(), KEY, Calls.put(KEY, value, Calls.producer(7, sequence)))
        .getOutcome();
  }

  private WriteOutcome delete(long sequence) {
    WriteRequest request =
        WriteRequest.newBuilder()
            .setNamespace(Calls.NAMESPACE)
            .addMutations(
                Mutation.newBuilder()
                    .setKey(ByteString.copyFromUtf8(KEY))
                    .setDelete(Delete.getDefaultInstance()))
            .setProducer(Calls.producer(7, sequence))
            .build();
    return Calls.write(node(), KEY, request).getOutcome();
  }

  /// As the refusal of a put says it.
  private long reserveBytes() {
    cluster.usableBytes(1);
    TestCluster.await("the node to look at its disk", this::isScarce);
    StatusRuntimeException refused =
        assertThrows(StatusRuntimeException.class, () -> put("probe", 99));
    Matcher said = RESERVE.matcher(refused.toString());
    assertTrue(said.find(), refused::toString);
    return Long.parseLong(said.group(1));
  }

  private boolean isScarce() {
    try {
      var _ = put("probe", 99);
      return false;
    } catch (StatusRuntimeException refused) {
      return true;
    }
  }

  private static void assertRefused(ErrorReason reason, Executable call) {
    StatusRuntimeException refused = assertThrows(StatusRuntimeException.class, call);
    Metadata trailers = refused.getTrailers() == null ? new Metadata() : refused.getTrailers();
    assertTrue(
        RpcFailure.of(refused.getStatus(), trailers, RpcFailure.Sent.POSSIBLY).is(reason),
        refused::toString);
    assertEquals(reason.code(), refused.getStatus().getCode());
  }

  @Test
  void putsAreRefusedBelowTheReserveWhileDeletesReadsAndSnapshotsGoOn() {
    assertEquals(WriteOutcome.APPLIED, put("before", 1));
    long reserve = reserveBytes();
    cluster.usableBytes(reserve - 1);
    TestCluster.await("the node to look at its disk", this::isScarce);
    assertRefused(ErrorReason.DISK_FULL, () -> put("refused", 2));
    assertRefused(
        ErrorReason.DISK_FULL,
        () ->
            ClusterAdminGrpc.newBlockingStub(node())
                .createNamespace(CreateNamespaceRequest.newBuilder().setNamespace("n").build()));
    assertTrue(Calls.read(node(), KEY, Calls.LINEARIZABLE, 10_000).getResults(0).hasRecord());
    int group =
        ClusterAdminGrpc.newBlockingStub(node())
            .getShardMap(GetShardMapRequest.getDefaultInstance())
            .getGroupOfShard(Calls.shardOf(KEY).value());
    assertTrue(snapshot(group) > 0);
    assertEquals(WriteOutcome.APPLIED, delete(2));

    cluster.usableBytes(reserve / 2);
    assertRefused(ErrorReason.DISK_FULL, () -> snapshot(group));

    cluster.usableBytes(Long.MAX_VALUE);
    TestCluster.await("the node to see the space", () -> !isScarce());
    assertEquals(WriteOutcome.APPLIED, put("after", 3));
  }

  private long snapshot(int group) {
    return ClusterAdminGrpc.newBlockingStub(node())
        .createSnapshot(CreateSnapshotRequest.newBuilder().setGroup(group).build())
        .getIndex();
  }

  @Test
  void aGroupThatAppliedNothingHasNothingToSnapshot() {
    int empty =
        1
            + ClusterAdminGrpc.newBlockingStub(node())
                    .getShardMap(GetShardMapRequest.getDefaultInstance())
                    .getGroupOfShard(Calls.shardOf(KEY).value())
                % 3;
    assertRefused(ErrorReason.NOTHING_TO_SNAPSHOT, () -> snapshot(empty));
  }
}
