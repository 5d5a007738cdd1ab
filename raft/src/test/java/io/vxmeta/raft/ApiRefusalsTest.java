package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import io.grpc.CallOptions;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.vxmeta.client.grpc.CallHeaders;
import io.vxmeta.client.grpc.ErrorReason;
import io.vxmeta.client.v1.Add;
import io.vxmeta.client.v1.ClusterAdminGrpc;
import io.vxmeta.client.v1.Compare;
import io.vxmeta.client.v1.Consistency;
import io.vxmeta.client.v1.CreateNamespaceRequest;
import io.vxmeta.client.v1.Delete;
import io.vxmeta.client.v1.GetShardMapRequest;
import io.vxmeta.client.v1.Interval;
import io.vxmeta.client.v1.IntervalsAdd;
import io.vxmeta.client.v1.ListNamespacesRequest;
import io.vxmeta.client.v1.MetadataStoreGrpc;
import io.vxmeta.client.v1.Mutation;
import io.vxmeta.client.v1.Producer;
import io.vxmeta.client.v1.Put;
import io.vxmeta.client.v1.PutIfNewer;
import io.vxmeta.client.v1.ReadRequest;
import io.vxmeta.client.v1.ReadResponse;
import io.vxmeta.client.v1.ScanRequest;
import io.vxmeta.client.v1.SetAdd;
import io.vxmeta.client.v1.SetRemove;
import io.vxmeta.client.v1.ShardMapMessage;
import io.vxmeta.client.v1.Token;
import io.vxmeta.client.v1.TransferLeaderRequest;
import io.vxmeta.client.v1.WriteOutcome;
import io.vxmeta.client.v1.WriteRequest;
import io.vxmeta.client.v1.WriteResponse;
import io.vxmeta.shardmap.NodeId;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/// Every kind of bad call gets its documented code and reason, and changes nothing.
final class ApiRefusalsTest {
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

  private static Producer producer() {
    return Calls.producer(1, ++sequence);
  }

  private static void assertRefused(ErrorReason reason, Executable call) {
    StatusRuntimeException refused = assertThrows(StatusRuntimeException.class, call);
    ErrorInfo info = infoOf(refused);
    assertEquals(reason.name(), info.getReason(), refused::toString);
    assertEquals(reason.code(), refused.getStatus().getCode());
    assertEquals(ErrorReason.DOMAIN, info.getDomain());
  }

  private static ErrorInfo infoOf(StatusRuntimeException refused) {
    com.google.rpc.Status status = StatusProto.fromThrowable(refused);
    try {
      return status.getDetails(0).unpack(ErrorInfo.class);
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(refused.toString(), e);
    }
  }

  private static ReadRequest.Builder read(String... keys) {
    ReadRequest.Builder request = ReadRequest.newBuilder().setNamespace(Calls.NAMESPACE);
    for (String key : keys) {
      request.addKeys(ByteString.copyFromUtf8(key));
    }
    return request;
  }

  private static ReadResponse send(ReadRequest request, int shard) {
    return Calls.stub(cluster.channel(NODE), shard, 10_000).read(request);
  }

  private static WriteResponse send(WriteRequest request, int shard) {
    return Calls.stub(cluster.channel(NODE), shard, 10_000).write(request);
  }

  private static int shard(String key) {
    return Calls.shardOf(key).value();
  }

  @Test
  void aShardHeaderThatDoesNotFitTheKeyIsRefusedWithTheRightShard() {
    int wrong = (shard("k") + 1) % 128;
    StatusRuntimeException refused =
        assertThrows(StatusRuntimeException.class, () -> send(read("k").build(), wrong));
    assertEquals("WRONG_SHARD_HEADER", infoOf(refused).getReason());
    assertEquals(Integer.toString(shard("k")), infoOf(refused).getMetadataOrThrow("expected"));
    assertRefused(
        ErrorReason.WRONG_SHARD_HEADER, () -> send(Calls.put("k", "v", producer()), wrong));
  }

  @Test
  void aCallWithoutShardHeaderIsRefused() {
    assertRefused(
        ErrorReason.MISSING_SHARD_HEADER,
        () -> MetadataStoreGrpc.newBlockingStub(cluster.channel(NODE)).read(read("k").build()));
  }

  @Test
  void anotherEpochThanTheNodesIsRefused() {
    Metadata headers = new Metadata();
    headers.put(CallHeaders.SHARD, Integer.toString(shard("k")));
    headers.put(CallHeaders.MAP_EPOCH, "0");
    assertRefused(ErrorReason.WRONG_EPOCH, () -> readWith(headers));
    headers.discardAll(CallHeaders.MAP_EPOCH);
    headers.put(CallHeaders.MAP_EPOCH, "999");
    assertRefused(ErrorReason.NOT_READY, () -> readWith(headers));
    headers.discardAll(CallHeaders.MAP_EPOCH);
    headers.put(CallHeaders.MAP_EPOCH, "soon");
    assertRefused(ErrorReason.INVALID_REQUEST, () -> readWith(headers));
  }

  private static void readWith(Metadata headers) {
    var _ =
        MetadataStoreGrpc.newBlockingStub(cluster.channel(NODE))
            .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
            .read(read("k").build());
  }

  @Test
  void anUnknownNamespaceIsRefusedAndAKnownOneIsNot() {
    WriteRequest request =
        Calls.put("k", "v", producer()).toBuilder().setNamespace("later").build();
    int shard = io.vxmeta.shardmap.ShardHash.shardOf("later", new byte[] {'k'}).value();
    assertRefused(ErrorReason.UNKNOWN_NAMESPACE, () -> send(request, shard));
    assertTrue(create("later"));
    assertFalse(create("later"), "the second time it is there already");
    assertEquals(WriteOutcome.APPLIED, send(request, shard).getOutcome());
    assertTrue(
        admin()
            .listNamespaces(ListNamespacesRequest.getDefaultInstance())
            .getNamespacesList()
            .contains("later"));
  }

  private static ClusterAdminGrpc.ClusterAdminBlockingStub admin() {
    return ClusterAdminGrpc.newBlockingStub(cluster.channel(NODE));
  }

  private static boolean create(String name) {
    return admin()
        .createNamespace(CreateNamespaceRequest.newBuilder().setNamespace(name).build())
        .getCreated();
  }

  @Test
  void aNamespaceNameOutsideItsAlphabetIsRefused() {
    assertRefused(ErrorReason.INVALID_REQUEST, () -> create("No Spaces"));
    assertRefused(ErrorReason.INVALID_REQUEST, () -> create("x".repeat(65)));
  }

  @Test
  void keysAndValuesBeyondTheirLimitsAreRefused() {
    String longKey = "k".repeat(4_097);
    assertRefused(ErrorReason.LIMIT_EXCEEDED, () -> send(read(longKey).build(), shard(longKey)));
    assertRefused(ErrorReason.INVALID_REQUEST, () -> send(read("").build(), 0));
    assertRefused(
        ErrorReason.LIMIT_EXCEEDED,
        () -> send(Calls.put("k", "v".repeat((1 << 20) + 1), producer()), shard("k")));
    String[] many = IntStream.range(0, 1_025).mapToObj(i -> "{t}" + i).toArray(String[]::new);
    assertRefused(ErrorReason.LIMIT_EXCEEDED, () -> send(read(many).build(), shard("{t}")));
    assertRefused(ErrorReason.INVALID_REQUEST, () -> send(read().build(), 0));
  }

  @Test
  void theLargestKeyAndValueAreStored() {
    String key = "K".repeat(4_096);
    String value = "v".repeat(1 << 20);
    assertEquals(
        WriteOutcome.APPLIED, send(Calls.put(key, value, producer()), shard(key)).getOutcome());
    assertEquals(value, Calls.valueOf(send(read(key).build(), shard(key))));
  }

  @Test
  void keysOfTwoGroupsInOneCallAreRefusedWithBothShardsNamed() {
    ShardMapMessage map = admin().getShardMap(GetShardMapRequest.getDefaultInstance());
    String other =
        IntStream.range(0, 1_000)
            .mapToObj(i -> "other" + i)
            .filter(key -> map.getGroupOfShard(shard(key)) != map.getGroupOfShard(shard("k")))
            .findFirst()
            .orElseThrow();
    StatusRuntimeException refused =
        assertThrows(
            StatusRuntimeException.class, () -> send(read("k", other).build(), shard("k")));
    assertEquals("CROSS_GROUP", infoOf(refused).getReason());
    assertEquals(Integer.toString(shard("k")), infoOf(refused).getMetadataOrThrow("shard_a"));
    assertEquals(Integer.toString(shard(other)), infoOf(refused).getMetadataOrThrow("shard_b"));
  }

  @Test
  void aWriteWithoutASoundProducerIsRefused() {
    WriteRequest good = Calls.put("k", "v", producer());
    assertRefused(
        ErrorReason.INVALID_REQUEST,
        () -> send(good.toBuilder().clearProducer().build(), shard("k")));
    assertRefused(
        ErrorReason.INVALID_REQUEST,
        () ->
            send(
                good.toBuilder()
                    .setProducer(
                        good.getProducer().toBuilder().setId(ByteString.copyFromUtf8("short")))
                    .build(),
                shard("k")));
    assertRefused(
        ErrorReason.INVALID_REQUEST,
        () ->
            send(
                good.toBuilder().setProducer(good.getProducer().toBuilder().setSequence(0)).build(),
                shard("k")));
  }

  @Test
  void aMalformedReadEndsAsAMalformedCallOfAGeneratedMethodDoes() {
    Status.Code generated = endOfMalformed(MetadataStoreGrpc.getWriteMethod());
    assertEquals(generated, endOfMalformed(MetadataStoreGrpc.getReadMethod()));
    assertEquals(generated, endOfMalformed(MetadataStoreGrpc.getReadStreamMethod()));
    String key = "after-malformed";
    send(Calls.put(key, "v", producer()), shard(key));
    assertEquals("v", Calls.valueOf(send(read(key).build(), shard(key))));
  }

  private static <Q, A> Status.Code endOfMalformed(MethodDescriptor<Q, A> method) {
    MethodDescriptor<byte[], A> raw =
        method.toBuilder(new RawBytes(), method.getResponseMarshaller())
            .setType(MethodDescriptor.MethodType.UNARY)
            .build();
    byte[] cutOff = {0x0A, 0x7F, 0x01};
    return assertThrows(
            StatusRuntimeException.class,
            () ->
                ClientCalls.blockingUnaryCall(
                    cluster.channel(NODE), raw, CallOptions.DEFAULT, cutOff))
        .getStatus()
        .getCode();
  }

  /// Sends bytes as they are.
  private static final class RawBytes implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] message) {
      return new ByteArrayInputStream(message);
    }

    @Override
    public byte[] parse(InputStream message) {
      throw new UnsupportedOperationException("only requests are raw");
    }
  }

  @Test
  void aFailedCompareIsAnAnswerAndChangesNothing() {
    String key = "compared";
    send(Calls.put(key, "first", producer()), shard(key));
    WriteRequest request =
        Calls.put(key, "second", producer()).toBuilder()
            .addCompares(Compare.newBuilder().setKey(ByteString.copyFromUtf8(key)).setAbsent(true))
            .build();
    WriteResponse response = send(request, shard(key));
    assertEquals(WriteOutcome.COMPARE_FAILED, response.getOutcome());
    assertTrue(response.getFoundVersion() > 0);
    assertEquals("first", Calls.valueOf(send(read(key).build(), shard(key))));
  }

  @Test
  void addingToWhatIsNoCounterIsAnswered() {
    String key = "text";
    send(Calls.put(key, "abc", producer()), shard(key));
    WriteRequest request =
        WriteRequest.newBuilder()
            .setNamespace(Calls.NAMESPACE)
            .setProducer(producer())
            .addMutations(
                Mutation.newBuilder()
                    .setKey(ByteString.copyFromUtf8(key))
                    .setAdd(Add.newBuilder().setDelta(1)))
            .build();
    assertEquals(WriteOutcome.WRONG_TYPE, send(request, shard(key)).getOutcome());
  }

  @Test
  void whatATypedMutationBringsIsCheckedBeforeTheLog() {
    ByteString large = ByteString.copyFrom(new byte[1_025]);
    assertRefused(
        ErrorReason.INVALID_REQUEST, () -> mutate(k -> k.setSetAdd(SetAdd.getDefaultInstance())));
    assertRefused(
        ErrorReason.INVALID_REQUEST,
        () -> mutate(k -> k.setSetAdd(SetAdd.newBuilder().addMembers(ByteString.EMPTY))));
    assertRefused(
        ErrorReason.INVALID_REQUEST,
        () -> mutate(k -> k.setSetRemove(SetRemove.newBuilder().addMembers(large))));
    assertRefused(ErrorReason.LIMIT_EXCEEDED, () -> mutate(k -> k.setSetAdd(members(70))));
    assertRefused(
        ErrorReason.INVALID_REQUEST,
        () -> mutate(k -> k.setIntervalsAdd(IntervalsAdd.getDefaultInstance())));
    assertRefused(
        ErrorReason.INVALID_REQUEST,
        () ->
            mutate(k ->
                k.setIntervalsAdd(
                    IntervalsAdd.newBuilder()
                        .addIntervals(Interval.newBuilder().setFrom(2).setTo(2)))));
    assertRefused(
        ErrorReason.LIMIT_EXCEEDED,
        () ->
            mutate(k ->
                k.setPutIfNewer(
                    PutIfNewer.newBuilder()
                        .setValue(ByteString.copyFrom(new byte[(1 << 20) - 9])))));
    for (long ttl : new long[] {0, -1, 315_360_000_001L}) {
      assertRefused(
          ErrorReason.INVALID_REQUEST, () -> mutate(k -> k.setPut(Put.newBuilder().setTtlMs(ttl))));
    }
    assertRefused(
        ErrorReason.INVALID_REQUEST,
        () -> mutate(k -> k.setPut(Put.newBuilder().setExpiresAtMs(0))));
  }

  private static SetAdd.Builder members(int count) {
    SetAdd.Builder set = SetAdd.newBuilder();
    for (int i = 0; i < count; i++) {
      set.addMembers(ByteString.copyFrom(new byte[1_000]).concat(ByteString.copyFromUtf8("" + i)));
    }
    return set;
  }

  private static WriteResponse mutate(UnaryOperator<Mutation.Builder> kind) {
    return send(
        WriteRequest.newBuilder()
            .setNamespace(Calls.NAMESPACE)
            .setProducer(producer())
            .addMutations(kind.apply(Mutation.newBuilder().setKey(ByteString.copyFromUtf8("k"))))
            .build(),
        shard("k"));
  }

  @Test
  void moreWorkThanOneTransactionMayHoldIsRefused() {
    WriteRequest.Builder compares =
        WriteRequest.newBuilder().setNamespace(Calls.NAMESPACE).setProducer(producer());
    for (int i = 0; i < 33; i++) {
      compares.addCompares(
          Compare.newBuilder()
              .setKey(ByteString.copyFromUtf8("k"))
              .setValueSha256(ByteString.copyFrom(new byte[32])));
    }
    assertRefused(ErrorReason.LIMIT_EXCEEDED, () -> send(compares.build(), shard("k")));
    assertRefused(
        ErrorReason.INVALID_REQUEST,
        () ->
            send(
                compares
                    .clearCompares()
                    .addCompares(
                        Compare.newBuilder()
                            .setKey(ByteString.copyFromUtf8("k"))
                            .setValueSha256(ByteString.copyFrom(new byte[31])))
                    .build(),
                shard("k")));
    assertRefused(ErrorReason.LIMIT_EXCEEDED, () -> send(sets(1_001), shard("k")));
    WriteRequest.Builder deletes =
        WriteRequest.newBuilder().setNamespace(Calls.NAMESPACE).setProducer(producer());
    Mutation.Builder delete =
        Mutation.newBuilder()
            .setKey(ByteString.copyFromUtf8("k"))
            .setDelete(Delete.getDefaultInstance());
    for (int i = 0; i < 10_000; i++) {
      deletes.addMutations(delete);
    }
    assertEquals(10_000, send(deletes.build(), shard("k")).getResultsCount());
    WriteRequest tooMany = deletes.setProducer(producer()).addMutations(delete).build();
    assertRefused(ErrorReason.LIMIT_EXCEEDED, () -> send(tooMany, shard("k")));
  }

  private static WriteRequest sets(int count) {
    WriteRequest.Builder request =
        WriteRequest.newBuilder().setNamespace(Calls.NAMESPACE).setProducer(producer());
    for (int i = 0; i < count; i++) {
      request.addMutations(
          Mutation.newBuilder().setKey(ByteString.copyFromUtf8("k")).setSetAdd(members(1)));
    }
    return request.build();
  }

  @Test
  void aMutationOrCompareWithoutAKindIsRefused() {
    WriteRequest.Builder request =
        WriteRequest.newBuilder().setNamespace(Calls.NAMESPACE).setProducer(producer());
    assertRefused(ErrorReason.INVALID_REQUEST, () -> send(request.build(), 0));
    request.addMutations(Mutation.newBuilder().setKey(ByteString.copyFromUtf8("k")));
    assertRefused(ErrorReason.INVALID_REQUEST, () -> send(request.build(), shard("k")));
    request.clearMutations();
    request.addMutations(Mutation.newBuilder().setPut(Put.getDefaultInstance()));
    assertRefused(ErrorReason.INVALID_REQUEST, () -> send(request.build(), 0));
    request.clearMutations();
    request.addCompares(Compare.newBuilder().setKey(ByteString.copyFromUtf8("k")));
    assertRefused(ErrorReason.INVALID_REQUEST, () -> send(request.build(), shard("k")));
  }

  @Test
  void aTokenOfAnotherClusterOrTheFutureIsRefused() {
    ShardMapMessage map = admin().getShardMap(GetShardMapRequest.getDefaultInstance());
    Token.Builder token =
        Token.newBuilder()
            .setGroup(map.getGroupOfShard(shard("k")))
            .setRevision(1)
            .setClusterId("another");
    assertRefused(ErrorReason.FOREIGN_TOKEN, () -> readAtLeast(token));
    token.setClusterId("test-cluster").setRevision(1L << 40);
    StatusRuntimeException behind =
        assertThrows(StatusRuntimeException.class, () -> readAtLeast(token));
    assertEquals("STALE", infoOf(behind).getReason());
    assertEquals(Long.toString(1L << 40), infoOf(behind).getMetadataOrThrow("required"));
    assertTrue(Long.parseLong(infoOf(behind).getMetadataOrThrow("actual")) < 1L << 40);
  }

  /// Its shard may have come to the token's group with a map that the node does not have yet.
  @Test
  void aTokenOfANewerMapIsNotAnsweredByAnOlderOne() {
    ShardMapMessage map = admin().getShardMap(GetShardMapRequest.getDefaultInstance());
    Token.Builder token =
        Token.newBuilder()
            .setGroup(map.getGroupOfShard(shard("k")))
            .setClusterId("test-cluster")
            .setMapEpoch(map.getEpoch());
    readAtLeast(token);
    token.setMapEpoch(map.getEpoch() + 1);
    StatusRuntimeException behind =
        assertThrows(StatusRuntimeException.class, () -> readAtLeast(token));
    assertEquals("NOT_READY", infoOf(behind).getReason());
    assertEquals("shard map behind", infoOf(behind).getMetadataOrThrow("reason"));
  }

  /// Without a deadline of the caller's: the node's answer, after a time of its own, is waited for
  /// however busy the machine is.
  private static void readAtLeast(Token.Builder token) {
    var _ =
        MetadataStoreGrpc.newBlockingStub(cluster.channel(NODE))
            .withInterceptors(Calls.shardHeader(shard("k")))
            .read(
                read("k")
                    .setConsistency(
                        Consistency.newBuilder()
                            .setAtLeast(Consistency.AtLeast.newBuilder().setToken(token)))
                    .build());
  }

  @Test
  void scansAreCheckedAsReadsAre() {
    ScanRequest.Builder scan = ScanRequest.newBuilder().setNamespace(Calls.NAMESPACE).setShard(128);
    assertRefused(ErrorReason.INVALID_REQUEST, () -> scan(scan.build()));
    assertRefused(
        ErrorReason.LIMIT_EXCEEDED, () -> scan(scan.setShard(1).setPageSize(10_001).build()));
    assertRefused(
        ErrorReason.INVALID_REQUEST,
        () -> scan(scan.setPageSize(1).setCursor(ByteString.copyFromUtf8("x")).build()));
    assertRefused(
        ErrorReason.UNKNOWN_NAMESPACE,
        () -> scan(scan.clearCursor().setNamespace("nowhere").build()));
  }

  private static void scan(ScanRequest request) {
    MetadataStoreGrpc.newBlockingStub(cluster.channel(NODE))
        .scan(request)
        .forEachRemaining(page -> {});
  }

  @Test
  void leadershipGoesOnlyToAVoterOfAGroupThatIsHere() {
    assertRefused(ErrorReason.INVALID_REQUEST, () -> transfer(1, "nobody"));
    assertRefused(ErrorReason.WRONG_NODE, () -> transfer(99, "node-1"));
  }

  private static void transfer(int group, String to) {
    var _ =
        admin()
            .transferLeader(
                TransferLeaderRequest.newBuilder().setGroup(group).setToNode(to).build());
  }

  @Test
  void anUnknownMethodIsUnimplementedAndTheNodeGoesOn() {
    StatusRuntimeException refused =
        assertThrows(
            StatusRuntimeException.class,
            () ->
                io.vxmeta.client.v1.PeerGrpc.newBlockingStub(cluster.channel(NODE))
                    .readIndex(io.vxmeta.client.v1.ReadIndexRequest.getDefaultInstance()));
    assertEquals(Status.Code.UNIMPLEMENTED, refused.getStatus().getCode());
  }
}
