package io.vxmeta.raft;

import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import io.vxmeta.client.grpc.ShardMapCodec;
import io.vxmeta.client.v1.ClusterAdminGrpc;
import io.vxmeta.client.v1.ConfirmRequest;
import io.vxmeta.client.v1.GetShardMapRequest;
import io.vxmeta.client.v1.GetStatusRequest;
import io.vxmeta.client.v1.GetStatusResponse;
import io.vxmeta.client.v1.OfferLeadRequest;
import io.vxmeta.client.v1.PeerGrpc;
import io.vxmeta.client.v1.ReadIndexRequest;
import io.vxmeta.client.v1.ReplicaStatus;
import io.vxmeta.client.v1.Role;
import io.vxmeta.raft.numa.GroupHomes;
import io.vxmeta.raft.place.LeadSpread;
import io.vxmeta.raft.ratis.RaftHost;
import io.vxmeta.raft.ratis.RaftLinks;
import io.vxmeta.raft.ratis.RatisSettings;
import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.raft.trace.Tracing;
import io.vxmeta.shardmap.Endpoint;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Real nodes in this process, over real sockets and files, with links that can be cut.
final class TestCluster implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final int SCENES_MAX = 10;
  private static final int LOG_SEGMENT_BYTES = 64 << 10;

  private final Path directory;
  private final ClusterSetup setup;
  private final List<io.vxmeta.shardmap.Node> members;

  /// Those that join the running cluster.
  private final List<io.vxmeta.shardmap.Node> newcomers = new CopyOnWriteArrayList<>();

  private final Map<NodeId, Node> running = new ConcurrentSkipListMap<>();
  private final Map<NodeId, RaftHost> rafts = new ConcurrentHashMap<>();
  private final Map<NodeId, ManagedChannel> channels = new ConcurrentHashMap<>();
  private final Map<NodeId, ManagedChannel> peerChannels = new ConcurrentHashMap<>();
  private final Set<Link> cut = ConcurrentHashMap.newKeySet();

  /// What a node is not asked that is of a build from before replicas moved.
  private static final String VOTERS = PeerGrpc.getVotersMethod().getFullMethodName();

  private final Set<NodeId> earlier = ConcurrentHashMap.newKeySet();
  private final List<String> fatal = new ArrayList<>();
  private final AtomicLong usableBytes = new AtomicLong(Long.MAX_VALUE);

  private record Link(NodeId from, NodeId to) {}

  /// With logs so short that a snapshot leaves nothing for a follower that was away.
  static TestCluster ofThree(Path directory) throws IOException {
    return new TestCluster(directory, ClusterSetup.of(3));
  }

  /// With tables whose bytes can be reached, and walked as fast as can be.
  static TestCluster ofThreeWithTablesInFiles(Path directory) throws IOException {
    return new TestCluster(
        directory,
        ClusterSetup.of(3)
            .with(NodeConfig.MemoryPlace.FILES)
            .with(new NodeConfig.Scrub(NodeConfig.Scrub.TABLE_STEPS_MAX)));
  }

  /// Whose nodes move leads by themselves, and soon.
  static TestCluster ofThreeThatSpreadLeaders(Path directory) throws IOException {
    return new TestCluster(
        directory,
        ClusterSetup.of(3)
            .keeping(Integer.MAX_VALUE)
            .with(new NodeConfig.Leaders(LeadSpread.Mode.AUTOMATIC, NodeConfig.Leaders.CALM_MIN)));
  }

  static TestCluster ofThreeThatKeepTheirLogs(Path directory) throws IOException {
    return new TestCluster(directory, ClusterSetup.of(3).keeping(Integer.MAX_VALUE));
  }

  /// Which waits for somebody to begin it.
  static TestCluster ofThreeThatWait(Path directory) throws IOException {
    return new TestCluster(directory, ClusterSetup.of(3).with(NodeConfig.Bootstrap.MANUAL));
  }

  /// With one node more than a data group has replicas.
  static TestCluster ofFour(Path directory) throws IOException {
    return new TestCluster(directory, ClusterSetup.of(4));
  }

  static TestCluster ofOne(Path directory) throws IOException {
    return new TestCluster(directory, ClusterSetup.of(1));
  }

  static TestCluster ofOneThatLogs(Path directory, NodeConfig.Logs logs) throws IOException {
    return new TestCluster(directory, ClusterSetup.of(1).with(logs));
  }

  /// Whose nodes tell their spans to one exporter.
  static TestCluster ofThreeThatTrace(Path directory, SpanExporter exporter) throws IOException {
    return new TestCluster(
        directory,
        ClusterSetup.of(3)
            .with((_, source) -> Optional.of(Tracing.to(exporter, "memory", source))));
  }

  /// On a machine that the device tree below `sysfs` describes.
  static TestCluster ofOneOn(Path sysfs, Path directory) throws IOException {
    return new TestCluster(
        directory, ClusterSetup.of(1).with(new NodeConfig.Numa(GroupHomes.Binding.AUTO, sysfs)));
  }

  /// What is done with each node's configuration before its first start.
  interface Preparation {
    void prepare(NodeConfig config) throws IOException;
  }

  static TestCluster ofThree(Path directory, String clusterId, Preparation preparation)
      throws IOException {
    return new TestCluster(directory, ClusterSetup.of(3).named(clusterId), preparation);
  }

  private TestCluster(Path directory, ClusterSetup setup) throws IOException {
    this(directory, setup, _ -> {});
  }

  private TestCluster(Path directory, ClusterSetup setup, Preparation preparation)
      throws IOException {
    this.directory = directory;
    this.setup = setup;
    this.members = members(setup.nodes());
    for (NodeId id : nodes()) {
      preparation.prepare(config(id));
    }
    try {
      startAll();
    } catch (IOException | RuntimeException failed) {
      // The nodes that did start would run on, and nobody has this cluster to close it.
      closeAfter(failed);
      throw failed;
    }
  }

  private void closeAfter(Exception failed) {
    try {
      close();
    } catch (AssertionError | RuntimeException alsoFailed) {
      failed.addSuppressed(alsoFailed);
    }
  }

  /// Starts all nodes side by side, as machines of a cluster do: each on a thread of its own,
  /// because their first start waits for the others, and the common pool of two processors has one.
  /// Returns, or fails, when none is starting any more.
  void startAll() throws IOException {
    List<CompletableFuture<Void>> starts = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (NodeId id : nodes()) {
      starts.add(
          CompletableFuture.runAsync(
              () -> {
                try {
                  start(id);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              },
              start -> threads.add(Thread.ofPlatform().name("start-" + id).start(start))));
    }
    // The others would wait for one that failed for ever.
    for (CompletableFuture<Void> start : starts) {
      var _ =
          start.whenComplete((_, failure) -> {
            if (failure != null) {
              threads.forEach(Thread::interrupt);
            }
          });
    }
    CompletableFuture.allOf(starts.toArray(CompletableFuture[]::new)).join();
  }

  void stopAll() {
    CompletableFuture.allOf(
            nodes().stream()
                .map(id -> CompletableFuture.runAsync(() -> stop(id)))
                .toArray(CompletableFuture[]::new))
        .join();
  }

  private static List<io.vxmeta.shardmap.Node> members(int nodes) {
    List<Endpoint> free = TestPorts.free(3 * nodes);
    return IntStream.range(0, nodes)
        .mapToObj(i -> member(i + 1, free.subList(3 * i, 3 * i + 3)))
        .toList();
  }

  private static io.vxmeta.shardmap.Node member(int number, List<Endpoint> ports) {
    return new io.vxmeta.shardmap.Node(
        new NodeId("node-" + number),
        "zone-" + number,
        List.of(ports.get(0)),
        ports.get(1),
        ports.get(2));
  }

  /// A node that may join: `start` has it ask to be admitted.
  io.vxmeta.shardmap.Node newcomer() {
    io.vxmeta.shardmap.Node node = member(members.size() + newcomers.size() + 1, TestPorts.free(3));
    newcomers.add(node);
    return node;
  }

  void start(NodeId id) throws IOException {
    Node node =
        Node.start(
            config(id),
            (cause, problem) -> {
              synchronized (fatal) {
                fatal.add(id.value() + ": " + cause + ": " + problem);
              }
            },
            new Node.Hooks(
                start -> {
                  RaftHost raft = RaftLinks.start(shortLog(start), this::isCut);
                  rafts.put(id, raft);
                  return raft;
                },
                List.of(new PeerLoss(id)),
                _ -> usableBytes::get,
                setup.tracing()));
    running.put(id, node);
  }

  private RaftHost.Start shortLog(RaftHost.Start start) {
    RatisSettings usual = start.settings();
    RatisSettings shortened =
        new RatisSettings(
            usual.storage(),
            usual.host(),
            usual.port(),
            usual.electionTimeoutMin(),
            usual.electionTimeoutMax(),
            LOG_SEGMENT_BYTES,
            setup.entriesKept());
    return new RaftHost.Start(
        start.clusterId(),
        start.node(),
        shortened,
        start.groups(),
        start.created(),
        start.snapshots(),
        start.certificates(),
        start.failStop(),
        start.work(),
        start.background());
  }

  NodeConfig config(NodeId id) {
    io.vxmeta.shardmap.Node self = member(id);
    boolean joins = newcomers.contains(self);
    return new NodeConfig(
        setup.clusterId(),
        id,
        directory.resolve(id.value()),
        joins ? List.of(self) : members,
        joins
            ? members.stream().map(member -> member.clientEndpoints().getFirst()).toList()
            : List.of(),
        setup.bootstrap(),
        new Endpoint("127.0.0.1", 0),
        joins ? 0 : 3,
        joins ? 1 : members.size() - 1 + members.size() % 2,
        false,
        Optional.empty(),
        new NodeConfig.Memory(NodeConfig.MemoryLock.OFF, setup.place(), Optional.empty()),
        setup.numa(),
        OptionalLong.empty(),
        NodeConfig.DamagedLog.REPAIR,
        NodeConfig.SlowDisk.DEFAULT,
        NodeConfig.Snapshots.DEFAULT,
        setup.scrub(),
        new NodeConfig.Moves(NodeConfig.Moves.BYTES_MIN),
        setup.leaders(),
        setup.logs(),
        NodeConfig.Traces.DEFAULT,
        new NodeConfig.Listen(self.clientEndpoints().getFirst(), self.peer(), self.raft()));
  }

  void stop(NodeId id) {
    Node node = running.remove(id);
    if (node != null) {
      node.close();
    }
  }

  Node node(NodeId id) {
    return Objects.requireNonNull(running.get(id));
  }

  List<NodeId> nodes() {
    return Stream.concat(members.stream(), newcomers.stream())
        .map(io.vxmeta.shardmap.Node::id)
        .toList();
  }

  /// As the node sees it.
  ShardMap map(NodeId node) {
    return ShardMapCodec.decode(
        ClusterAdminGrpc.newBlockingStub(channel(node))
            .getShardMap(GetShardMapRequest.getDefaultInstance()));
  }

  List<NodeId> running() {
    return List.copyOf(running.keySet());
  }

  private io.vxmeta.shardmap.Node member(NodeId id) {
    return Stream.concat(members.stream(), newcomers.stream())
        .filter(member -> member.id().equals(id))
        .findFirst()
        .orElseThrow();
  }

  ManagedChannel channel(NodeId id) {
    Endpoint at = member(id).clientEndpoints().getFirst();
    return channels.computeIfAbsent(
        id, _ -> NettyChannelBuilder.forAddress(at.host(), at.port()).usePlaintext().build());
  }

  List<Endpoint> clientEndpoints() {
    return members.stream().map(member -> member.clientEndpoints().getFirst()).toList();
  }

  /// To the port that the other nodes use.
  ManagedChannel peerChannel(NodeId id) {
    Endpoint at = member(id).peer();
    return peerChannels.computeIfAbsent(
        id, _ -> NettyChannelBuilder.forAddress(at.host(), at.port()).usePlaintext().build());
  }

  boolean hasFatal() {
    synchronized (fatal) {
      return !fatal.isEmpty();
    }
  }

  /// What made nodes stop themselves since the last call; it was expected.
  List<String> takeFatal() {
    synchronized (fatal) {
      List<String> taken = List.copyOf(fatal);
      fatal.clear();
      return taken;
    }
  }

  // ---- faults

  /// What every node's disk says to have left, from its next look on.
  void usableBytes(long bytes) {
    usableBytes.set(bytes);
  }

  /// Offers a snapshot of the leader's to a follower, whatever the follower's log holds, as a
  /// leader does whose appender for it was started anew; true when the follower has answered for
  /// good.
  boolean offerSnapshot(int group, NodeId leader, NodeId follower) throws IOException {
    return RaftLinks.offerSnapshot(
        setup.clusterId(),
        new ShardGroupId(group),
        Objects.requireNonNull(rafts.get(leader)),
        Objects.requireNonNull(rafts.get(follower)));
  }

  /// One node offers another a snapshot, as a leader of a term, beside members that the group never
  /// had.
  void offerBesideMembers(int group, long term, NodeId from, NodeId to) throws IOException {
    RaftLinks.offerBesideMembers(
        setup.clusterId(),
        new ShardGroupId(group),
        term,
        Objects.requireNonNull(rafts.get(from)),
        Objects.requireNonNull(rafts.get(to)));
  }

  /// A node's replica of a group.
  Replica replica(int group, NodeId node) {
    return Objects.requireNonNull(
        Objects.requireNonNull(rafts.get(node)).replicas().get(new ShardGroupId(group)));
  }

  /// Cuts a leader off that is ready by then, and goes on to think that it leads.
  NodeId isolateLeader(int group, Predicate<NodeId> ready) {
    AtomicReference<NodeId> isolated = new AtomicReference<>();
    await(
        "a leader of group " + group + " that is cut off",
        () -> {
          heal();
          NodeId leader = awaitLeader(group, running());
          if (!ready.test(leader)) {
            return false;
          }
          isolate(leader);
          isolated.set(leader);
          return leader(group, List.of(leader)).isPresent();
        });
    return Objects.requireNonNull(isolated.get());
  }

  /// Loses every message between the node and the others, both ways.
  void isolate(NodeId node) {
    nodes().stream()
        .filter(other -> !other.equals(node))
        .forEach(other -> {
          cut.add(new Link(node, other));
          cut.add(new Link(other, node));
        });
  }

  /// From now on the node answers the others as a build does that knows nothing of moves.
  void makeEarlier(NodeId node) {
    earlier.add(node);
  }

  void heal() {
    cut.clear();
  }

  private boolean isCut(NodeId from, NodeId to) {
    return cut.contains(new Link(from, to));
  }

  private final class PeerLoss implements ServerInterceptor {
    private final NodeId self;

    PeerLoss(NodeId self) {
      this.self = self;
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
      if (earlier.contains(self) && call.getMethodDescriptor().getFullMethodName().equals(VOTERS)) {
        call.close(Status.UNIMPLEMENTED, new Metadata());
        return new ServerCall.Listener<>() {};
      }
      return new SimpleForwardingServerCallListener<>(next.startCall(call, headers)) {
        private boolean lost;

        @Override
        public void onMessage(Q message) {
          String from =
              switch (message) {
                case ConfirmRequest confirm -> confirm.getFromNode();
                case ReadIndexRequest index -> index.getFromNode();
                case OfferLeadRequest offer -> offer.getFromNode();
                default -> "";
              };
          if (!from.isEmpty() && isCut(new NodeId(from), self)) {
            lost = true;
            call.request(1);
          } else if (lost) {
            call.close(Status.UNAVAILABLE.withDescription("connection reset"), new Metadata());
          } else {
            super.onMessage(message);
          }
        }
      };
    }
  }

  // ---- looking

  GetStatusResponse status(NodeId id) {
    return Calls.patiently(() -> askStatus(id));
  }

  private GetStatusResponse askStatus(NodeId id) {
    return ClusterAdminGrpc.newBlockingStub(channel(id))
        .withDeadlineAfter(5, TimeUnit.SECONDS)
        .withWaitForReady()
        .getStatus(GetStatusRequest.getDefaultInstance());
  }

  /// Empty: it does not answer now.
  private Optional<GetStatusResponse> statusNow(NodeId id) {
    try {
      return Optional.of(askStatus(id));
    } catch (StatusRuntimeException notNow) {
      return Optional.empty();
    }
  }

  /// Index of the newest snapshot of a node's replica; -1 when it has no replica of the group.
  long snapshotIndex(NodeId id, int group) {
    return status(id).getReplicasList().stream()
        .filter(replica -> replica.getGroup() == group)
        .mapToLong(ReplicaStatus::getSnapshotIndex)
        .findFirst()
        .orElse(-1);
  }

  private record Leadership(NodeId node, long term) {}

  /// The node that leads a group with the highest term among those asked; empty, too, while one of
  /// them does not answer, which may be the one that leads.
  Optional<NodeId> leader(int group, List<NodeId> asked) {
    return leadership(group, asked).map(Leadership::node);
  }

  private Optional<Leadership> leadership(int group, List<NodeId> asked) {
    Optional<Leadership> leadership = Optional.empty();
    for (NodeId id : asked) {
      Optional<GetStatusResponse> status = statusNow(id);
      if (status.isEmpty()) {
        return Optional.empty();
      }
      for (ReplicaStatus replica : status.get().getReplicasList()) {
        if (replica.getGroup() == group
            && replica.getRole() == Role.ROLE_LEADER
            && leadership.stream().allMatch(other -> replica.getTerm() > other.term())) {
          leadership = Optional.of(new Leadership(id, replica.getTerm()));
        }
      }
    }
    return leadership;
  }

  NodeId awaitLeader(int group, List<NodeId> asked) {
    return awaitLeadership(group, asked).node();
  }

  private Leadership awaitLeadership(int group, List<NodeId> asked) {
    AtomicReference<Leadership> found = new AtomicReference<>();
    await(
        "a leader of group " + group,
        () -> {
          leadership(group, asked).ifPresent(found::set);
          return found.get() != null;
        });
    return Objects.requireNonNull(found.get());
  }

  /// Plays a scene until one has passed under one leader from its beginning to its end, and returns
  /// that leader: for what an election on a busy machine would turn into another scene.
  NodeId underOneLeader(int group, List<NodeId> asked, Consumer<NodeId> scene) {
    for (int played = 0; played < SCENES_MAX; played++) {
      Leadership begun = awaitLeadership(group, asked);
      scene.accept(begun.node());
      if (leadership(group, asked).equals(Optional.of(begun))) {
        return begun.node();
      }
    }
    throw new AssertionError(
        "elections in each of " + SCENES_MAX + " scenes one after the other; group=" + group);
  }

  void awaitReady() {
    await(
        "all nodes ready",
        () ->
            running.keySet().stream()
                .allMatch(id -> statusNow(id).filter(GetStatusResponse::getReady).isPresent()));
  }

  /// Polls until a condition holds; the limit only ends a test that would hang.
  static void await(String what, BooleanSupplier holds) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!holds.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("waited " + PATIENCE + " for " + what);
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
  }

  @Override
  public void close() {
    channels.values().forEach(ManagedChannel::shutdownNow);
    peerChannels.values().forEach(ManagedChannel::shutdownNow);
    List<String> unsound = new ArrayList<>();
    try {
      running.keySet().forEach(id -> unsound.addAll(unsoundTables(id)));
    } finally {
      stopAll();
    }
    synchronized (fatal) {
      if (!fatal.isEmpty()) {
        throw new AssertionError("nodes stopped themselves: " + fatal);
      }
    }
    if (!unsound.isEmpty()) {
      throw new AssertionError("tables are not sound at the end of the test: " + unsound);
    }
  }

  /// What a walk over every table of a node finds. A replica that installs a snapshot meanwhile is
  /// left to the walk of its new tables, which installing ends with.
  private List<String> unsoundTables(NodeId id) {
    List<String> problems = new ArrayList<>();
    for (Replica replica : Objects.requireNonNull(rafts.get(id)).replicas().values()) {
      replica
          .state()
          .ifPresent(state -> {
            try {
              state
                  .verify()
                  .forEach(problem ->
                      problems.add(
                          id.value() + " group " + replica.group().value() + ": " + problem));
            } catch (IllegalStateException closed) {
              if (replica.state().filter(now -> now == state).isPresent()) {
                throw closed;
              }
            }
          });
    }
    return problems;
  }
}
