package io.vxmeta.client.cli;

import io.vxmeta.client.ClusterAdmin;
import io.vxmeta.client.ClusterAdmin.Leadership;
import io.vxmeta.client.VxClient;
import io.vxmeta.client.cli.ClusterReport.Member;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.Placement;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// Who leads which group, and moving a lead.
@Command(
    name = "leader",
    description = "Who leads which shard group, and moving a lead.",
    mixinStandardHelpOptions = true)
final class LeaderCommand {

  private final Streams streams;

  LeaderCommand(Streams streams) {
    this.streams = streams;
  }

  @Command(
      name = "list",
      description = "The leader of each group; exit code 1 when a group has none.",
      mixinStandardHelpOptions = true)
  int list(@Mixin Connection connection, @Mixin Output output) {
    ShardMap map;
    ClusterReport report;
    try (VxClient client = connection.open()) {
      ClusterAdmin admin = client.admin();
      map = admin.shardMap();
      report = new ClusterReport(admin.statusOfAll(), Optional.of(map));
    }
    if (output.isJson()) {
      printJson(map, report);
    } else {
      printTable(map, report);
    }
    return map.groups().stream().allMatch(group -> leader(report, group).isPresent())
        ? ExitCode.OK
        : ExitCode.ERROR;
  }

  private static Optional<Member> leader(ClusterReport report, ShardGroup group) {
    return ClusterReport.leader(report.members().getOrDefault(group.id(), List.of()));
  }

  private void printTable(ShardMap map, ClusterReport report) {
    TextTable table = new TextTable("GROUP", "LEADER", "TERM", "PREFERRED");
    for (ShardGroup group : map.groups()) {
      Optional<Member> leader = leader(report, group);
      table.row(
          group.id(),
          leader.map(Member::node).orElse("NONE"),
          leader.map(member -> Long.toString(member.status().term())).orElse("-"),
          Placement.preferredLeader(group));
    }
    table.print(streams.out());
  }

  private void printJson(ShardMap map, ClusterReport report) {
    Json.print(
        streams.out(),
        json -> {
          json.beginArray();
          for (ShardGroup group : map.groups()) {
            Optional<Member> leader = leader(report, group);
            json.beginObject().name("group").value(group.id().value());
            json.name("leader");
            if (leader.isPresent()) {
              json.value(leader.get().node());
              json.name("term").value(leader.get().status().term());
            } else {
              json.nullValue();
            }
            json.name("preferred").value(Placement.preferredLeader(group).value()).endObject();
          }
          json.endArray();
        });
  }

  @Command(
      name = "transfer",
      description = "Moves a group's leadership to one of its voters; returns when it leads.",
      mixinStandardHelpOptions = true)
  int transfer(
      @Mixin Connection connection,
      @Mixin Output output,
      @Parameters(index = "0", paramLabel = "GROUP", description = "The group's number.") int group,
      @Parameters(index = "1", paramLabel = "NODE", description = "Who shall lead.") String node) {
    Leadership now;
    try (VxClient client = connection.open()) {
      now = client.admin().transferLeader(new ShardGroupId(group), new NodeId(node));
    }
    if (output.isJson()) {
      Json.print(
          streams.out(),
          json ->
              json.beginObject()
                  .name("group")
                  .value(group)
                  .name("leader")
                  .value(now.node().value())
                  .name("term")
                  .value(now.term())
                  .endObject());
    } else {
      streams.out().println("group=" + group + " leader=" + now.node() + " term=" + now.term());
    }
    return ExitCode.OK;
  }
}
