package io.vxmeta.client.cli;

import com.google.gson.stream.JsonWriter;
import io.vxmeta.client.CallFailed;
import io.vxmeta.client.ClusterAdmin;
import io.vxmeta.client.ClusterAdmin.WalkedTable;
import io.vxmeta.client.VxClient;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// What concerns the replicas themselves.
@Command(
    name = "raft",
    description = "What concerns the replicas themselves.",
    mixinStandardHelpOptions = true)
final class RaftCommand {

  /// What a walk over a replica came to.
  private enum Verdict {
    sound,
    CORRUPT,
    incomplete
  }

  /// One replica, walked as far as it answered.
  private record Walk(
      ShardGroupId group,
      NodeId node,
      int tables,
      long records,
      List<String> problems,
      Optional<String> trouble) {
    Verdict verdict() {
      if (!problems.isEmpty()) {
        return Verdict.CORRUPT;
      }
      return trouble.isPresent() ? Verdict.incomplete : Verdict.sound;
    }
  }

  private final Streams streams;

  RaftCommand(Streams streams) {
    this.streams = streams;
  }

  @Command(
      name = "verify",
      description =
          "Walks all tables of live replicas in small steps beside their work: every bucket,"
              + " record, slot and count. Exit code 7 when a replica is damaged, 4 when one did not"
              + " answer for all of its tables. --timeout is for each table.",
      mixinStandardHelpOptions = true)
  int verify(@Mixin Connection connection, @Mixin Output output, @Mixin ReplicaChoice replicas) {
    List<Walk> walks = new ArrayList<>();
    try (VxClient client = connection.open()) {
      ClusterAdmin admin = client.admin();
      for (ReplicaChoice.Chosen chosen : replicas.of(admin.shardMap())) {
        walks.add(walk(admin, chosen.group(), chosen.node()));
      }
    }
    print(output, walks);
    return exitCode(walks.stream().map(Walk::verdict).toList());
  }

  @Command(
      name = "info",
      description =
          "Term, leader, log and (-o wide) voters of every replica, as its own node tells. Replicas"
              + " of nodes that do not answer are listed without.",
      mixinStandardHelpOptions = true)
  int info(@Mixin Connection connection, @Mixin Output output, @Mixin ReplicaChoice replicas) {
    try (VxClient client = connection.open()) {
      ClusterAdmin admin = client.admin();
      ShardMap map = admin.shardMap();
      output.print(streams, new RaftTable(replicas.of(map), NodeView.all(admin, map)).listing());
    }
    return ExitCode.OK;
  }

  private static int exitCode(List<Verdict> verdicts) {
    if (verdicts.contains(Verdict.CORRUPT)) {
      return ExitCode.CORRUPT;
    }
    return verdicts.contains(Verdict.incomplete) ? ExitCode.UNAVAILABLE : ExitCode.OK;
  }

  private static Walk walk(ClusterAdmin admin, ShardGroupId group, NodeId node) {
    long records = 0;
    int walked = 0;
    List<String> problems = new ArrayList<>();
    try {
      for (int tables = 1; walked < tables; walked++) {
        WalkedTable table = admin.verify(node, group, walked);
        tables = table.tables();
        records += table.records();
        table
            .problems()
            .forEach(problem -> problems.add("shard " + table.shard() + ": " + problem));
      }
      return new Walk(group, node, walked, records, problems, Optional.empty());
    } catch (CallFailed failed) {
      return new Walk(
          group, node, walked, records, problems, Optional.of(Vxctl.withReason(failed)));
    }
  }

  private void print(Output output, List<Walk> walks) {
    TextTable table = new TextTable("GROUP", "NODE", "TABLES", "RECORDS", "PROBLEMS", "VERDICT");
    for (Walk walk : walks) {
      table.row(
          walk.group(),
          walk.node(),
          walk.tables(),
          walk.records(),
          walk.problems().size(),
          walk.verdict());
    }
    List<String> names = walks.stream().map(walk -> walk.group() + "/" + walk.node()).toList();
    output.print(
        streams, Listing.of("replica", json -> write(json, walks)).table(table).named(names));
    for (Walk walk : walks) {
      String where = "vxctl: group " + walk.group() + " on " + walk.node() + ": ";
      walk.problems().forEach(problem -> streams.err().println(where + problem));
      walk.trouble().ifPresent(trouble -> streams.err().println(where + trouble));
    }
  }

  private static void write(JsonWriter json, List<Walk> walks) throws IOException {
    json.beginArray();
    for (Walk walk : walks) {
      json.beginObject().name("group").value(walk.group().value());
      json.name("node").value(walk.node().value());
      json.name("tables").value(walk.tables());
      json.name("records").value(walk.records());
      json.name("problems").beginArray();
      for (String problem : walk.problems()) {
        json.value(problem);
      }
      json.endArray();
      if (walk.trouble().isPresent()) {
        json.name("trouble").value(walk.trouble().get());
      }
      json.name("verdict").value(walk.verdict().name()).endObject();
    }
    json.endArray();
  }
}
