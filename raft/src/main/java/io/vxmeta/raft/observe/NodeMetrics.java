package io.vxmeta.raft.observe;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vxmeta.raft.api.RpcMeter;
import io.vxmeta.raft.disk.DiskSpace;
import io.vxmeta.raft.place.LeadTransfers;
import io.vxmeta.raft.ratis.ApplyMeter;
import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.raft.read.ReadContract;
import io.vxmeta.raft.read.ReadMeter;
import io.vxmeta.raft.read.ReadRefused;
import io.vxmeta.raft.read.ReadTally;
import io.vxmeta.raft.trace.SpanCounts;
import io.vxmeta.raft.write.Coalescer;
import io.vxmeta.raft.write.WriteMeter;
import io.vxmeta.raft.write.WriteRefusal;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.statemachine.os.Degradation;
import io.vxmeta.statemachine.os.LiveMemory;
import io.vxmeta.statemachine.snapshot.SnapshotScrub;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/// A node's metrics, and the small meters that the other rooms are handed.
public final class NodeMetrics implements AutoCloseable {
  /* Labels: `group` (at most 65 values), the kind of a degradation, the reason of a refusal, the consistency of reads, a method of the API and a
   * status code of gRPC, cause and outcome of a leader's move and, from Ratis, the peer. Nothing a caller sends becomes a label.
   * Ratis' own meters reach the global registry through its ServiceLoader SPI (ratis.RatisMeters); this registry is a part
   * of the global one while the node lives.
   * References: a meter asks an object that it holds weakly. What the node keeps anyway (replicas, coalescers, scrubs, the disk) is handed in;
   * what nobody else is sure to keep is a field here, or held by its meter (`strongReference`), lest it says NaN, or stands still, after
   * the next garbage collection.
   */
  private static final Duration LATENCY_MAX = Duration.ofSeconds(10);

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  private final GcPauses pauses;
  private final LiveMemory liveMemory;
  private final ProcessMemory process;

  public NodeMetrics(LongSupplier nanoClock, LiveMemory liveMemory) {
    this(nanoClock, liveMemory, Path.of("/proc"));
  }

  NodeMetrics(LongSupplier nanoClock, LiveMemory liveMemory, Path procRoot) {
    this.pauses = new GcPauses(nanoClock);
    this.liveMemory = liveMemory;
    this.process = new ProcessMemory(procRoot);
    watchJvm();
    watchMemory();
    Metrics.addRegistry(registry);
  }

  private void watchJvm() {
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    Gauge.builder("vx_meta_shard_gc_pause_ms", pauses, GcPauses::longestMs)
        .description(
            "Longest garbage-collection pause of the last one to two minutes, milliseconds")
        .register(registry);
  }

  private void watchMemory() {
    Gauge.builder("vx_meta_locked_bytes", liveMemory, live -> live.counters().lockedBytes())
        .description("Table memory locked against paging")
        .register(registry);
    Gauge.builder("vx_meta_lock_cap_bytes", liveMemory, live -> live.counters().capBytes())
        .description("Most memory this node locks or takes without a file")
        .register(registry);
    Gauge.builder("vx_meta_unlocked_bytes", liveMemory, live -> live.counters().unlockedBytes())
        .description("Table memory that was to be locked and is not: above the cap, or refused")
        .register(registry);
    Gauge.builder("vx_meta_prepared_bytes", liveMemory, live -> live.counters().preparedBytes())
        .description("Table memory that is allocated")
        .register(registry);
    for (Degradation kind : Degradation.values()) {
      Gauge.builder(
              "vx_meta_memory_degradations",
              liveMemory,
              live -> live.counters().degradations().getOrDefault(kind, 0L))
          .description("How often the machine refused a service to table memory")
          .tags("kind", word(kind))
          .register(registry);
    }
    Gauge.builder("vx_meta_huge_page_bytes", process, ProcessMemory::hugePageBytes)
        .description("Memory of this process on huge pages, as the kernel counts it")
        .register(registry);
    FunctionCounter.builder("vx_meta_major_faults", process, ProcessMemory::majorFaults)
        .description("Page faults that waited for a disk")
        .register(registry);
  }

  /// Gauges of the disk.
  public void watch(DiskSpace disk) {
    Gauge.builder("vx_meta_disk_usable_bytes", disk, DiskSpace::usableBytes)
        .description("Free space of the data directory's disk")
        .register(registry);
    Gauge.builder("vx_meta_disk_reserve_bytes", disk, DiskSpace::reserveBytes)
        .description("Free space below which only deletes are written")
        .register(registry);
    Gauge.builder("vx_meta_disk_scarce", disk, of -> of.scarce() ? 1 : 0)
        .description("1 while writes that need space are refused")
        .register(registry);
  }

  /// Counters of the reading again of one group's snapshots.
  public void watch(ShardGroupId group, SnapshotScrub scrub) {
    FunctionCounter.builder("vx_meta_scrubbed_bytes", scrub, SnapshotScrub::verifiedBytes)
        .description("Bytes of snapshots read again and found sound")
        .tags(tags(group))
        .register(registry);
    FunctionCounter.builder("vx_meta_damaged_snapshots", scrub, SnapshotScrub::damaged)
        .description("Snapshots found damaged when read again")
        .tags(tags(group))
        .register(registry);
  }

  /// Counters of the walks over one group's live tables.
  public void watch(ShardGroupId group, TableCounts walked) {
    FunctionCounter.builder("vx_meta_scrubbed_tables", walked, TableCounts::tables)
        .description("Walks over a live table that found it sound")
        .tags(tags(group))
        .register(registry);
    FunctionCounter.builder("vx_meta_scrubbed_records", walked, TableCounts::records)
        .description("Records of live tables that were walked and found sound")
        .tags(tags(group))
        .register(registry);
    FunctionCounter.builder("vx_meta_damaged_tables", walked, TableCounts::damaged)
        .description("Live tables found damaged: the node stops itself for each")
        .tags(tags(group))
        .register(registry);
  }

  /// Counter of comparisons that found replicas with different states.
  public Runnable divergences() {
    return Counter.builder("vx_meta_divergences")
            .description("Comparisons of replicas that found different states: each is a fault")
            .register(registry)
        ::increment;
  }

  /// Counters of the groups that this node handed over because of its disk.
  public Consumer<ShardGroupId> handovers(Collection<ShardGroupId> groups) {
    groups.forEach(this::handovers);
    return group -> handovers(group).increment();
  }

  private Counter handovers(ShardGroupId group) {
    return Counter.builder("vx_meta_leadership_handovers")
        .description("Times that this node gave a group's leadership away for its slow disk")
        .tags(tags(group))
        .register(registry);
  }

  /// Counter of the attempts to move a lead off this node.
  public LeadTransfers.Meter leadTransfers() {
    return (group, cause, end) ->
        Counter.builder("vx_meta_leader_transfers")
            .description(
                "Attempts to move a group's leadership off this node, by what came of them")
            .tags(tags(group).and("cause", word(cause)).and("outcome", word(end)))
            .register(registry)
            .increment();
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  /// Counter of the times that silent connections were made anew.
  public Runnable reconnects() {
    return Counter.builder("vx_meta_raft_reconnects")
            .description("Times that Raft's connections to a silent node were made anew")
            .register(registry)
        ::increment;
  }

  /// Counter of the times that this node stood for election because a leader's process was gone.
  public Runnable deadLeaders() {
    return Counter.builder("vx_meta_dead_leaders")
            .description(
                "Times that this node stood for election because a leader's process was gone")
            .register(registry)
        ::increment;
  }

  /// Gauge of how slow this node's disk is beside the others'.
  public void watchFlushes(IntSupplier slowSeconds) {
    Gauge.builder("vx_meta_slow_flush_seconds", slowSeconds, IntSupplier::getAsInt)
        .description(
            "Of the last ten seconds, those in which writes waited for this node's disk alone")
        .strongReference(true)
        .register(registry);
  }

  /// Gauges of one replica.
  public void watch(Replica replica) {
    new ReplicaGauges(registry, replica, tags(replica.group())).register();
  }

  /// Drops all meters of a group that went from this node.
  public void forget(ShardGroupId group) {
    String value = Integer.toString(group.value());
    registry.getMeters().stream()
        .filter(meter -> value.equals(meter.getId().getTag("group")))
        .forEach(registry::remove);
  }

  /// Gauge of one group's writes that wait.
  public void watch(ShardGroupId group, Coalescer coalescer) {
    Gauge.builder("vx_meta_write_queue_bytes", coalescer, Coalescer::queuedBytes)
        .description("Transactions that wait for their log entry; refused beyond 16 MiB")
        .tags(tags(group))
        .register(registry);
  }

  /// Gauge of whether the node serves.
  ///
  /// @param notReady why it does not; empty when it does
  public void watchReadiness(Supplier<Optional<String>> notReady) {
    Gauge.builder("vx_meta_ready", notReady, why -> why.get().isEmpty() ? 1 : 0)
        .description("1 while the node serves, as /readyz says")
        .strongReference(true)
        .register(registry);
  }

  /// Counter of the snapshots of one group that were due and could not be taken.
  public Runnable snapshotFailures(ShardGroupId group) {
    return Counter.builder("vx_meta_snapshot_failures")
            .description("Snapshots that were due and could not be taken; tried again later")
            .tags(tags(group))
            .register(registry)
        ::increment;
  }

  public WriteMeter writeMeter(ShardGroupId group) {
    Tags tags = tags(group);
    DistributionSummary transactions =
        DistributionSummary.builder("vx_meta_batch_transactions")
            .description("Transactions in a log entry")
            .publishPercentiles(0.5, 0.99)
            .tags(tags)
            .register(registry);
    DistributionSummary bytes =
        DistributionSummary.builder("vx_meta_batch_bytes")
            .description("Bytes of a log entry")
            .publishPercentiles(0.5, 0.99)
            .tags(tags)
            .register(registry);
    Timer commit = timer("vx_meta_commit", "From proposing an entry to its answers", tags);
    Map<WriteRefusal.Reason, Counter> refusals =
        counters(
            WriteRefusal.Reason.class,
            reason ->
                Counter.builder("vx_meta_write_refusals")
                    .description("Transactions that were certainly not written, by the reason told")
                    .tags(tags.and("reason", word(reason))));
    return new WriteMeter() {
      @Override
      public void onProposed(int transactionCount, int byteCount) {
        transactions.record(transactionCount);
        bytes.record(byteCount);
      }

      @Override
      public void onAnswered(long nanos) {
        commit.record(Duration.ofNanos(nanos));
      }

      @Override
      public void onRefused(WriteRefusal.Reason reason) {
        Objects.requireNonNull(refusals.get(reason)).increment();
      }
    };
  }

  /// Counters of the reads that clients asked of this node.
  public ReadTally readTally() {
    Counter linearizable = reads("linearizable");
    Counter atLeast = reads("at_least");
    Counter bounded = reads("bounded");
    Counter local = reads("local");
    Map<ReadRefused.Reason, Counter> refusals =
        counters(
            ReadRefused.Reason.class,
            reason ->
                Counter.builder("vx_meta_read_refusals")
                    .description("Reads that did not get the consistency they asked for, by reason")
                    .tags("reason", word(reason)));
    return new ReadTally() {
      @Override
      public void onOpened(ReadContract contract) {
        Counter of =
            switch (contract) {
              case ReadContract.Linearizable _ -> linearizable;
              case ReadContract.AtLeast _ -> atLeast;
              case ReadContract.Bounded _ -> bounded;
              case ReadContract.Local _ -> local;
            };
        of.increment();
      }

      @Override
      public void onRefused(ReadRefused.Reason reason) {
        Objects.requireNonNull(refusals.get(reason)).increment();
      }
    };
  }

  private Counter reads(String consistency) {
    return Counter.builder("vx_meta_reads")
        .description("Reads and scans that got the consistency they asked for")
        .tags("consistency", consistency)
        .register(registry);
  }

  /// One of each, at once: a counter that appears with its first event hides that event from rates.
  private <R extends Enum<R>> Map<R, Counter> counters(
      Class<R> reasons, Function<R, Counter.Builder> counter) {
    Map<R, Counter> all = new EnumMap<>(reasons);
    for (R reason : EnumSet.allOf(reasons)) {
      all.put(reason, counter.apply(reason).register(registry));
    }
    return Collections.unmodifiableMap(all);
  }

  /// Counters of the calls of one method.
  public RpcMeter rpcMeter(RpcMeter.Method method) {
    return new RpcMetrics(registry, method);
  }

  /// Only of a node that traces.
  public void watch(SpanCounts spans) {
    spans("exported", spans, SpanCounts::exported);
    spans("failed", spans, SpanCounts::failed);
    spans("dropped", spans, SpanCounts::dropped);
  }

  private void spans(String end, SpanCounts spans, ToDoubleFunction<SpanCounts> count) {
    FunctionCounter.builder("vx_meta_trace_spans", spans, count)
        .description("Spans that the collector took, that it did not, and that were not sent")
        .tags("end", end)
        .register(registry);
  }

  public ApplyMeter applyMeter(ShardGroupId group) {
    Timer apply = timer("vx_meta_apply", "Applying one log entry", tags(group));
    return nanos -> apply.record(Duration.ofNanos(nanos));
  }

  public ReadMeter readMeter(ShardGroupId group) {
    Timer round = timer("vx_meta_barrier_round", "One read-barrier round", tags(group));
    DistributionSummary reads =
        DistributionSummary.builder("vx_meta_barrier_reads")
            .description("Reads released by one barrier round")
            .tags(tags(group))
            .register(registry);
    return (nanos, released) -> {
      round.record(Duration.ofNanos(nanos));
      reads.record(released);
    };
  }

  private Timer timer(String name, String description, Tags tags) {
    return Timer.builder(name)
        .description(description)
        .publishPercentiles(0.5, 0.99, 0.999)
        .maximumExpectedValue(LATENCY_MAX)
        .tags(tags)
        .register(registry);
  }

  private static Tags tags(ShardGroupId group) {
    return Tags.of("group", Integer.toString(group.value()));
  }

  public String scrape() {
    return registry.scrape();
  }

  @Override
  public void close() {
    Metrics.removeRegistry(registry);
    registry.close();
  }
}
