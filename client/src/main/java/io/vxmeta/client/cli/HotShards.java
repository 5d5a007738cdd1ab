package io.vxmeta.client.cli;

import com.google.gson.stream.JsonWriter;
import io.vxmeta.client.ClusterAdmin;
import io.vxmeta.client.ClusterAdmin.GroupUsage;
import io.vxmeta.client.ClusterAdmin.ShardUsage;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardId;
import java.io.IOException;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// How much each shard is written to and holds, seen twice where its group is led.
final class HotShards {
  /* A replica counts changes from when it made its table, so a rate is only known where both looks were answered by one node
   * that did not begin anew in between. */

  /// One shard between the two looks.
  ///
  /// @param rate puts and deletes a second; empty when the lead moved or the table was made anew
  record Row(ShardGroupId group, NodeId leader, ShardUsage usage, OptionalDouble rate) {}

  /// One group's answer, and when it came, as [System#nanoTime].
  record Look(ShardGroupId group, GroupUsage usage, long nanos) {}

  private static final Comparator<Row> BUSIEST_FIRST =
      Comparator.<Row>comparingDouble(row -> -row.rate().orElse(0))
          .thenComparingLong(row -> -row.usage().bytes())
          .thenComparingInt(row -> row.usage().shard().value());

  private final List<Row> rows;

  private HotShards(List<Row> rows) {
    this.rows = rows;
  }

  static HotShards look(ClusterAdmin admin, List<ShardGroupId> groups, Duration between) {
    List<Look> first = look(admin, groups);
    LockSupport.parkNanos(between.toNanos()); // May end early: rates are of the time that passed.
    return between(first, look(admin, groups));
  }

  private static List<Look> look(ClusterAdmin admin, List<ShardGroupId> groups) {
    return groups.stream()
        .map(group -> new Look(group, admin.shardUsage(group), System.nanoTime()))
        .toList();
  }

  static HotShards between(List<Look> first, List<Look> second) {
    Map<ShardGroupId, Look> before = new HashMap<>();
    first.forEach(look -> before.put(look.group(), look));
    return new HotShards(
        second.stream()
            .flatMap(look ->
                look.usage().shards().stream()
                    .map(shard -> row(before.get(look.group()), look, shard)))
            .sorted(BUSIEST_FIRST)
            .toList());
  }

  private static Row row(@Nullable Look before, Look now, ShardUsage shard) {
    return new Row(now.group(), now.usage().node(), shard, rate(before, now, shard));
  }

  private static OptionalDouble rate(@Nullable Look before, Look now, ShardUsage shard) {
    if (before == null
        || !before.usage().node().equals(now.usage().node())
        || now.nanos() <= before.nanos()) {
      return OptionalDouble.empty();
    }
    double seconds = (now.nanos() - before.nanos()) / (double) TimeUnit.SECONDS.toNanos(1);
    return before.usage().shards().stream()
        .filter(earlier -> earlier.shard().equals(shard.shard()))
        .filter(earlier -> earlier.changes() <= shard.changes())
        .mapToDouble(earlier -> (shard.changes() - earlier.changes()) / seconds)
        .findFirst();
  }

  List<ShardId> shards() {
    return rows.stream().map(row -> row.usage().shard()).toList();
  }

  Listing listing() {
    TextTable table =
        new TextTable("SHARD", "GROUP", "LEADER", "CHANGES/S", "RECORDS", "BYTES")
            .wide("SEGMENTS", "DIRTY");
    for (Row row : rows) {
      table.row(
          row.usage().shard(),
          row.group(),
          row.leader(),
          row.rate().isPresent()
              ? String.format(Locale.ROOT, "%.1f", row.rate().getAsDouble())
              : "-",
          row.usage().records(),
          StatusCommand.Amounts.bytes(row.usage().bytes()),
          row.usage().segments(),
          row.usage().dirtySegments());
    }
    return Listing.of("shard", this::write).table(table);
  }

  private void write(JsonWriter json) throws IOException {
    json.beginArray();
    for (Row row : rows) {
      json.beginObject().name("shard").value(row.usage().shard().value());
      json.name("group").value(row.group().value());
      json.name("leader").value(row.leader().value());
      if (row.rate().isPresent()) {
        json.name("changes_per_second").value(row.rate().getAsDouble());
      }
      json.name("records").value(row.usage().records());
      json.name("bytes").value(row.usage().bytes());
      json.name("segments").value(row.usage().segments());
      json.name("dirty_segments").value(row.usage().dirtySegments()).endObject();
    }
    json.endArray();
  }
}
