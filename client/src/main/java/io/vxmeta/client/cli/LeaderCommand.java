package io.vxmeta.client.cli;

import com.google.gson.stream.JsonWriter;
import io.vxmeta.client.CallFailed;
import io.vxmeta.client.ClusterAdmin;
import io.vxmeta.client.ClusterAdmin.LeadPlacement;
import io.vxmeta.client.ClusterAdmin.Leadership;
import io.vxmeta.client.ClusterAdmin.PlacedLead;
import io.vxmeta.client.ClusterAdmin.Placing;
import io.vxmeta.client.VxClient;
import io.vxmeta.client.cli.ClusterReport.Member;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.Placement;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Who leads which group, and moving a lead.
@Command(
    name = "leader",
    description = "Who leads which shard group, and moving a lead.",
    mixinStandardHelpOptions = true)
final class LeaderCommand {

  /// What stands out in a table of outcomes.
  private static final String KEPT = "KEPT";

  private static final String FAILED = "FAILED";

  private final Streams streams;

  LeaderCommand(Streams streams) {
    this.streams = streams;
  }

  @Command(
      name = "list",
      description = "The leader of each group; exit code 5 when a group has none.",
      mixinStandardHelpOptions = true)
  int list(@Mixin Connection connection, @Mixin Output output) {
    ShardMap map;
    ClusterReport report;
    try (VxClient client = connection.open()) {
      ClusterAdmin admin = client.admin();
      map = admin.shardMap();
      report = new ClusterReport(admin.statusOfAll(), Optional.of(map));
    }
    output.print(
        streams, Listing.of("group", json -> write(json, map, report)).table(table(map, report)));
    return map.groups().stream().allMatch(group -> leader(report, group).isPresent())
        ? ExitCode.OK
        : ExitCode.UNHEALTHY;
  }

  private static Optional<Member> leader(ClusterReport report, ShardGroup group) {
    return ClusterReport.leader(report.members().getOrDefault(group.id(), List.of()));
  }

  private static TextTable table(ShardMap map, ClusterReport report) {
    TextTable table = new TextTable("GROUP", "LEADER", "TERM", "PREFERRED");
    for (ShardGroup group : map.groups()) {
      Optional<Member> leader = leader(report, group);
      table.row(
          group.id(),
          leader.map(Member::node).orElse("NONE"),
          leader.map(member -> Long.toString(member.status().term())).orElse("-"),
          Placement.preferredLeader(group));
    }
    return table;
  }

  private static void write(JsonWriter json, ShardMap map, ClusterReport report)
      throws IOException {
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
  }

  @Command(
      name = "transfer",
      description = "Moves a group's leadership to one of its voters; returns when it leads.",
      mixinStandardHelpOptions = true)
  int transfer(
      @Mixin Connection connection,
      @Mixin Output output,
      @Parameters(index = "0", paramLabel = "GROUP", description = "The group's number.") int group,
      @Parameters(index = "1", paramLabel = "NODE", description = "Who shall lead.") String node,
      @Option(
              names = "--dry-run",
              description = "Only say whether the node has a vote there; exit code 3 if not.")
          boolean dryRun) {
    Leadership now;
    try (VxClient client = connection.open()) {
      if (dryRun) {
        return wouldLead(output, client.admin().shardMap(), new ShardGroupId(group), node);
      }
      now = client.admin().transferLeader(new ShardGroupId(group), new NodeId(node));
    }
    output.print(
        streams,
        Listing.of(
                "group",
                json ->
                    json.beginObject()
                        .name("group")
                        .value(group)
                        .name("leader")
                        .value(now.node().value())
                        .name("term")
                        .value(now.term())
                        .endObject())
            .named(List.of(Integer.toString(group)))
            .line("group=" + group + " leader=" + now.node() + " term=" + now.term()));
    return ExitCode.OK;
  }

  private int wouldLead(Output output, ShardMap map, ShardGroupId group, String node) {
    List<NodeId> voters = map.findGroup(group).map(ShardGroup::voters).orElse(List.of());
    if (!voters.contains(new NodeId(node))) {
      throw new CommandFailed(
          ExitCode.NOT_MET,
          "a group is led by one of its voters: group="
              + group
              + " node="
              + node
              + " voters="
              + voters
              + "; name one of them");
    }
    output.print(
        streams,
        Listing.of(
                "group",
                json ->
                    json.beginObject()
                        .name("group")
                        .value(group.value())
                        .name("would_lead")
                        .value(node)
                        .endObject())
            .named(List.of(group.toString()))
            .line("group=" + group + ": " + node + " would lead"));
    return ExitCode.OK;
  }

  /// A group after an attempt to place its lead.
  private record Placed(ShardGroupId group, String outcome, String leader, String reason) {}

  @Command(
      name = "balance",
      description =
          "Brings each group's leadership to where the shard map wants it, by the rules that"
              + " leaders follow unasked, and at once. Exit code 3 when a group should be led"
              + " elsewhere and can not now, 4 when one did not answer. --timeout is for each"
              + " group.",
      mixinStandardHelpOptions = true)
  int balance(
      @Mixin Connection connection,
      @Mixin Output output,
      @Option(names = "--dry-run", description = "Only say what would be moved.") boolean dryRun) {
    List<Placed> all = new ArrayList<>();
    try (VxClient client = connection.open()) {
      ClusterAdmin admin = client.admin();
      for (ShardGroup group : admin.shardMap().groups()) {
        all.add(place(admin, group.id(), dryRun ? Placing.DRY_RUN : Placing.MOVE));
      }
    }
    TextTable table = new TextTable("GROUP", "OUTCOME", "LEADER", "REASON");
    all.forEach(placed ->
        table.row(
            placed.group(),
            placed.outcome(),
            placed.leader(),
            placed.reason().isEmpty() ? "-" : placed.reason()));
    output.print(streams, Listing.of("group", json -> write(json, all)).table(table));
    List<String> outcomes = all.stream().map(Placed::outcome).toList();
    if (outcomes.contains(FAILED)) {
      return ExitCode.UNAVAILABLE;
    }
    return outcomes.contains(KEPT) ? ExitCode.NOT_MET : ExitCode.OK;
  }

  private static Placed place(ClusterAdmin admin, ShardGroupId group, Placing placing) {
    try {
      PlacedLead placed = admin.placeLeader(group, placing);
      return new Placed(group, word(placed.placement()), placed.leader().value(), placed.reason());
    } catch (CallFailed failed) {
      return new Placed(group, FAILED, "-", Vxctl.withReason(failed));
    }
  }

  private static String word(LeadPlacement placement) {
    return switch (placement) {
      case IN_PLACE -> "in-place";
      case MOVED -> "moved";
      case WOULD_MOVE -> "would-move";
      case KEPT -> KEPT;
    };
  }

  private static void write(JsonWriter json, List<Placed> all) throws IOException {
    json.beginArray();
    for (Placed placed : all) {
      json.beginObject().name("group").value(placed.group().value());
      json.name("outcome").value(placed.outcome());
      json.name("leader").value(placed.leader());
      json.name("reason").value(placed.reason()).endObject();
    }
    json.endArray();
  }
}
