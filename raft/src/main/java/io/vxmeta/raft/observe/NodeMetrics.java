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
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vxmeta.raft.disk.DiskSpace;
import io.vxmeta.raft.place.LeadTransfers;
import io.vxmeta.raft.ratis.ApplyMeter;
import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.raft.ratis.Replica.RaftRole;
import io.vxmeta.raft.read.ReadMeter;
import io.vxmeta.raft.write.WriteMeter;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.statemachine.GroupState;
import io.vxmeta.statemachine.GroupUsage;
import io.vxmeta.statemachine.os.Degradation;
import io.vxmeta.statemachine.os.LiveMemory;
import io.vxmeta.statemachine.snapshot.SnapshotScrub;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.ToDoubleFunction;

/// A node's metrics, and the small meters that the other rooms are handed.
public final class NodeMetrics implements AutoCloseable {
  /* Labels: `group` (at most 65 values), the kind of a degradation, cause and outcome of a leader's move and, from Ratis, the peer. Nothing a caller sends becomes a label.
   * Ratis' own meters reach the global registry through its ServiceLoader SPI (ratis.RatisMeters); this registry is a part
   * of the global one while the node lives.
   */
  private static final Duration LATENCY_MAX = Duration.ofSeconds(10);

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  public NodeMetrics(LongSupplier nanoClock, LiveMemory liveMemory) {
    GcPauses pauses = new GcPauses(nanoClock);
    Gauge.builder("vx_meta_shard_gc_pause_ms", pauses, GcPauses::longestMs)
        .description(
            "Longest garbage-collection pause of the last one to two minutes, milliseconds")
        .register(registry);
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
    ProcessMemory process = new ProcessMemory(Path.of("/proc"));
    Gauge.builder("vx_meta_huge_page_bytes", process, ProcessMemory::hugePageBytes)
        .description("Memory of this process on huge pages, as the kernel counts it")
        .register(registry);
    FunctionCounter.builder("vx_meta_major_faults", process, ProcessMemory::majorFaults)
        .description("Page faults that waited for a disk")
        .register(registry);
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    Metrics.addRegistry(registry);
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

  /// Counter of the groups that this node handed over because of its disk.
  public Consumer<ShardGroupId> handovers() {
    return group ->
        Counter.builder("vx_meta_leadership_handovers")
            .description("Times that this node gave a group's leadership away for its slow disk")
            .tags(tags(group))
            .register(registry)
            .increment();
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
    Tags tags = tags(replica.group());
    gauge(
        "vx_meta_leader",
        "1 on the group's leader",
        tags,
        replica,
        r -> r.role() == RaftRole.LEADER ? 1 : 0);
    gauge("vx_meta_term", "Raft term", tags, replica, Replica::term);
    gauge(
        "vx_meta_commit_index",
        "Last committed log index known here",
        tags,
        replica,
        Replica::committedIndex);
    gauge(
        "vx_meta_applied_index", "Last applied log index", tags, replica, r -> r.applied().index());
    gauge(
        "vx_meta_replica_lag_entries",
        "Entries the slowest voter lacks (leader) or not applied yet",
        tags,
        replica,
        Replica::lag);
    gauge(
        "vx_meta_revision",
        "Transactions applied",
        tags,
        replica,
        r -> r.state().map(GroupState::revision).orElse(0L));
    gauge(
        "vx_meta_dirty_ratio",
        "Part of the table segments changed since the last snapshot",
        tags,
        replica,
        r -> usage(r, GroupUsage::dirtyRatio));
    gauge("vx_meta_records", "Records", tags, replica, r -> usage(r, GroupUsage::records));
    gauge(
        "vx_meta_table_bytes",
        "Bytes of records",
        tags,
        replica,
        r -> usage(r, GroupUsage::liveBytes));
    gauge(
        "vx_meta_mapped_bytes",
        "Bytes mapped for tables",
        tags,
        replica,
        r -> usage(r, GroupUsage::mappedBytes));
    gauge(
        "vx_meta_producers",
        "Producers remembered",
        tags,
        replica,
        r -> usage(r, GroupUsage::producers));
  }

  private static double usage(Replica replica, ToDoubleFunction<GroupUsage> of) {
    return replica.state().map(state -> of.applyAsDouble(state.usage())).orElse(0.0);
  }

  private void gauge(
      String name,
      String description,
      Tags tags,
      Replica replica,
      ToDoubleFunction<Replica> value) {
    Gauge.builder(name, replica, value).description(description).tags(tags).register(registry);
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
    };
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
