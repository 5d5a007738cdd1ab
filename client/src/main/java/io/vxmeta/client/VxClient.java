package io.vxmeta.client;

import io.vxmeta.client.grpc.Channels;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.function.Supplier;

/// A client of one vx-meta cluster: knows its shard map, goes to the right node, retries what can
/// be retried and says what can not be known.
///
/// ```java
/// try (VxClient client = VxClient.connect(ClientConfig.of("127.0.0.1:7401,127.0.0.1:7402"))) {
///   client.write(Transaction.put("default", Bytes.utf8("k"), Bytes.utf8("v"))).orThrow();
///   client.read("default", List.of(Bytes.utf8("k")), ReadOptions.linearizable()).records();
/// }
/// ```
///
/// A retried write can not happen twice: it carries this client's producer and a sequence that is
/// repeated until it is answered.
public final class VxClient implements AutoCloseable {
  /* Threads: any number of callers. Callbacks run on a pool whose threads may block in `join`; one timer thread runs pauses.
   * All threads are daemons. Nothing is sent before the first call. */

  private final ClientConfig config;
  private final ForkJoinPool callbacks;
  private final ScheduledThreadPoolExecutor timer;
  private final Channels channels;
  private final GroupCall.Ground ground;
  private final OwnProducer producer;
  private final Hold hold;

  /// Whose the connections and threads are.
  private enum Hold {
    OWNED,
    LENT
  }

  /// The client's own producer: one window of sequences per shard group.
  private record OwnProducer(ProducerIdentity identity, Map<ShardGroupId, SequenceWindow> windows)
      implements WriteCall.Producer {
    @Override
    public SequenceWindow window(ShardGroupId group) {
      return windows.computeIfAbsent(group, g -> new SequenceWindow());
    }
  }

  private VxClient(ClientConfig config, Random random, Supplier<Moment> clock) throws IOException {
    this.config = config;
    this.callbacks =
        new ForkJoinPool(
            Math.max(2, Runtime.getRuntime().availableProcessors()),
            ForkJoinPool.defaultForkJoinWorkerThreadFactory,
            null,
            true);
    this.timer = new ScheduledThreadPoolExecutor(1, named("vxmeta-timer"));
    this.timer.setRemoveOnCancelPolicy(true);
    this.channels = new Channels(config.eventLoops(), named("vxmeta-net"), callbacks, config.tls());
    Optional<NearCache> nearCache = config.nearCache().map(limits -> new NearCache(limits, clock));
    Topology topology =
        new Topology(
            channels,
            timer,
            config.endpoints(),
            random,
            map -> nearCache.ifPresent(near -> near.onMap(map)));
    this.ground =
        new GroupCall.Ground(
            topology,
            channels,
            timer,
            config.attempt(),
            preference -> new Route(preference, topology.leaders(), random),
            () -> new Backoff(random),
            nearCache,
            new HedgeBudget(),
            tracing(config));
    this.producer =
        new OwnProducer(
            config.producer().orElseGet(() -> ProducerIdentity.random(new SecureRandom())),
            new ConcurrentHashMap<>());
    this.hold = Hold.OWNED;
  }

  /// Not by `map`: a reference to a constructor loads its class, used or not.
  private static Optional<Tracing> tracing(ClientConfig config) {
    return config.telemetry().isPresent()
        ? Optional.of(new Tracing(config.telemetry().get()))
        : Optional.empty();
  }

  private VxClient(VxClient lender) {
    this.config = lender.config;
    this.callbacks = lender.callbacks;
    this.timer = lender.timer;
    this.channels = lender.channels;
    this.ground = lender.ground;
    this.producer = lender.producer;
    this.hold = Hold.LENT;
  }

  private static ThreadFactory named(String name) {
    return task -> {
      Thread thread = new Thread(task, name);
      thread.setDaemon(true);
      return thread;
    };
  }

  /// A client; it connects when first used.
  public static VxClient connect(ClientConfig config) {
    return connect(config, new Random());
  }

  /// A client whose pauses and choices of replicas come from this random source.
  public static VxClient connect(ClientConfig config, Random random) {
    return connect(config, random, Moment::now);
  }

  /// `clock`: by which what is in memory ages.
  static VxClient connect(ClientConfig config, Random random, Supplier<Moment> clock) {
    try {
      return new VxClient(config, random, clock);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(
          "cannot read the TLS files: "
              + config.tls()
              + " cause="
              + unreadable.getMessage()
              + "; check that they exist and are PEM",
          unreadable);
    }
  }

  /// Looks up keys, in any number, of any shards. The future fails with [CallFailed].
  public CompletableFuture<ReadAnswer> readAsync(
      String namespace, List<Bytes> keys, ReadOptions options) {
    RequestLimits.checkNamespace(namespace);
    keys.forEach(RequestLimits::checkKey);
    Deadline deadline = Deadline.after(options.deadline().orElse(config.deadline()));
    ReadCall.Manner manner = new ReadCall.Manner(options, preference(options), ReadCall.CALLS);
    return ReadCall.start(ground, namespace, keys, manner, deadline);
  }

  /// Looks up keys; throws [CallFailed].
  public ReadAnswer read(String namespace, List<Bytes> keys, ReadOptions options) {
    return Futures.await(readAsync(namespace, keys, options));
  }

  /// Looks up one key; throws [CallFailed].
  public Optional<StoredRecord> get(String namespace, Bytes key) {
    return read(namespace, List.of(key), ReadOptions.linearizable()).records().get(0);
  }

  /// Reads on streams instead of calls: for callers that always have many under way.
  public ReadStream readStream(ReadStream.Options options) {
    return new ReadStream(
        ground,
        options,
        preference(options.reads()),
        options.reads().deadline().orElse(config.deadline()));
  }

  private Route.Preference preference(ReadOptions options) {
    return preference(options.node().map(Route.Pinned::new), options.consistency());
  }

  /// Followers can answer linearizably, too, but have to ask the leader first.
  private Route.Preference preference(Optional<Route.Pinned> pinned, Consistency consistency) {
    if (pinned.isPresent()) {
      return pinned.get();
    }
    return consistency instanceof Consistency.Linearizable
        ? new Route.Leader()
        : new Route.AnyReplica(config.zone());
  }

  /// Applies one transaction, exactly once whatever happens on the way. The future ends with an
  /// outcome, never with a failure.
  public CompletableFuture<Outcome<WriteAnswer>> writeAsync(Transaction transaction) {
    return writeAsync(transaction, config.deadline());
  }

  public CompletableFuture<Outcome<WriteAnswer>> writeAsync(
      Transaction transaction, Duration deadline) {
    return WriteCall.start(ground, producer, transaction, Deadline.after(deadline));
  }

  public Outcome<WriteAnswer> write(Transaction transaction) {
    return Futures.await(writeAsync(transaction));
  }

  public Outcome<WriteAnswer> write(Transaction transaction, Duration deadline) {
    return Futures.await(writeAsync(transaction, deadline));
  }

  /// A writer for many transactions, with a producer of its own.
  public BulkWriter bulkWriter(BulkWriter.Options options) {
    return bulkWriter(options, ProducerIdentity.random(new SecureRandom()));
  }

  /// A writer under a given identity. Its sequences start at 1, so give an epoch never used before.
  public BulkWriter bulkWriter(BulkWriter.Options options, ProducerIdentity identity) {
    return new BulkWriter(ground, identity, options);
  }

  /// The records of a namespace, fetched while they are read.
  public Scan scan(String namespace, ScanOptions options) {
    RequestLimits.checkNamespace(namespace);
    return new Scan(
        ground,
        namespace,
        options,
        preference(options.node().map(Route.Pinned::new), options.consistency()));
  }

  public ClusterAdmin admin() {
    return new ClusterAdmin(ground, config.deadline(), config.endpoints());
  }

  /// The shard map as this client knows it; fetched when it knows none. Throws [CallFailed].
  public ShardMap shardMap() {
    return admin().shardMap();
  }

  /// What the near cache did so far; empty when none is configured.
  public Optional<NearCacheCounters> nearCache() {
    return ground.nearCache().map(NearCache::counters);
  }

  /// How often a second replica was asked, because the first let a read wait
  /// ([ReadOptions#hedgedAfter]).
  public long hedges() {
    return ground.hedges().spent();
  }

  public ProducerIdentity producer() {
    return producer.identity();
  }

  static CallFailed closed() {
    return new CallFailed(CallFailed.CLOSED, "the client is closed; open another one", Map.of());
  }

  /// This client for somebody who closes what was given to them, which ends nothing then.
  public VxClient lent() {
    return new VxClient(this);
  }

  /// Ends what is in flight: writes as unknown where they may have happened.
  @Override
  public void close() {
    if (hold == Hold.LENT) {
      return;
    }
    timer.shutdown();
    channels.close();
    callbacks.shutdown();
  }
}
