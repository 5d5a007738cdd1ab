package io.vxmeta.client.cli;

import com.google.gson.stream.JsonWriter;
import io.vxmeta.client.Bytes;
import io.vxmeta.client.ClusterAdmin.MoveOrder;
import io.vxmeta.client.ClusterAdmin.ShardMoveStatus;
import io.vxmeta.client.VxClient;
import io.vxmeta.client.cli.ClusterReport.Member;
import io.vxmeta.shardmap.Placement;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardHash;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.shardmap.ShardMap;
import io.vxmeta.shardmap.ShardMove;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Who holds which shard, where a key belongs, and moves of shards between groups.
@Command(
    name = "shard",
    description = "Who holds which shard, where a key belongs, and moving shards to other groups.",
    mixinStandardHelpOptions = true)
final class ShardCommand {

  private static final String INTERVAL = "2s";

  private final Streams streams;

  ShardCommand(Streams streams) {
    this.streams = streams;
  }

  /// A shard and what the map says of it.
  private record Place(ShardId shard, ShardGroup group) {
    String preferredLeader() {
      return Placement.preferredLeader(group).value();
    }

    List<String> nodes() {
      return group.replicas().stream().map(replica -> replica.node().value()).toList();
    }
  }

  private static Place place(ShardMap map, ShardId shard) {
    return new Place(shard, map.group(map.groupOf(shard)));
  }

  private static void write(JsonWriter json, Place place) throws IOException {
    json.name("shard").value(place.shard().value());
    json.name("group").value(place.group().id().value()).name("nodes").beginArray();
    for (String node : place.nodes()) {
      json.value(node);
    }
    json.endArray().name("preferred_leader").value(place.preferredLeader());
  }

  @Command(
      name = "list",
      description =
          "Every shard: its group, who should lead it, who holds it. With --hot: how much it is"
              + " written to and holds, the busiest first.",
      mixinStandardHelpOptions = true)
  int list(
      @Mixin Connection connection,
      @Mixin Output output,
      @Option(names = "--group", paramLabel = "GROUP", description = "Shards of this group only.")
          @Nullable Integer group,
      @Option(
              names = "--hot",
              description =
                  "Look twice at the leaders' tables, and sort by puts and deletes a second in"
                      + " between. Reads are not counted by shard.")
          boolean hot,
      @Option(
              names = "--interval",
              paramLabel = "DURATION",
              description = "Between the two looks of --hot; 2s unless given.")
          @Nullable String interval) {
    if (interval != null && !hot) {
      throw CommandFailed.usage(
          "an interval is between the two looks of --hot: --interval="
              + interval
              + " expected=--hot as well; add it, or leave out --interval");
    }
    Duration between = Connection.duration("--interval", interval == null ? INTERVAL : interval);
    try (VxClient client = connection.open()) {
      ShardMap map = client.shardMap();
      if (group != null && map.findGroup(new ShardGroupId(group)).isEmpty()) {
        throw new CommandFailed(
            ExitCode.NOT_MET, "no such group: group=" + group + "; vxctl shard map lists them");
      }
      List<Place> places =
          IntStream.range(0, ShardId.COUNT)
              .mapToObj(shard -> place(map, new ShardId(shard)))
              .filter(place -> group == null || place.group().id().value() == group)
              .toList();
      output.print(
          streams,
          hot
              ? HotShards.look(client.admin(), groups(places), between).listing()
              : listing(places));
    }
    return ExitCode.OK;
  }

  private static List<ShardGroupId> groups(List<Place> places) {
    return places.stream().map(place -> place.group().id()).distinct().toList();
  }

  private static Listing listing(List<Place> places) {
    TextTable table = new TextTable("SHARD", "GROUP", "PREFERRED LEADER", "REPLICAS");
    places.forEach(place -> row(table, place));
    return Listing.of("shard", json -> writeAll(json, places)).table(table);
  }

  private static ShardMap map(Connection connection) {
    try (VxClient client = connection.open()) {
      return client.shardMap();
    }
  }

  private static void row(TextTable table, Place place) {
    table.row(
        place.shard(),
        place.group().id(),
        place.preferredLeader(),
        ShardMapListing.replicas(place.group()));
  }

  private static void writeAll(JsonWriter json, List<Place> places) throws IOException {
    json.beginArray();
    for (Place place : places) {
      json.beginObject();
      write(json, place);
      json.endObject();
    }
    json.endArray();
  }

  @Command(
      name = "describe",
      description =
          "One shard, with the replicas of its group as they are now. Records are the group's;"
              + " `shard list --hot` counts by shard.",
      mixinStandardHelpOptions = true)
  int describe(
      @Mixin Connection connection,
      @Mixin Output output,
      @Parameters(paramLabel = "SHARD", description = "The shard's number, 0..127.") int number) {
    ShardId shard = dataShard(number);
    ClusterReport report;
    try (VxClient client = connection.open()) {
      client.shardMap();
      report = StatusCommand.report(client.admin());
    }
    Place place = place(report.map().orElseThrow(), shard);
    List<Member> members = report.members().getOrDefault(place.group().id(), List.of());
    TextTable facts =
        TextTable.facts()
            .row("shard", shard)
            .row("group", place.group().id())
            .row("preferred leader", place.preferredLeader())
            .row("leader", ClusterReport.leader(members).map(Member::node).orElse("NONE"));
    TextTable table =
        new TextTable("NODE", "ROLE", "TERM", "REVISION", "LAG", "GROUP RECORDS")
            .wide("COMMITTED", "APPLIED", "SNAPSHOT");
    members.forEach(member -> row(table, member));
    output.print(
        streams,
        Listing.of("shard", json -> describe(json, place, members))
            .table(facts)
            .line("")
            .table(table)
            .named(List.of(shard.toString())));
    return ExitCode.OK;
  }

  private static void row(TextTable table, Member member) {
    table.row(
        member.node(),
        member.status().role().name().toLowerCase(Locale.ROOT),
        member.status().term(),
        member.status().revision(),
        member.status().lag(),
        member.status().records(),
        member.status().commitIndex(),
        member.status().appliedIndex(),
        member.status().snapshotIndex());
  }

  private static void describe(JsonWriter json, Place place, List<Member> members)
      throws IOException {
    json.beginObject();
    write(json, place);
    json.name("replicas").beginArray();
    for (Member member : members) {
      json.beginObject().name("node").value(member.node());
      json.name("role").value(member.status().role().name());
      json.name("term").value(member.status().term());
      json.name("revision").value(member.status().revision().value());
      json.name("lag").value(member.status().lag());
      json.name("group_records").value(member.status().records()).endObject();
    }
    json.endArray().endObject();
  }

  @Command(
      name = "move",
      description =
          "Orders the move of a shard to another data group. It is read and written meanwhile, but"
              + " for a moment at the end, in which writes wait. Returns when the order is"
              + " kept; vxctl shard moves shows how far it is.",
      mixinStandardHelpOptions = true)
  int move(
      @Mixin Connection connection,
      @Mixin Output output,
      @Parameters(paramLabel = "SHARD", description = "The shard's number, 0..127.") int number,
      @Option(
              names = "--to",
              required = true,
              paramLabel = "GROUP",
              description = "The data group that shall have it.")
          int to) {
    ShardId shard = dataShard(number);
    MoveOrder order;
    try (VxClient client = connection.open()) {
      order = client.admin().moveShard(shard, new ShardGroupId(to));
    }
    output.print(streams, ShardMoveListing.ordered(shard, to, order));
    return ExitCode.OK;
  }

  @Command(
      name = "cancel",
      description =
          "Calls the move of a shard off: it stays where it is. Once its group has given it away, the"
              + " move ends all the same.",
      mixinStandardHelpOptions = true)
  int cancel(
      @Mixin Connection connection,
      @Mixin Output output,
      @Parameters(paramLabel = "SHARD", description = "The shard's number, 0..127.") int number) {
    ShardId shard = dataShard(number);
    ShardMove move;
    try (VxClient client = connection.open()) {
      move = client.admin().cancelShardMove(shard);
    }
    output.print(streams, ShardMoveListing.calledOff(move));
    return ExitCode.OK;
  }

  @Command(
      name = "moves",
      description = "The moves of shards that are under way, and how far each is.",
      mixinStandardHelpOptions = true)
  int moves(@Mixin Connection connection, @Mixin Output output) {
    List<ShardMoveStatus> moves;
    try (VxClient client = connection.open()) {
      moves = client.admin().shardMoves();
    }
    output.print(streams, ShardMoveListing.of(moves));
    return ExitCode.OK;
  }

  private static ShardId dataShard(int number) {
    if (number < 0 || number >= ShardId.COUNT) {
      throw CommandFailed.usage("a shard of data is 0..127: shard=" + number);
    }
    return new ShardId(number);
  }

  @Command(
      name = "map",
      description = "The shard map: groups, their shards and replicas, and the nodes.",
      mixinStandardHelpOptions = true)
  int map(@Mixin Connection connection, @Mixin Output output) {
    output.print(streams, ShardMapListing.of(map(connection)));
    return ExitCode.OK;
  }

  @Command(
      name = "locate",
      description = "The shard, group and nodes of a key.",
      mixinStandardHelpOptions = true)
  int locate(
      @Mixin Connection connection,
      @Mixin NamespaceOption namespace,
      @Mixin Output output,
      @Parameters(paramLabel = "KEY", description = "The key; base64:... for any bytes.")
          String key) {
    Bytes wanted = BytesArgument.key(key);
    Place place = place(map(connection), ShardHash.shardOf(namespace.name(), wanted.toArray()));
    TextTable table = new TextTable("SHARD", "GROUP", "PREFERRED LEADER", "REPLICAS");
    row(table, place);
    output.print(
        streams,
        Listing.of(
                "shard",
                json -> {
                  json.beginObject();
                  write(json, place);
                  json.endObject();
                })
            .table(table));
    return ExitCode.OK;
  }

  @Command(
      name = "hash",
      description =
          "The shard a key belongs to, computed here: no cluster is asked. Keys with one hash tag,"
              + " as in {user:7}/features, belong to one shard.",
      mixinStandardHelpOptions = true)
  int hash(
      @Mixin NamespaceOption namespace,
      @Mixin Output output,
      @Parameters(paramLabel = "KEY", description = "The key; base64:... for any bytes.")
          String key) {
    Bytes wanted = BytesArgument.key(key);
    ShardId shard = ShardHash.shardOf(namespace.name(), wanted.toArray());
    output.print(
        streams,
        Listing.of(
                "shard",
                json ->
                    json.beginObject()
                        .name("namespace")
                        .value(namespace.name())
                        .name("shard")
                        .value(shard.value())
                        .endObject())
            .table(new TextTable("SHARD", "NAMESPACE").row(shard, namespace.name())));
    return ExitCode.OK;
  }
}
