package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.vxmeta.client.grpc.CallHeaders;
import io.vxmeta.client.v1.Add;
import io.vxmeta.client.v1.MetadataStoreGrpc;
import io.vxmeta.client.v1.Mutation;
import io.vxmeta.client.v1.ReadRequest;
import io.vxmeta.client.v1.ReadStreamRequest;
import io.vxmeta.client.v1.ReadStreamResponse;
import io.vxmeta.client.v1.Record;
import io.vxmeta.client.v1.ScanRequest;
import io.vxmeta.client.v1.ScanResponse;
import io.vxmeta.client.v1.WriteRequest;
import io.vxmeta.client.v1.WriteResponse;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Streams keep their order, end as documented, and hold no more than their window in memory.
final class StreamsTest {
  private static final NodeId NODE = new NodeId("node-1");

  @TempDir private static Path directory;
  private static TestCluster cluster;

  @BeforeAll
  static void start() throws IOException {
    cluster = TestCluster.ofOne(directory);
    cluster.awaitReady();
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  private static MetadataStoreGrpc.MetadataStoreStub stub(String key) {
    Metadata headers = new Metadata();
    headers.put(CallHeaders.SHARD, Integer.toString(Calls.shardOf(key).value()));
    return MetadataStoreGrpc.newStub(cluster.channel(NODE))
        .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  /// Gathers a stream's answers until it ends.
  private static final class Gathered<T> implements StreamObserver<T> {
    private final List<T> answers = new ArrayList<>();
    private final CompletableFuture<Status> end = new CompletableFuture<>();

    @Override
    public void onNext(T value) {
      answers.add(value);
    }

    @Override
    public void onError(Throwable problem) {
      end.complete(Status.fromThrowable(problem));
    }

    @Override
    public void onCompleted() {
      end.complete(Status.OK);
    }

    Status awaitEnd() throws Exception {
      return end.get(TestCluster.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
  }

  @Test
  void transactionsOfAStreamAreAnsweredInOrderAndAppliedInOrder() throws Exception {
    Gathered<WriteResponse> gathered = new Gathered<>();
    StreamObserver<WriteRequest> out = stub("{s}0").writeStream(gathered);
    for (int i = 1; i <= 3_000; i++) {
      out.onNext(Calls.put("{s}" + i % 10, "v" + i, Calls.producer(21, i)));
    }
    out.onCompleted();
    assertEquals(Status.Code.OK, gathered.awaitEnd().getCode());
    assertEquals(
        LongStream.rangeClosed(1, 3_000).boxed().toList(),
        gathered.answers.stream().map(WriteResponse::getSequence).toList());
    List<Long> revisions =
        gathered.answers.stream().map(a -> a.getFreshness().getToken().getRevision()).toList();
    assertEquals(
        revisions.stream().sorted().toList(), revisions, "later writes have higher revisions");
    assertEquals(
        "v3000",
        Calls.valueOf(Calls.read(cluster.channel(NODE), "{s}0", Calls.LINEARIZABLE, 10_000)));
  }

  @Test
  void theLargestValuesGoThroughAStreamWithoutOverload() throws Exception {
    Gathered<WriteResponse> gathered = new Gathered<>();
    StreamObserver<WriteRequest> out = stub("{l}0").writeStream(gathered);
    String large = "x".repeat(1 << 20);
    for (int i = 1; i <= 24; i++) {
      out.onNext(Calls.put("{l}" + i % 3, large, Calls.producer(24, i)));
    }
    out.onCompleted();
    assertEquals(Status.Code.OK, gathered.awaitEnd().getCode());
    assertEquals(24, gathered.answers.size());
  }

  @Test
  void aStreamThatBrokeIsResumedBehindItsLastAnswerAndNothingIsDoubled() throws Exception {
    CompletableFuture<ClientCallStreamObserver<WriteRequest>> opened = new CompletableFuture<>();
    stub("{r}0").writeStream(new Mute(opened));
    ClientCallStreamObserver<WriteRequest> broken = opened.join();
    for (int i = 1; i <= 400; i++) {
      broken.onNext(adding(i));
    }
    broken.cancel("the client is gone", null);
    Gathered<WriteResponse> gathered = new Gathered<>();
    StreamObserver<WriteRequest> out = stub("{r}0").writeStream(gathered);
    for (int i = 1; i <= 500; i++) {
      out.onNext(adding(i));
    }
    out.onCompleted();
    assertEquals(Status.Code.OK, gathered.awaitEnd().getCode());
    assertEquals(
        LongStream.rangeClosed(1, 500).boxed().toList(),
        gathered.answers.stream().map(answer -> answer.getResults(0).getNumber()).toList());
  }

  private static WriteRequest adding(long sequence) {
    return WriteRequest.newBuilder()
        .setNamespace(Calls.NAMESPACE)
        .setProducer(Calls.producer(31, sequence))
        .addMutations(
            Mutation.newBuilder()
                .setKey(ByteString.copyFromUtf8("{r}0"))
                .setAdd(Add.newBuilder().setDelta(1)))
        .build();
  }

  @Test
  void theFirstBadTransactionEndsTheStreamAndNothingAfterItIsWritten() throws Exception {
    Gathered<WriteResponse> gathered = new Gathered<>();
    StreamObserver<WriteRequest> out = stub("{bad}0").writeStream(gathered);
    out.onNext(Calls.put("{bad}0", "good", Calls.producer(22, 1)));
    out.onNext(
        Calls.put("{bad}0", "no producer", Calls.producer(22, 2)).toBuilder()
            .clearProducer()
            .build());
    for (int i = 3; i < 200; i++) {
      out.onNext(Calls.put("{bad}0", "late", Calls.producer(22, i)));
    }
    assertEquals(Status.Code.INVALID_ARGUMENT, gathered.awaitEnd().getCode());
    assertEquals(List.of(1L), gathered.answers.stream().map(WriteResponse::getSequence).toList());
    assertEquals(
        "good",
        Calls.valueOf(Calls.read(cluster.channel(NODE), "{bad}0", Calls.LINEARIZABLE, 10_000)));
  }

  @Test
  void aClientThatNeverReadsItsAnswersIsStoppedAfterAWindow() {
    CompletableFuture<ClientCallStreamObserver<WriteRequest>> stream = new CompletableFuture<>();
    stub("{mute}0").writeStream(new Mute(stream));
    ClientCallStreamObserver<WriteRequest> out = stream.join();
    byte[] padding = new byte[8 << 10];
    int sent = 0;
    while (out.isReady() && sent < 100_000) {
      sent++;
      out.onNext(
          Calls.put(
              "{mute}0",
              new String(padding, java.nio.charset.StandardCharsets.ISO_8859_1),
              Calls.producer(23, sent)));
    }
    int taken = sent;
    assertTrue(taken < 100_000, "the server must stop reading");
    out.cancel("enough", null);
  }

  /// Takes no answer at all.
  private record Mute(CompletableFuture<ClientCallStreamObserver<WriteRequest>> stream)
      implements ClientResponseObserver<WriteRequest, WriteResponse> {
    @Override
    public void beforeStart(ClientCallStreamObserver<WriteRequest> requests) {
      requests.disableAutoRequestWithInitial(0);
      stream.complete(requests);
    }

    @Override
    public void onNext(WriteResponse value) {
      throw new AssertionError("nothing was asked for");
    }

    @Override
    public void onError(Throwable problem) {}

    @Override
    public void onCompleted() {}
  }

  @Test
  void aFailedReadDoesNotEndItsStream() throws Exception {
    Calls.write(cluster.channel(NODE), "{r}1", Calls.put("{r}1", "one", Calls.producer(24, 1)));
    Gathered<ReadStreamResponse> gathered = new Gathered<>();
    StreamObserver<ReadStreamRequest> out = stub("{r}1").readStream(gathered);
    out.onNext(read(1, "{r}1"));
    out.onNext(
        ReadStreamRequest.newBuilder()
            .setId(2)
            .setRead(ReadRequest.newBuilder().setNamespace(Calls.NAMESPACE))
            .build());
    out.onNext(read(3, "{r}absent"));
    out.onCompleted();
    assertEquals(Status.Code.OK, gathered.awaitEnd().getCode());
    Map<Long, ReadStreamResponse> byId = new HashMap<>();
    gathered.answers.forEach(answer -> byId.put(answer.getId(), answer));
    assertEquals(Set.of(1L, 2L, 3L), byId.keySet());
    assertEquals("one", Calls.valueOf(answer(byId, 1).getRead()));
    assertEquals(Status.Code.INVALID_ARGUMENT.value(), answer(byId, 2).getError().getCode());
    assertTrue(!answer(byId, 3).getRead().getResults(0).hasRecord());
  }

  private static ReadStreamResponse answer(Map<Long, ReadStreamResponse> byId, long id) {
    return Objects.requireNonNull(byId.get(id));
  }

  private static ReadStreamRequest read(long id, String key) {
    return ReadStreamRequest.newBuilder()
        .setId(id)
        .setRead(
            ReadRequest.newBuilder()
                .setNamespace(Calls.NAMESPACE)
                .addKeys(ByteString.copyFromUtf8(key)))
        .build();
  }

  @Test
  void aScanReturnsEveryKeyOfThePrefixOnceInPages() throws Exception {
    Gathered<WriteResponse> gathered = new Gathered<>();
    StreamObserver<WriteRequest> out = stub("{scan}a0").writeStream(gathered);
    for (int i = 1; i <= 2_000; i++) {
      out.onNext(
          Calls.put("{scan}" + (i % 2 == 0 ? "a" : "b") + i, "v" + i, Calls.producer(25, i)));
    }
    out.onCompleted();
    assertEquals(Status.Code.OK, gathered.awaitEnd().getCode());

    Set<String> expected = new HashSet<>();
    IntStream.rangeClosed(1, 2_000)
        .filter(i -> i % 2 == 0)
        .forEach(i -> expected.add("{scan}a" + i));
    List<String> found = new ArrayList<>();
    ByteString cursor = ByteString.EMPTY;
    int calls = 0;
    do {
      Iterator<ScanResponse> pages =
          MetadataStoreGrpc.newBlockingStub(cluster.channel(NODE))
              .scan(
                  ScanRequest.newBuilder()
                      .setNamespace(Calls.NAMESPACE)
                      .setShard(Calls.shardOf("{scan}a0").value())
                      .setPrefix(ByteString.copyFromUtf8("{scan}a"))
                      .setPageSize(100)
                      .setCursor(cursor)
                      .build());
      while (pages.hasNext()) {
        ScanResponse page = pages.next();
        page.getRecordsList().stream()
            .map(Record::getKey)
            .map(ByteString::toStringUtf8)
            .forEach(found::add);
        cursor = page.getCursor();
      }
      calls++;
    } while (!cursor.isEmpty() && calls < 1_000);
    assertEquals(expected.size(), found.size());
    assertEquals(expected, new HashSet<>(found));
  }

  @Test
  void aScanWithALimitEndsThere() {
    Iterator<ScanResponse> pages =
        MetadataStoreGrpc.newBlockingStub(cluster.channel(NODE))
            .scan(
                ScanRequest.newBuilder()
                    .setNamespace(Calls.NAMESPACE)
                    .setShard(Calls.shardOf("{scan}a0").value())
                    .setLimit(7)
                    .build());
    int records = 0;
    while (pages.hasNext()) {
      records += pages.next().getRecordsCount();
    }
    assertTrue(records <= 7, "records=" + records);
  }
}
