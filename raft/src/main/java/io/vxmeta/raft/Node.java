package io.vxmeta.raft;

import io.grpc.BindableService;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerInterceptor;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.ClusterAdmin;
import io.vxmeta.client.Release;
import io.vxmeta.client.grpc.Channels.TlsFiles;
import io.vxmeta.client.grpc.ConnectWatch;
import io.vxmeta.raft.api.ApiServices;
import io.vxmeta.raft.api.ConnectionShare;
import io.vxmeta.raft.api.HeaderCapture;
import io.vxmeta.raft.api.NodeStatus;
import io.vxmeta.raft.api.OperationTraces;
import io.vxmeta.raft.api.RpcTracing;
import io.vxmeta.raft.api.SlowOperations;
import io.vxmeta.raft.console.Console;
import io.vxmeta.raft.console.Known;
import io.vxmeta.raft.disk.DiskSpace;
import io.vxmeta.raft.move.ConfirmedVoters;
import io.vxmeta.raft.move.Departures;
import io.vxmeta.raft.move.ForsakenShards;
import io.vxmeta.raft.move.MoveEnds;
import io.vxmeta.raft.move.OwnShards;
import io.vxmeta.raft.move.ReplicaKeeper;
import io.vxmeta.raft.move.ReplicaMover;
import io.vxmeta.raft.move.ShardMover;
import io.vxmeta.raft.move.VoterQuestion;
import io.vxmeta.raft.move.Voters;
import io.vxmeta.raft.numa.GroupHomes;
import io.vxmeta.raft.numa.Home;
import io.vxmeta.raft.observe.AdminEndpoint;
import io.vxmeta.raft.observe.NodeMetrics;
import io.vxmeta.raft.peer.PeerChannels;
import io.vxmeta.raft.peer.PeerDigests;
import io.vxmeta.raft.peer.PeerIntroductions;
import io.vxmeta.raft.peer.PeerLeadOffers;
import io.vxmeta.raft.peer.PeerLinks;
import io.vxmeta.raft.peer.PeerService;
import io.vxmeta.raft.peer.PeerShards;
import io.vxmeta.raft.peer.PeerVoters;
import io.vxmeta.raft.peer.SnapshotFetch;
import io.vxmeta.raft.peer.SnapshotTransfer;
import io.vxmeta.raft.place.ClusterView;
import io.vxmeta.raft.place.LeadReadiness;
import io.vxmeta.raft.place.LeadSpread;
import io.vxmeta.raft.place.LeadTransfers;
import io.vxmeta.raft.place.RootWriter;
import io.vxmeta.raft.ratis.FailStop;
import io.vxmeta.raft.ratis.RaftHost;
import io.vxmeta.raft.ratis.RatisSettings;
import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.raft.read.ReadBarrier;
import io.vxmeta.raft.read.ReadContract;
import io.vxmeta.raft.read.ReadGate;
import io.vxmeta.raft.recover.Admission;
import io.vxmeta.raft.recover.FirstStart;
import io.vxmeta.raft.recover.Recovery;
import io.vxmeta.raft.trace.Tracing;
import io.vxmeta.raft.write.Coalescer;
import io.vxmeta.raft.write.WriteLimits;
import io.vxmeta.raft.write.WriteMeter;
import io.vxmeta.shardmap.Endpoint;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.Placement;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import io.vxmeta.statemachine.os.LiveMemory;
import io.vxmeta.statemachine.os.LiveMemoryConfig;
import io.vxmeta.statemachine.os.ThreadAffinity;
import io.vxmeta.statemachine.snapshot.SnapshotSearch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One vx-meta server: makes every part, hands each what it needs, and takes all down again in
/// reverse.
public final class Node implements AutoCloseable {
  /* Order of start: directory -> memory -> admin port -> admission, if it joins -> peer port -> repair of damaged groups ->
   *   Raft (recovers its groups) -> links to peers -> services -> client port. The client port comes last, so that nobody meets half a node; the peer port
   *   gives snapshots away from the beginning, so that two damaged nodes can help each other.
   */
  private static final Logger LOG = LoggerFactory.getLogger(Node.class);

  /// All namespaces have the same share of the write path under overload.
  private static final int NAMESPACE_WEIGHT = 1;

  private static final long DRAIN_MS = 1_000;

  /// A read of the root group that takes longer is begun anew.
  private static final Duration KEEPS_WITHIN = Duration.ofSeconds(5);

  /// What a process takes beside heap and tables: code, stacks, the collector's own, buffers of the
  /// network libraries.
  private static final long BESIDES_HEAP_BYTES = 512L << 20;

  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private final NodeConfig config;
  private final FailStop failStop;
  private final InstantSource clock;

  private volatile Supplier<Optional<String>> readiness = () -> Optional.of("starting");
  private final CompletableFuture<Void> left = new CompletableFuture<>();
  private int adminPort;
  private volatile boolean closing;

  private Node(NodeConfig config, FailStop failStop, InstantSource clock) {
    this.config = config;
    this.failStop = failStop;
    this.clock = clock;
  }

  /// Starts a node; when it returns, the client port answers.
  public static Node start(NodeConfig config, FailStop failStop) throws IOException {
    return start(config, failStop, Hooks.NONE);
  }

  /// Where tests reach into the links between nodes.
  ///
  /// @param raft starts the Raft server
  /// @param peerCalls sees every call that other nodes make to this one's Peer service
  /// @param disk asks how much of the data directory's disk is left
  /// @param tracing begins to trace, if the configuration says so
  record Hooks(
      RaftStart raft, List<ServerInterceptor> peerCalls, DiskProbe disk, TraceStart tracing) {
    static final Hooks NONE = new Hooks(RaftHost::start, List.of(), DiskSpace::of, Node::tracing);
  }

  /// Begins to trace.
  @FunctionalInterface
  interface TraceStart {
    Optional<Tracing> start(NodeConfig.Traces traces, Tracing.Source source);
  }

  private static Optional<Tracing> tracing(NodeConfig.Traces traces, Tracing.Source source) {
    return traces.collector().map(collector -> Tracing.to(collector, source));
  }

  /// Finds out how to ask about a directory's disk.
  @FunctionalInterface
  interface DiskProbe {
    DiskSpace.Probe of(Path directory) throws IOException;
  }

  /// Starts the Raft server of a node.
  @FunctionalInterface
  public interface RaftStart {
    RaftHost start(RaftHost.Start start) throws IOException;
  }

  /// Begins anew, one snapshot fewer, when one turns out to be unusable: what is there instead must
  /// be found out before Raft starts.
  static Node start(NodeConfig config, FailStop failStop, Hooks hooks) throws IOException {
    while (true) {
      Node node = new Node(config, failStop, InstantSource.system());
      try {
        node.open(hooks);
        return node;
      } catch (IOException | RuntimeException e) {
        node.close();
        if (!GroupFiles.RejectedSnapshot.isBehind(e)) {
          throw e;
        }
        LOG.error("starting again without the snapshot that could not be loaded", e);
      }
    }
  }

  private void open(Hooks hooks) throws IOException {
    long begunNanos = System.nanoTime();
    Ports.requireFree(config);
    NodeDirectory directory = opened(NodeDirectory.open(config));
    LastMap lastMap = directory.lastMap();
    Optional<ShardMap> seen = lastMap.read();
    List<ShardGroupId> founded =
        config.joins() ? List.of() : HeldGroups.founded(config, firstPlacement());
    GroupHomes homes = homes(directory.groups(founded).keySet());
    NodeThreads threads = opened(NodeThreads.start(homes, failStop));
    ExecutorService work = threads.work();
    ExecutorService background = threads.background();

    LiveMemory memory = LiveMemory.of(memoryConfig());
    NodeMetrics metrics = opened(new NodeMetrics(System::nanoTime, memory));
    DiskSpace disk = diskSpace(hooks, directory);
    metrics.watch(disk);
    Console console =
        opened(
            new Console(
                    new Console.Speaker(config.clusterId(), config.self(), Release.VERSION),
                    clock,
                    () -> readiness.get())
                .begin());
    AdminEndpoint admin =
        opened(
            AdminEndpoint.start(config.admin(), metrics::scrape, () -> readiness.get(), console));
    adminPort = admin.port();
    metrics.watchReadiness(() -> readiness.get());
    ShardMap first = config.joins() ? joined(directory, lastMap, seen) : firstPlacement();
    String lineage = directory.lineage(config.clusterId());
    PeerChannels lines =
        opened(
            new PeerChannels(
                config.self(),
                node ->
                    ConnectWatch.over(
                        Transport.peerChannel(config, node.peer()), threads.sweeper())));
    lines.follow(seen.orElse(first));
    Map<NodeId, ManagedChannel> channels = lines.view();
    HeldGroups held =
        HeldGroups.open(
            config,
            directory,
            first,
            channels::keySet,
            group -> memoryOf(group, memory, homes),
            disk);
    Map<ShardGroupId, GroupFiles> files = held.files();
    SnapshotTransfer transfer =
        new SnapshotTransfer(
            held::snapshots, held::membersForOthers, threads.senders(), System::nanoTime);
    SnapshotFetch fetch =
        new SnapshotFetch(
            lineage, held::snapshots, held::keepMembers, channels, threads.receivers());
    Recovery recovery =
        opened(
            new Recovery(
                fetch::repair,
                config.damagedLog() == NodeConfig.DamagedLog.REPAIR
                    ? Recovery.LostLog.FETCH
                    : Recovery.LostLog.REFUSE));
    FirstStart firstStart =
        opened(
            new FirstStart(
                config.self(),
                directory.incarnation(),
                new PeerIntroductions(config.self(), lineage, channels)));
    readiness = () -> recovery.waiting().or(firstStart::waiting).or(() -> Optional.of("starting"));
    PeerServer peers = opened(new PeerServer(config, work, hooks.peerCalls()));
    ClusterView cluster = new ClusterView();
    PeerService.Acquaintances acquaintances =
        new Witness(
            config,
            directory,
            cluster::incarnation,
            seen.isPresent(),
            () -> cluster.map().isPresent());
    peers.serve(PeerService.ofDonor(lineage, transfer, acquaintances));
    if (directory.groupsCreated()) {
      recovery
          .recover(held.toRecover())
          .forEach((group, found) -> Objects.requireNonNull(files.get(group)).verified(found));
    } else if (!config.joins()) {
      if (directory.restored()) {
        requireRestored(files);
      }
      // Also those that there is no line to: who counts is who begins the cluster.
      firstStart.await(
          first.nodes().stream()
              .map(io.vxmeta.shardmap.Node::id)
              .filter(node -> !node.equals(config.self()))
              .toList());
    }

    RootRefresh rootRefresh = new RootRefresh(cluster);
    Function<ShardGroupId, RaftHost.Group> described =
        group ->
            new RaftHost.Group(
                group,
                held.founders(group),
                Objects.requireNonNull(files.get(group)),
                homes.pinning(group),
                group.isRoot() ? rootRefresh : () -> {},
                console.latencies().applies(metrics.applyMeter(group)));
    RaftHost host =
        opened(
            hooks
                .raft()
                .start(
                    new RaftHost.Start(
                        lineage,
                        config.self(),
                        RatisSettings.of(
                            directory.raft(),
                            config.listen().raft().host(),
                            config.listen().raft().port()),
                        held.ids().stream().map(described).toList(),
                        directory.groupsCreated(),
                        fetch,
                        config
                            .tls()
                            .map(tls ->
                                new RaftHost.Certificates(
                                    tls.certificate(), tls.key(), tls.authority())),
                        failStop,
                        work,
                        background)));
    held.begun(ShardGroupId.ROOT);
    directory.rememberGroupsCreated();
    OwnGroups groups =
        opened(
            new OwnGroups(
                held,
                host,
                described,
                plan -> {
                  lastMap.keep(plan.map());
                  lines.follow(plan.map());
                },
                () -> {
                  directory.rememberLeaving();
                  left.complete(null);
                }));
    Map<ShardGroupId, ? extends Replica> replicas = groups.replicas();
    rootRefresh.follow(groups);

    ReadBarrier barrier =
        new ReadBarrier(
            Map.of(),
            group -> console.latencies().reads(metrics.readMeter(group)),
            System::nanoTime);
    PeerLinks links =
        opened(new PeerLinks(config.self(), lineage, channels, barrier, System::nanoTime));
    ReadGate gate = new ReadGate(Map.of(), barrier, links, System::nanoTime);
    Map<ShardGroupId, Coalescer> coalescers = new ConcurrentHashMap<>();
    groups.watch(
        serving(
            new Ways(barrier, gate, coalescers),
            work,
            metrics,
            group -> console.latencies().writes(metrics.writeMeter(group))));
    RootWriter rootWriter = new RootWriter(replicas, coalescers);
    LeadTransfers transfers = new LeadTransfers(metrics.leadTransfers(), System::nanoTime);
    ReplicaMover mover = new ReplicaMover(cluster, replicas, gate, transfers, System::nanoTime);
    OperationTraces traces = traces(hooks, metrics, replicas);
    NodeStatus status =
        new NodeStatus(
            config.clusterId(),
            config.self(),
            Release.VERSION,
            cluster,
            replicas,
            memory,
            homes,
            mover::report,
            config.bootstrap() == NodeConfig.Bootstrap.MANUAL,
            () -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begunNanos));

    Upkeep upkeep = new Upkeep(config, threads, metrics, failStop, groups);
    upkeep.watchSpace(disk);
    upkeep.expireReads(gate, barrier, links);
    VoterQuestion own =
        new ConfirmedVoters(replicas, cluster::map, barrier, mover::isChanging, System::nanoTime);
    PeerVoters everybody = new PeerVoters(lineage, own, channels);
    upkeep.watchRaft(
        () -> closing,
        group ->
            group.isRoot()
                ? everybody.voters(group).thenApply(voters -> keepsRoot(voters, cluster))
                : gate.open(
                        ShardGroupId.ROOT,
                        new ReadContract.Linearizable(),
                        System.nanoTime() + KEEPS_WITHIN.toNanos())
                    .thenApply(_ -> isSettled(group, cluster)));
    upkeep.watchLines(host::connectAnew);
    upkeep.watchLeaders(links, cluster);
    Supplier<Set<ShardGroupId>> snapshots = upkeep.takeSnapshots();
    upkeep.scrubSnapshots(files);
    WrongState wrong = new WrongState(files, failStop);
    upkeep.compareReplicas(new PeerDigests(lineage, channels), wrong);
    walkTables(metrics, groups, wrong);
    Supplier<Duration> diskRest = upkeep.watchFlushes(transfers, node -> serves(cluster, node));
    LeadReadiness readinessToLead =
        new LeadReadiness(
            config.self(),
            cluster::map,
            replicas,
            () -> diskKeepsFromLeading(disk, diskRest.get()));
    LeadSpread spread =
        new LeadSpread(
            new LeadSpread.Rules(config.self(), config.leaders().spread(), config.leaders().calm()),
            cluster::map,
            replicas,
            new PeerLeadOffers(config.self(), lineage, channels),
            transfers,
            System::nanoTime);
    upkeep.spreadLeads(spread);
    upkeep.expireRecords(coalescers, clock);
    upkeep.freeLostTables();
    if (!config.joins() && config.bootstrap() == NodeConfig.Bootstrap.AUTOMATIC) {
      upkeep.bootstrap(cluster, rootWriter, first);
    }
    OwnShards ownShards =
        new OwnShards(
            config.self(), replicas, coalescers, gate, work, disk::scarce, System::nanoTime);
    PeerShards shards = new PeerShards(lineage, config.self(), ownShards, cluster::map, channels);
    ShardMover shardMover =
        opened(
            new ShardMover(
                new ShardMover.Parts(cluster, rootWriter, gate, replicas, shards, System::nanoTime),
                config.moves().bytesPerSecond()));
    upkeep.moveShards(
        shardMover, new ForsakenShards(cluster, replicas, shards, gate, System::nanoTime));
    upkeep.moveReplicas(
        mover,
        new MoveEnds(cluster, rootWriter, gate, everybody, System::nanoTime),
        new Departures(cluster, rootWriter, gate, replicas, System::nanoTime),
        new ReplicaKeeper(
            config.self(), config.joins(), cluster, groups, gate, everybody, System::nanoTime));
    peers.serve(
        new PeerService(
            lineage,
            replicas,
            barrier,
            transfer,
            readinessToLead::refusal,
            acquaintances,
            own,
            ownShards,
            System::nanoTime));
    serve(
        new CallExecutors(
            work,
            shard ->
                cluster
                    .map()
                    .flatMap(map -> homes.of(map.groupOf(shard)))
                    .map(home -> threads.homes().get(home.domain()))),
        metrics,
        ApiServices.of(
            new ApiServices.Parts(
                config.clusterId(),
                config.self(),
                cluster,
                replicas,
                coalescers,
                gate,
                metrics.readTally(),
                rootWriter,
                spread,
                everybody::behind,
                directory.restoredFrom(),
                shardMover,
                config.joins() ? Optional.empty() : Optional.of(first),
                status,
                disk,
                transfer,
                new SlowOperations(config.logs().slowOperation(), System::nanoTime, traces))));
    readiness = status::notReady;
    opened(
        console.show(
            new Known(
                config.self(),
                cluster::map,
                replicas,
                links::connection,
                new Known.UnderWay(transfers::underWay, snapshots, transfer::sending))));
  }

  /// Of a cluster whose initial members are those of the configuration file.
  private ShardMap firstPlacement() {
    return Placement.initial(
        config.clusterId(), config.nodes(), config.dataGroups(), config.replication());
  }

  /// What this node saw of the cluster, or else is told: at its first start, and if it has lost
  /// that.
  private ShardMap joined(NodeDirectory directory, LastMap lastMap, Optional<ShardMap> seen)
      throws IOException {
    if (seen.isPresent()) {
      return seen.get();
    }
    ClientConfig reached = ClientConfig.of(config.join());
    Admission admission =
        opened(
            new Admission(
                config.clusterId(),
                config.selfNode(),
                directory.incarnation(),
                config
                    .tls()
                    .map(tls ->
                        reached.withTls(
                            new TlsFiles(
                                tls.authority(),
                                Optional.of(tls.certificate()),
                                Optional.of(tls.key()))))
                    .orElse(reached)));
    readiness = () -> admission.waiting().or(() -> Optional.of("starting"));
    ClusterAdmin.Admission admitted = admission.await();
    if (admitted.restoredFrom().isPresent()) {
      directory.joinRestored(admitted.restoredFrom().get());
    }
    lastMap.keep(admitted.map());
    return admitted.map();
  }

  private boolean isSettled(ShardGroupId group, ClusterView cluster) {
    return cluster.plan().filter(plan -> plan.settled(group, config.self())).isPresent();
  }

  /// A newcomer that the map does not name yet opens it anew instead.
  private boolean keepsRoot(Voters voters, ClusterView cluster) {
    return isSettled(ShardGroupId.ROOT, cluster)
        && (!voters.isKnown() || voters.nodes().contains(config.self()));
  }

  private static boolean serves(ClusterView cluster, NodeId node) {
    return cluster
        .map()
        .flatMap(map -> map.findNode(node))
        .filter(io.vxmeta.shardmap.Node::drains)
        .isEmpty();
  }

  private static Optional<String> diskKeepsFromLeading(DiskSpace disk, Duration rest) {
    if (disk.scarce()) {
      return Optional.of("its disk is nearly full");
    }
    return rest.isZero()
        ? Optional.empty()
        : Optional.of("its disk was slow: rest_seconds=" + rest.toSeconds());
  }

  /// The first start on a backup: nobody has more than what was laid in, so nobody could repair it.
  private static void requireRestored(Map<ShardGroupId, GroupFiles> files) throws IOException {
    for (Map.Entry<ShardGroupId, GroupFiles> group : files.entrySet()) {
      SnapshotSearch found = group.getValue().snapshots().newestValid();
      if (found.valid().isEmpty()) {
        throw new IOException(
            "expected the sound snapshot that was restored; group="
                + group.getKey().value()
                + " damaged="
                + found.bad()
                + "; empty the data directory and restore the backup again");
      }
      group.getValue().verified(found);
    }
  }

  /// Completed when the node has left the cluster: it is to be closed, and never started again.
  public CompletableFuture<Void> left() {
    return left;
  }

  public NodeConfig config() {
    return config;
  }

  public Endpoint admin() {
    return new Endpoint(config.admin().host(), adminPort);
  }

  // ---- parts

  private DiskSpace diskSpace(Hooks hooks, NodeDirectory directory) throws IOException {
    Path raft = directory.raft();
    long reserveBytes =
        config.diskReserveBytes().isPresent()
            ? config.diskReserveBytes().getAsLong()
            : DiskSpace.reserveFor(Files.getFileStore(raft).getTotalSpace());
    DiskSpace disk = new DiskSpace(hooks.disk().of(raft), reserveBytes);
    disk.look();
    return disk;
  }

  private LiveMemoryConfig memoryConfig() {
    NodeConfig.Memory memory = config.memory();
    LiveMemoryConfig asked =
        LiveMemoryConfig.defaults()
            .withBesides(Runtime.getRuntime().maxMemory() + BESIDES_HEAP_BYTES)
            .withPlace(
                switch (memory.place()) {
                  case AUTO -> LiveMemoryConfig.Place.AUTO;
                  case ANONYMOUS -> LiveMemoryConfig.Place.ANONYMOUS;
                  case FILES -> LiveMemoryConfig.Place.FILES;
                })
            .withLock(
                switch (memory.lock()) {
                  case AUTO -> LiveMemoryConfig.Lock.ON;
                  case OFF -> LiveMemoryConfig.Lock.OFF;
                });
    return memory.home().map(asked::withHome).orElse(asked);
  }

  private GroupHomes homes(Set<ShardGroupId> groups) {
    return GroupHomes.choose(
        config.numa().bind(),
        new GroupHomes.Roots(config.numa().sysfsRoot(), Path.of("/proc")),
        List.copyOf(groups),
        ThreadAffinity::ofSystem);
  }

  private static LiveMemory memoryOf(ShardGroupId group, LiveMemory memory, GroupHomes homes) {
    return homes
        .of(group)
        .map(Home::memory)
        .map(domain -> memory.inDomain(domain.value()))
        .orElse(memory);
  }

  /// What reads and writes of a group go through.
  private record Ways(
      ReadBarrier barrier, ReadGate gate, Map<ShardGroupId, Coalescer> coalescers) {}

  private GroupWatch serving(
      Ways ways,
      ExecutorService work,
      NodeMetrics metrics,
      Function<ShardGroupId, WriteMeter> meters) {
    return new GroupWatch() {
      @Override
      public void onOpened(Replica replica) {
        ShardGroupId group = replica.group();
        Coalescer coalescer =
            new Coalescer(
                replica,
                WriteLimits.DEFAULT,
                clock,
                work,
                meters.apply(group),
                _ -> NAMESPACE_WEIGHT);
        ways.coalescers().put(group, coalescer);
        ways.barrier().add(replica);
        ways.gate().add(replica);
        metrics.watch(replica);
        metrics.watch(group, coalescer);
      }

      @Override
      public void onClosing(ShardGroupId group) {
        ways.gate().remove(group);
        ways.barrier().remove(group);
        ways.coalescers().remove(group);
        metrics.forget(group);
      }
    };
  }

  private OperationTraces traces(
      Hooks hooks, NodeMetrics metrics, Map<ShardGroupId, ? extends Replica> replicas) {
    Optional<Tracing> tracing =
        hooks
            .tracing()
            .start(
                config.traces(),
                new Tracing.Source(
                    config.clusterId(), config.self(), config.traces().sampleRatio(), replicas));
    tracing.map(this::opened).ifPresent(metrics::watch);
    return tracing.isPresent() ? tracing.get() : OperationTraces.NONE;
  }

  private void walkTables(NodeMetrics metrics, OwnGroups groups, WrongState wrong) {
    if (config.scrub().tableStepsPerSecond() == 0) {
      return;
    }
    TableScrub scrub =
        opened(new TableScrub(config.scrub(), groups.replicas().values(), wrong, failStop).begin());
    groups.watch(
        new GroupWatch() {
          @Override
          public void onOpened(Replica replica) {
            metrics.watch(replica.group(), scrub.of(replica.group()));
          }

          @Override
          public void onClosing(ShardGroupId group) {
            // The walk goes over the groups that are open.
          }
        });
  }

  private void serve(CallExecutors executors, NodeMetrics metrics, ApiServices services)
      throws IOException {
    HealthStatusManager health = new HealthStatusManager();
    health.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, ServingStatus.SERVING);
    BindableService reflection = ProtoReflectionServiceV1.newInstance();
    RpcTracing tracing =
        new RpcTracing(
            List.of(
                services.metadata(),
                services.admin().bindService(),
                health.getHealthService().bindService(),
                reflection.bindService()),
            metrics::rpcMeter,
            System::nanoTime);
    Server clients =
        Transport.server(config, config.listen().client(), Runnable::run)
            .callExecutor(executors)
            .addStreamTracerFactory(tracing)
            .intercept(new HeaderCapture())
            .addTransportFilter(new ConnectionShare.Filter())
            .addService(services.metadata())
            .addService(services.admin())
            .addService(health.getHealthService())
            .addService(reflection)
            .build()
            .start();
    opened.push(() -> {
      health.enterTerminalState();
      drain(clients);
    });
  }

  /// Lets calls under way finish; streams that go on are cut when the time is over.
  private static void drain(Server server) throws InterruptedException {
    server.shutdown();
    if (!server.awaitTermination(DRAIN_MS, TimeUnit.MILLISECONDS)) {
      server.shutdownNow();
    }
  }

  private <T extends AutoCloseable> T opened(T part) {
    opened.push(part);
    return part;
  }

  /// Last opened, first closed. A part that fails to close does not keep the others open.
  @Override
  public void close() {
    closing = true;
    while (!opened.isEmpty()) {
      AutoCloseable part = opened.pop();
      try {
        part.close();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (Exception e) {
        LOG.warn("a part did not close cleanly: {}", part, e);
      }
    }
  }

  /// Brings the cluster view up to date after each entry of the root group.
  private static final class RootRefresh implements Runnable {
    private final ClusterView cluster;
    private volatile Map<ShardGroupId, ? extends Replica> replicas = Map.of();

    RootRefresh(ClusterView cluster) {
      this.cluster = cluster;
    }

    /// Also a root group that is opened anew, which may have entries from before it was known here.
    void follow(OwnGroups groups) {
      replicas = groups.replicas();
      groups.watch(
          new GroupWatch() {
            @Override
            public void onOpened(Replica replica) {
              if (replica.group().isRoot()) {
                run();
              }
            }

            @Override
            public void onClosing(ShardGroupId group) {
              // What was seen stays.
            }
          });
    }

    @Override
    public void run() {
      Replica root = replicas.get(ShardGroupId.ROOT);
      if (root != null) {
        root.state().ifPresent(cluster::refresh);
      }
    }
  }
}
