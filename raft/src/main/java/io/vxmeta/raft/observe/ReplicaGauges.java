package io.vxmeta.raft.observe;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.raft.ratis.Replica.RaftRole;
import io.vxmeta.raft.ratis.Replica.SnapshotPoint;
import io.vxmeta.statemachine.GroupState;
import io.vxmeta.statemachine.GroupUsage;
import java.util.function.ToDoubleFunction;

/// The gauges of one replica, each asked of it at every scrape.
record ReplicaGauges(MeterRegistry registry, Replica replica, Tags tags) {

  void register() {
    gauge("vx_meta_leader", "1 on the group's leader", r -> leads(r) ? 1 : 0);
    gauge(
        "vx_meta_leader_known",
        "1 while this replica leads its group or hears from a leader",
        r -> leads(r) || r.leader().isPresent() ? 1 : 0);
    gauge("vx_meta_term", "Raft term", Replica::term);
    gauge("vx_meta_commit_index", "Last committed log index known here", Replica::committedIndex);
    gauge("vx_meta_applied_index", "Last applied log index", r -> r.applied().index());
    gauge(
        "vx_meta_replica_lag_entries",
        "Entries the slowest voter lacks (leader) or not applied yet",
        Replica::lag);
    gauge(
        "vx_meta_snapshot_index",
        "Log index of the newest durable snapshot; 0 without one",
        r -> r.latestSnapshot().map(SnapshotPoint::index).orElse(0L));
    gauge(
        "vx_meta_revision",
        "Transactions applied",
        r -> r.state().map(GroupState::revision).orElse(0L));
    gauge(
        "vx_meta_dirty_ratio",
        "Part of the table segments changed since the last snapshot",
        r -> usage(r, GroupUsage::dirtyRatio));
    gauge("vx_meta_records", "Records", r -> usage(r, GroupUsage::records));
    gauge("vx_meta_table_bytes", "Bytes of records", r -> usage(r, GroupUsage::liveBytes));
    gauge(
        "vx_meta_mapped_bytes", "Bytes mapped for tables", r -> usage(r, GroupUsage::mappedBytes));
    gauge("vx_meta_producers", "Producers remembered", r -> usage(r, GroupUsage::producers));
  }

  private static boolean leads(Replica replica) {
    return replica.role() == RaftRole.LEADER;
  }

  private static double usage(Replica replica, ToDoubleFunction<GroupUsage> of) {
    return replica.state().map(state -> of.applyAsDouble(state.usage())).orElse(0.0);
  }

  private void gauge(String name, String description, ToDoubleFunction<Replica> value) {
    Gauge.builder(name, replica, value).description(description).tags(tags).register(registry);
  }
}
