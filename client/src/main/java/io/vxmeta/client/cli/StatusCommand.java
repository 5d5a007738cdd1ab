package io.vxmeta.client.cli;

import com.google.gson.stream.JsonWriter;
import io.vxmeta.client.CallFailed;
import io.vxmeta.client.ClusterAdmin;
import io.vxmeta.client.ClusterAdmin.Answering;
import io.vxmeta.client.ClusterAdmin.NodeReport;
import io.vxmeta.client.ClusterAdmin.NodeStatus;
import io.vxmeta.client.ClusterAdmin.Ready;
import io.vxmeta.client.ClusterAdmin.ReplicaStatus;
import io.vxmeta.client.ClusterAdmin.Silent;
import io.vxmeta.client.ReplicaRole;
import io.vxmeta.client.VxClient;
import io.vxmeta.client.cli.ClusterReport.Member;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// The cluster at a glance: nodes, groups, and what is wrong in words.
@Command(
    name = "status",
    description =
        "The cluster at a glance, asked from every node, and what is wrong with it. Exit code 0"
            + " when nothing is, 5 when something is, 4 when no node answers.",
    mixinStandardHelpOptions = true)
final class StatusCommand implements Callable<Integer> {

  private final Streams streams;
  @Mixin private final Connection connection;
  @Mixin private final Output output;

  StatusCommand(Streams streams) {
    this(streams, new Connection(), new Output());
  }

  StatusCommand(Streams streams, Connection connection, Output output) {
    this.streams = streams;
    this.connection = connection;
    this.output = output;
  }

  @Override
  public Integer call() {
    ClusterReport report;
    try (VxClient client = connection.open()) {
      report = report(client.admin());
    }
    List<String> problems = report.problems();
    output.print(streams, listing(report, problems));
    return exitCode(report);
  }

  /// Throws when nobody answers.
  static int exitCode(ClusterReport report) {
    if (report.answering().isEmpty()) {
      throw new CommandFailed(
          ExitCode.UNAVAILABLE,
          "no node answers: nodes="
              + report.nodes().stream().map(StatusCommand::silence).toList()
              + "; check the endpoints and that the cluster runs");
    }
    return report.problems().isEmpty() ? ExitCode.OK : ExitCode.UNHEALTHY;
  }

  private static String silence(NodeReport node) {
    return node instanceof Silent silent
        ? node.endpoint() + ": " + silent.why()
        : node.endpoint().toString();
  }

  static ClusterReport report(ClusterAdmin admin) {
    Optional<ShardMap> map;
    try {
      map = Optional.of(admin.shardMap());
    } catch (CallFailed none) {
      // Each endpoint's own report tells why.
      map = Optional.empty();
    }
    return new ClusterReport(admin.statusOfAll(), map);
  }

  private static Listing listing(ClusterReport report, List<String> problems) {
    Listing listing = Listing.of("node", json -> write(json, report, problems)).rowsAt("nodes");
    if (!report.answering().isEmpty()) {
      listing.line(summary(report)).line("");
    }
    TextTable nodes =
        new TextTable(
            "NODE", "ENDPOINT", "STATE", "LEADS", "REPLICAS", "EPOCH", "LOCKED", "UP", "PID");
    report.nodes().forEach(node -> row(nodes, node, report.map()));
    TextTable groups =
        new TextTable(
            "GROUP", "LEADER", "TERM", "REVISION", "RECORDS", "SHARDS", "TABLE", "REPLICAS");
    for (Map.Entry<ShardGroupId, List<Member>> group : report.members().entrySet()) {
      row(groups, group.getKey(), group.getValue());
    }
    listing.table(nodes).line("").table(groups).line("");
    report
        .moves()
        .forEach(each ->
            listing.line(
                "moving: group %s%s%s: %s"
                    .formatted(
                        each.move().group(),
                        each.move().from().map(node -> " from " + node).orElse(""),
                        each.move().to().map(node -> " to " + node).orElse(""),
                        ReplicaCommand.step(each))));
    problems.forEach(problem -> listing.line("problem: " + problem));
    return problems.isEmpty() ? listing.line("healthy") : listing;
  }

  private static String summary(ClusterReport report) {
    NodeStatus first = report.answering().get(0).status();
    return "cluster "
        + first.clusterId()
        + ", version "
        + first.version()
        + ", "
        + report.answering().size()
        + " of "
        + report.nodes().size()
        + " nodes answer";
  }

  private static void row(TextTable table, NodeReport report, Optional<ShardMap> map) {
    if (report instanceof Silent) {
      table.row(report.node(), report.endpoint(), "SILENT", "-", "-", "-", "-", "-", "-");
      return;
    }
    NodeStatus status = ((Answering) report).status();
    long leads = status.replicas().stream().filter(r -> r.role() == ReplicaRole.LEADER).count();
    table.row(
        report.node(),
        report.endpoint(),
        state(status, map),
        leads,
        status.replicas().size(),
        status.mapEpoch(),
        Amounts.bytes(status.lockedBytes()) + "/" + Amounts.bytes(status.lockCapBytes()),
        Amounts.duration(status.uptime()),
        status.pid());
  }

  private static String state(NodeStatus status, Optional<ShardMap> map) {
    if (!(status.readiness() instanceof Ready)) {
      return "NOT READY";
    }
    return map.flatMap(known -> known.findNode(new NodeId(status.node())))
        .filter(Node::drains)
        .map(node -> NodeCommand.word(node.duty()))
        .orElse("ready");
  }

  private static void row(TextTable table, ShardGroupId group, List<Member> members) {
    Optional<Member> leader = ClusterReport.leader(members);
    ReplicaStatus best = leader.orElse(members.get(0)).status();
    table.row(
        group.isRoot() ? "0 (root)" : group,
        leader.map(Member::node).orElse("NONE"),
        best.term(),
        best.revision(),
        best.records(),
        group.isRoot() ? "-" : best.shards(),
        Amounts.bytes(best.tableBytes()),
        members.stream().map(StatusCommand::replica).collect(Collectors.joining(" ")));
  }

  /// `node-2:follower`, with how far it is behind when it is.
  private static String replica(Member member) {
    ReplicaStatus status = member.status();
    String role = status.role().name().toLowerCase(Locale.ROOT);
    return member.node() + ":" + role + (status.lag() > 0 ? "(lag " + status.lag() + ")" : "");
  }

  private static void write(JsonWriter json, ClusterReport report, List<String> problems)
      throws IOException {
    json.beginObject().name("healthy").value(problems.isEmpty());
    json.name("problems").beginArray();
    for (String problem : problems) {
      json.value(problem);
    }
    json.endArray().name("nodes").beginArray();
    for (NodeReport node : report.nodes()) {
      json.beginObject().name("node").value(node.node());
      json.name("endpoint").value(node.endpoint().toString());
      if (node instanceof Answering answering) {
        status(json, answering.status());
      } else {
        json.name("answers").value(false).name("why").value(((Silent) node).why());
      }
      json.endObject();
    }
    ReplicaCommand.write(json.endArray().name("moves"), report.moves());
    json.endObject();
  }

  private static void status(JsonWriter json, NodeStatus status) throws IOException {
    json.name("answers").value(true);
    json.name("ready").value(status.readiness() instanceof Ready);
    json.name("cluster").value(status.clusterId());
    json.name("version").value(status.version());
    json.name("map_epoch").value(status.mapEpoch().value());
    json.name("uptime_ms").value(status.uptime().toMillis());
    json.name("pid").value(status.pid());
    json.name("locked_bytes").value(status.lockedBytes());
    json.name("lock_cap_bytes").value(status.lockCapBytes());
    json.name("replicas").beginArray();
    for (ReplicaStatus replica : status.replicas()) {
      json.beginObject().name("group").value(replica.group().value());
      json.name("role").value(replica.role().name());
      json.name("term").value(replica.term());
      json.name("leader").value(replica.leaderNode());
      json.name("commit_index").value(replica.commitIndex());
      json.name("applied_index").value(replica.appliedIndex());
      json.name("snapshot_index").value(replica.snapshotIndex());
      json.name("revision").value(replica.revision().value());
      json.name("records").value(replica.records());
      json.name("table_bytes").value(replica.tableBytes());
      json.name("lag").value(replica.lag());
      json.name("voters").beginArray();
      for (NodeId voter : new TreeSet<>(replica.voters())) {
        json.value(voter.value());
      }
      json.endArray().endObject();
    }
    json.endArray();
  }

  /// Amounts as people read them.
  static final class Amounts {
    static String bytes(long bytes) {
      String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
      double amount = bytes;
      int unit = 0;
      while (amount >= 1024 && unit < units.length - 1) {
        amount /= 1024;
        unit++;
      }
      return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", amount, units[unit]);
    }

    static String duration(Duration duration) {
      if (duration.toHours() >= 48) {
        return duration.toDays() + "d";
      }
      if (duration.toMinutes() >= 90) {
        return duration.toHours() + "h" + duration.toMinutesPart() + "m";
      }
      return duration.toMinutes() > 0
          ? duration.toMinutes() + "m" + duration.toSecondsPart() + "s"
          : duration.toSeconds() + "s";
    }
  }
}
