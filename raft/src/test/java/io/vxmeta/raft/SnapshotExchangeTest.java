package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.BindableService;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.stub.StreamObserver;
import io.vxmeta.client.v1.FetchSnapshotRequest;
import io.vxmeta.client.v1.PeerGrpc;
import io.vxmeta.client.v1.SnapshotChunk;
import io.vxmeta.raft.disk.DiskSpace;
import io.vxmeta.raft.numa.GroupHomes;
import io.vxmeta.raft.peer.PeerService;
import io.vxmeta.raft.peer.SnapshotDonor;
import io.vxmeta.raft.peer.SnapshotFetch;
import io.vxmeta.raft.peer.SnapshotTransfer;
import io.vxmeta.raft.ratis.Replica.SnapshotPoint;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.statemachine.AnswerSink;
import io.vxmeta.statemachine.GroupState;
import io.vxmeta.statemachine.GroupStateConfig;
import io.vxmeta.statemachine.ProducerLimits;
import io.vxmeta.statemachine.batch.BatchWriter;
import io.vxmeta.statemachine.batch.Slice;
import io.vxmeta.statemachine.batch.TransactionEncoder;
import io.vxmeta.statemachine.os.LiveMemory;
import io.vxmeta.statemachine.os.LiveMemoryConfig;
import io.vxmeta.statemachine.os.ThreadAffinity;
import io.vxmeta.statemachine.snapshot.SnapshotOwner;
import io.vxmeta.statemachine.snapshot.SnapshotStore;
import io.vxmeta.statemachine.snapshot.SnapshotWriter;
import io.vxmeta.statemachine.table.TableConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Nodes that fetch snapshots from each other never wait for each other, and take no more of the
/// disk than they may.
@Timeout(value = 5, unit = TimeUnit.MINUTES)
final class SnapshotExchangeTest {
  private static final String CLUSTER = "exchange";
  private static final ShardGroupId GROUP = new ShardGroupId(1);
  private static final int SHARD = 5;
  private static final int ENTRIES = 20;

  /// More than a node has threads to receive on, in each direction.
  private static final int GROUPS = 12;

  private static final long RESERVE = 64 << 20;
  private static final TableConfig TABLE = new TableConfig(64 << 10, 64 << 20, 1L << 30, 1L << 29);

  @TempDir private Path directory;
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();

  @AfterEach
  void close() throws Exception {
    while (!opened.isEmpty()) {
      opened.pop().close();
    }
  }

  private <T extends AutoCloseable> T opened(T part) {
    opened.push(part);
    return part;
  }

  private NodeThreads threads() {
    return opened(
        NodeThreads.start(
            GroupHomes.choose(
                GroupHomes.Binding.OFF,
                new GroupHomes.Roots(Path.of("/sys"), Path.of("/proc")),
                List.of(),
                ThreadAffinity::unknown),
            (cause, problem) -> {
              throw new AssertionError(cause, problem);
            }));
  }

  /// The channel to a server with one service.
  private ManagedChannel channel(BindableService service) throws IOException {
    Server server =
        Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
            .addService(service)
            .build()
            .start();
    opened(server::shutdownNow);
    ManagedChannel channel =
        Grpc.newChannelBuilderForAddress(
                "127.0.0.1", server.getPort(), InsecureChannelCredentials.create())
            .build();
    opened(channel::shutdownNow);
    return channel;
  }

  private static PeerService donor(SnapshotDonor donor) {
    return PeerService.ofDonor(CLUSTER, donor, (_, _, born) -> born);
  }

  private SnapshotStore store(String node, int group) throws IOException {
    return SnapshotStore.open(place(node, group), new SnapshotOwner(CLUSTER, group));
  }

  private Path place(String node, int group) {
    return directory.resolve(node).resolve("group-" + group);
  }

  private GroupState state() throws IOException {
    GroupState state =
        opened(
            GroupState.create(
                new GroupStateConfig(
                    directory.resolve("live"),
                    GROUP.value(),
                    List.of(SHARD),
                    TABLE,
                    ProducerLimits.defaults(),
                    LiveMemory.of(LiveMemoryConfig.withoutNativeCalls()))));
    for (int i = 1; i <= ENTRIES; i++) {
      TransactionEncoder encoder = new TransactionEncoder();
      encoder.begin(1, new byte[16], 1, i);
      encoder.put(SHARD, slice("key/" + i), slice("value/" + i), 0);
      BatchWriter batch = new BatchWriter();
      batch.append(encoder.end());
      byte[] entry = batch.seal(1_000 + i);
      state.apply(entry, 0, entry.length, i, AnswerSink.NONE);
    }
    return state;
  }

  private static Slice slice(String text) {
    return Slice.of(text.getBytes(StandardCharsets.UTF_8));
  }

  private static SnapshotStore written(SnapshotStore store, GroupState state) throws IOException {
    var _ = new SnapshotWriter(store, Optional.empty()).write(state.cut(1));
    return store;
  }

  /// On the threads of replicas that run.
  private static CompletableFuture<Optional<SnapshotPoint>> fetch(
      SnapshotFetch by, ShardGroupId group, NodeId from) {
    return CompletableFuture.supplyAsync(
        () -> by.fetch(group, from.value(), ENTRIES), by.threads(group));
  }

  @Test
  void nodesThatFetchManyGroupsFromEachOtherAllGetThem() throws Exception {
    GroupState state = state();
    List<NodeId> nodes = List.of(new NodeId("one"), new NodeId("two"));
    List<Map<ShardGroupId, SnapshotStore>> stores = List.of(new HashMap<>(), new HashMap<>());
    for (int group = 1; group <= 2 * GROUPS; group++) {
      int has = group <= GROUPS ? 0 : 1;
      ShardGroupId id = new ShardGroupId(group);
      stores.get(has).put(id, written(store(nodes.get(has).value(), group), state));
      stores.get(1 - has).put(id, store(nodes.get(1 - has).value(), group));
    }
    List<NodeThreads> threads = List.of(threads(), threads());
    List<SnapshotFetch> fetches = new ArrayList<>();
    for (int node = 0; node < 2; node++) {
      int other = 1 - node;
      ManagedChannel channel = channel(donor(transfer(stores.get(other), threads.get(other))));
      fetches.add(fetch(stores.get(node), Map.of(nodes.get(other), channel), threads.get(node)));
    }
    List<CompletableFuture<Optional<SnapshotPoint>>> fetched =
        IntStream.rangeClosed(1, 2 * GROUPS)
            .mapToObj(group ->
                group <= GROUPS
                    ? fetch(fetches.get(1), new ShardGroupId(group), nodes.get(0))
                    : fetch(fetches.get(0), new ShardGroupId(group), nodes.get(1)))
            .toList();
    for (CompletableFuture<Optional<SnapshotPoint>> each : fetched) {
      assertEquals(Optional.of(new SnapshotPoint(1, ENTRIES)), each.get());
    }
  }

  private static SnapshotTransfer transfer(
      Map<ShardGroupId, SnapshotStore> stores, NodeThreads threads) {
    return new SnapshotTransfer(
        group -> Optional.ofNullable(stores.get(group)),
        _ -> Optional.empty(),
        threads.senders(),
        System::nanoTime);
  }

  private static SnapshotFetch fetch(
      Map<ShardGroupId, SnapshotStore> stores,
      Map<NodeId, ManagedChannel> channels,
      NodeThreads threads) {
    return new SnapshotFetch(
        CLUSTER,
        group -> Optional.ofNullable(stores.get(group)),
        (_, _) -> {},
        channels,
        threads.receivers());
  }

  /// A donor that never sends anything, as one whose threads are all busy.
  private static final class SilentDonor extends PeerGrpc.PeerImplBase {
    private final CompletableFuture<StreamObserver<SnapshotChunk>> asked =
        new CompletableFuture<>();

    @Override
    public void fetchSnapshot(FetchSnapshotRequest request, StreamObserver<SnapshotChunk> answers) {
      assertTrue(asked.complete(answers), "asked once");
    }
  }

  @Test
  void anotherFetchOfAGroupGetsNothingAtOnceAndTakesNoThread() throws Exception {
    SilentDonor donor = new SilentDonor();
    NodeId from = new NodeId("silent");
    NodeThreads threads = threads();
    SnapshotFetch fetch =
        fetch(
            Map.of(GROUP, store("receiver", GROUP.value())), Map.of(from, channel(donor)), threads);
    CompletableFuture<Optional<SnapshotPoint>> first = fetch(fetch, GROUP, from);
    StreamObserver<SnapshotChunk> answers = donor.asked.get();
    assertEquals(Optional.empty(), fetch(fetch, GROUP, from).get());
    assertTrue(!first.isDone(), "the first goes on");
    answers.onError(new IllegalStateException("the donor ends"));
    assertEquals(Optional.empty(), first.get());
  }

  @Test
  void aFetchThatTheDiskHasNoRoomForLeavesNothingAndIsMadeGoodWithRoom() throws Exception {
    SnapshotStore has = written(store("donor", GROUP.value()), state());
    long bytes = has.newestListed().orElseThrow().manifest().bytes();
    AtomicLong usable = new AtomicLong(RESERVE / 2 + bytes);
    DiskSpace space = new DiskSpace(usable::get, RESERVE);
    SnapshotStore receiver =
        SnapshotStore.open(
            place("receiver", GROUP.value()), new SnapshotOwner(CLUSTER, GROUP.value()), space);
    NodeId from = new NodeId("donor");
    NodeThreads threads = threads();
    SnapshotTransfer transfer = transfer(Map.of(GROUP, has), threads);
    AtomicInteger asked = new AtomicInteger();
    SnapshotDonor counted =
        (request, atLeastIndex, chunks) -> {
          asked.incrementAndGet();
          transfer.send(request, atLeastIndex, chunks);
        };
    SnapshotFetch fetch =
        fetch(Map.of(GROUP, receiver), Map.of(from, channel(donor(counted))), threads);
    for (int attempt = 0; attempt < 3; attempt++) {
      assertEquals(Optional.empty(), fetch.fetch(GROUP, from.value(), ENTRIES));
      try (var left = Files.list(place("receiver", GROUP.value()))) {
        assertEquals(List.of(), left.toList(), "nothing is left that takes room");
      }
    }
    assertEquals(1, asked.get(), "the donor is not asked in vain again");
    usable.set(RESERVE);
    assertEquals(
        Optional.of(new SnapshotPoint(1, ENTRIES)), fetch.fetch(GROUP, from.value(), ENTRIES));
    receiver.verify(receiver.newestListed().orElseThrow());
  }

  @Test
  void writersAreNotKeptWaitingByReceiversAndSenders()
      throws ExecutionException, InterruptedException {
    NodeThreads threads = threads();
    CompletableFuture<Void> end = new CompletableFuture<>();
    for (int i = 0; i < GROUPS; i++) {
      threads.receivers().execute(end::join);
      threads.senders().execute(end::join);
    }
    assertEquals("written", threads.background().submit(() -> "written").get());
    boolean _ = end.complete(null);
  }
}
