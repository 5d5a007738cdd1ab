package io.vxmeta.client.cli;

import com.google.gson.stream.JsonWriter;
import io.vxmeta.client.ClusterAdmin.ReplicaStatus;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/// Where the log of each replica is, as its own node tells.
final class RaftTable {
  private final List<Row> rows;

  /// One replica; without a status if its node did not tell.
  private record Row(
      ReplicaChoice.Chosen chosen, Optional<ReplicaStatus> status, Optional<String> trouble) {}

  RaftTable(List<ReplicaChoice.Chosen> replicas, List<NodeView> nodes) {
    this.rows = replicas.stream().map(chosen -> row(chosen, nodes)).toList();
  }

  private static Row row(ReplicaChoice.Chosen chosen, List<NodeView> nodes) {
    Optional<NodeView> node =
        nodes.stream().filter(each -> each.node().id().equals(chosen.node())).findFirst();
    Optional<ReplicaStatus> status =
        node.flatMap(NodeView::status).stream()
            .flatMap(told -> told.replicas().stream())
            .filter(replica -> replica.group().equals(chosen.group()))
            .findFirst();
    return new Row(chosen, status, node.flatMap(NodeView::trouble));
  }

  Listing listing() {
    TextTable table =
        new TextTable("GROUP", "NODE", "ROLE", "TERM", "LEADER", "COMMIT", "APPLIED", "LAG")
            .wide("SNAPSHOT", "REVISION", "VOTERS", "TROUBLE");
    for (Row row : rows) {
      String trouble = row.trouble().orElse("-");
      if (row.status().isEmpty()) {
        table.row(
            row.chosen().group(),
            row.chosen().node(),
            "-",
            "-",
            "-",
            "-",
            "-",
            "-",
            "-",
            "-",
            "-",
            trouble);
        continue;
      }
      ReplicaStatus status = row.status().get();
      table.row(
          row.chosen().group(),
          row.chosen().node(),
          status.role().name().toLowerCase(Locale.ROOT),
          status.term(),
          status.leaderNode().isEmpty() ? "-" : status.leaderNode(),
          status.commitIndex(),
          status.appliedIndex(),
          status.lag(),
          status.snapshotIndex(),
          status.revision(),
          voters(status),
          trouble);
    }
    List<String> names =
        rows.stream().map(row -> row.chosen().group() + "/" + row.chosen().node()).toList();
    return Listing.of("replica", this::write).table(table).named(names);
  }

  private static String voters(ReplicaStatus status) {
    return status.voters().isEmpty()
        ? "-"
        : status.voters().stream().map(NodeId::value).sorted().collect(Collectors.joining(","));
  }

  private void write(JsonWriter json) throws IOException {
    json.beginArray();
    for (Row row : rows) {
      json.beginObject().name("group").value(row.chosen().group().value());
      json.name("node").value(row.chosen().node().value());
      if (row.status().isPresent()) {
        write(json, row.status().get());
      }
      if (row.trouble().isPresent()) {
        json.name("trouble").value(row.trouble().get());
      }
      json.endObject();
    }
    json.endArray();
  }

  private static void write(JsonWriter json, ReplicaStatus status) throws IOException {
    json.name("role").value(status.role().name());
    json.name("term").value(status.term());
    json.name("leader").value(status.leaderNode());
    json.name("commit_index").value(status.commitIndex());
    json.name("applied_index").value(status.appliedIndex());
    json.name("lag").value(status.lag());
    json.name("snapshot_index").value(status.snapshotIndex());
    json.name("revision").value(status.revision().value());
    json.name("voters").beginArray();
    for (String voter : status.voters().stream().map(NodeId::value).sorted().toList()) {
      json.value(voter);
    }
    json.endArray();
  }
}
