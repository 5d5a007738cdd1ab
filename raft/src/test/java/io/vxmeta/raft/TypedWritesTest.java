package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.vxmeta.client.v1.Add;
import io.vxmeta.client.v1.Compare;
import io.vxmeta.client.v1.Interval;
import io.vxmeta.client.v1.IntervalsAdd;
import io.vxmeta.client.v1.Max;
import io.vxmeta.client.v1.Min;
import io.vxmeta.client.v1.Mutation;
import io.vxmeta.client.v1.Put;
import io.vxmeta.client.v1.PutIfNewer;
import io.vxmeta.client.v1.ReadResponse;
import io.vxmeta.client.v1.SetAdd;
import io.vxmeta.client.v1.SetRemove;
import io.vxmeta.client.v1.WriteOutcome;
import io.vxmeta.client.v1.WriteRequest;
import io.vxmeta.client.v1.WriteResponse;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Typed mutations and records that expire, over a whole node.
final class TypedWritesTest {
  private static final NodeId NODE = new NodeId("node-1");

  @TempDir private static Path directory;
  private static TestCluster cluster;
  private static long sequence;

  @BeforeAll
  static void start() throws IOException {
    cluster = TestCluster.ofOne(directory);
    cluster.awaitReady();
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  private static Mutation.Builder of(String key) {
    return Mutation.newBuilder().setKey(bytes(key));
  }

  private static ByteString bytes(String text) {
    return ByteString.copyFromUtf8(text);
  }

  private static WriteResponse write(WriteRequest.Builder request) {
    String key =
        request.getComparesCount() > 0
            ? request.getCompares(0).getKey().toStringUtf8()
            : request.getMutations(0).getKey().toStringUtf8();
    WriteRequest whole =
        request.setNamespace(Calls.NAMESPACE).setProducer(Calls.producer(77, ++sequence)).build();
    return Calls.write(cluster.channel(NODE), key, whole);
  }

  private static ReadResponse read(String key) {
    return Calls.read(cluster.channel(NODE), key, Calls.LINEARIZABLE, 10_000);
  }

  private static ByteString value(String key) {
    return read(key).getResults(0).getRecord().getValue();
  }

  private static ByteString hex(String hex) {
    return ByteString.fromHex(hex.replace(" ", ""));
  }

  @Test
  void everyMergeIsAnsweredWithItsNumberAndStoredAsDocumented() {
    IntervalsAdd.Builder intervals =
        IntervalsAdd.newBuilder()
            .addIntervals(Interval.newBuilder().setFrom(5).setTo(7))
            .addIntervals(Interval.newBuilder().setFrom(-1).setTo(2))
            .addIntervals(Interval.newBuilder().setFrom(2).setTo(3));
    SetAdd.Builder members =
        SetAdd.newBuilder().addMembers(bytes("b")).addMembers(bytes("a")).addMembers(bytes("b"));
    WriteResponse answer =
        write(
            WriteRequest.newBuilder()
                .addMutations(of("{m}n").setAdd(Add.newBuilder().setDelta(7)))
                .addMutations(of("{m}n").setMax(Max.newBuilder().setNumber(9)))
                .addMutations(of("{m}n").setMin(Min.newBuilder().setNumber(-2)))
                .addMutations(of("{m}s").setSetAdd(members))
                .addMutations(
                    of("{m}s").setSetRemove(SetRemove.newBuilder().addMembers(bytes("a"))))
                .addMutations(of("{m}i").setIntervalsAdd(intervals))
                .addMutations(
                    of("{m}p")
                        .setPutIfNewer(
                            PutIfNewer.newBuilder().setEventTime(40).setValue(bytes("x"))))
                .addMutations(
                    of("{m}p")
                        .setPutIfNewer(
                            PutIfNewer.newBuilder().setEventTime(39).setValue(bytes("y")))));
    assertEquals(WriteOutcome.APPLIED, answer.getOutcome());
    assertEquals(
        List.of(7L, 9L, -2L, 2L, 1L, 6L, 1L, 0L),
        answer.getResultsList().stream().map(result -> result.getNumber()).toList());
    assertEquals(hex("fffffffffffffffe"), value("{m}n"));
    assertEquals(hex("f553 0001 62"), value("{m}s"));
    assertEquals(
        hex("f549 ffffffffffffffff 0000000000000003 0000000000000005 0000000000000007"),
        value("{m}i"));
    assertEquals(hex("f554 0000000000000028 78"), value("{m}p"));
  }

  @Test
  void valueIsComparedByItsSha256() {
    String sha = "9834876dcfb05cb167a5c24953eba58c4ac89b1adf57f28f2f9d09af107ee8f0"; // of aaa
    write(
        WriteRequest.newBuilder()
            .addMutations(of("v").setPut(Put.newBuilder().setValue(bytes("aaa")))));
    Compare.Builder compare =
        Compare.newBuilder().setKey(bytes("v")).setValueSha256(ByteString.fromHex(sha));
    assertEquals(
        WriteOutcome.APPLIED,
        write(
                WriteRequest.newBuilder()
                    .addCompares(compare)
                    .addMutations(of("v").setPut(Put.newBuilder().setValue(bytes("b")))))
            .getOutcome());
    WriteResponse failed = write(WriteRequest.newBuilder().addCompares(compare));
    assertEquals(WriteOutcome.COMPARE_FAILED, failed.getOutcome());
    assertTrue(failed.getFoundVersion() > 0);
  }

  @Test
  void anExpiredRecordIsTakenAwayAndOthersStay() {
    write(
        WriteRequest.newBuilder()
            .addMutations(of("{e}ttl").setPut(Put.newBuilder().setTtlMs(300)))
            .addMutations(of("{e}moment").setPut(Put.newBuilder().setExpiresAtMs(1)))
            .addMutations(of("{e}long").setPut(Put.newBuilder().setTtlMs(3_600_000)))
            .addMutations(of("{e}ever").setPut(Put.newBuilder())));
    assertTrue(read("{e}long").getResults(0).getRecord().getExpiresAtMs() > 3_600_000);
    TestCluster.await("both to vanish", () -> !found("{e}ttl") && !found("{e}moment"));
    assertTrue(found("{e}long"));
    assertTrue(found("{e}ever"));
    assertFalse(read("{e}ever").getResults(0).getRecord().getExpiresAtMs() > 0);
  }

  private static boolean found(String key) {
    return read(key).getResults(0).hasRecord();
  }
}
