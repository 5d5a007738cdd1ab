package io.vxmeta.client.cli;

import com.google.gson.stream.JsonWriter;
import io.vxmeta.client.ClusterAdmin;
import io.vxmeta.client.ClusterAdmin.MoveOrder;
import io.vxmeta.client.ClusterAdmin.MoveStatus;
import io.vxmeta.client.VxClient;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.Replica;
import io.vxmeta.shardmap.ReplicaMove;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Moves of replicas between nodes.
@Command(
    name = "replica",
    description = "Moving a shard group's replica to another node.",
    mixinStandardHelpOptions = true)
final class ReplicaCommand {

  private final Streams streams;

  ReplicaCommand(Streams streams) {
    this.streams = streams;
  }

  @Command(
      name = "move",
      description =
          "Orders the move of a data group's replica to a node that has none of it. The group goes"
              + " on serving: the new node gets all data and then a vote, and only then the other"
              + " loses its own. Returns when the order is kept; vxctl replica list shows how far"
              + " it is.",
      mixinStandardHelpOptions = true)
  int move(
      @Mixin Connection connection,
      @Mixin Output output,
      @Parameters(index = "0", paramLabel = "GROUP", description = "The group's number.") int group,
      @Parameters(index = "1", paramLabel = "FROM", description = "The node that has a replica.")
          String from,
      @Parameters(index = "2", paramLabel = "TO", description = "The node that shall have it.")
          String to,
      @Option(
              names = "--dry-run",
              description = "Only say whether the shard map has what it takes; exit code 3 if not.")
          boolean dryRun) {
    MoveOrder order;
    try (VxClient client = connection.open()) {
      if (dryRun) {
        return wouldMove(output, client.admin().shardMap(), group, from, to);
      }
      order = client.admin().moveReplica(new ShardGroupId(group), new NodeId(from), new NodeId(to));
    }
    String words =
        switch (order) {
          case ORDERED -> "ordered";
          case UNDER_WAY_ALREADY -> "under way already";
          case DONE_ALREADY -> "done already";
        };
    output.print(
        streams,
        Listing.of(
                "group",
                json ->
                    begun(json, group, from, to)
                        .name("ordered")
                        .value(order == MoveOrder.ORDERED)
                        .name("done")
                        .value(order == MoveOrder.DONE_ALREADY)
                        .endObject())
            .named(List.of(Integer.toString(group)))
            .line("group=" + group + " from=" + from + " to=" + to + ": " + words));
    return ExitCode.OK;
  }

  private int wouldMove(Output output, ShardMap map, int group, String from, String to) {
    ShardGroup moved =
        map.findGroup(new ShardGroupId(group))
            .filter(found -> !found.id().equals(ShardGroupId.ROOT))
            .orElseThrow(() ->
                new CommandFailed(
                    ExitCode.NOT_MET,
                    "no such data group: group=" + group + "; vxctl shard map lists them"));
    List<NodeId> holders = moved.replicas().stream().map(Replica::node).toList();
    boolean serves =
        map.findNode(new NodeId(to)).filter(node -> node.duty() == Node.Duty.SERVING).isPresent();
    if (!moved.isOn(new NodeId(from)) || moved.isOn(new NodeId(to)) || !serves) {
      throw new CommandFailed(
          ExitCode.NOT_MET,
          "a replica moves from a node that has one to a node that serves and has none: group="
              + group
              + " from="
              + from
              + " to="
              + to
              + " replicas="
              + holders
              + "; vxctl node list names the nodes");
    }
    output.print(
        streams,
        Listing.of(
                "group",
                json -> begun(json, group, from, to).name("ordered").value(false).endObject())
            .named(List.of(Integer.toString(group)))
            .line("group=" + group + " from=" + from + " to=" + to + ": would be ordered"));
    return ExitCode.OK;
  }

  private static JsonWriter begun(JsonWriter json, int group, String from, String to)
      throws IOException {
    return json.beginObject()
        .name("group")
        .value(group)
        .name("from")
        .value(from)
        .name("to")
        .value(to);
  }

  @Command(
      name = "cancel",
      description =
          "Calls the move of a group's replica off: the new node is taken out of the group again."
              + " Once the other node has lost its vote, the move ends all the same.",
      mixinStandardHelpOptions = true)
  int cancel(
      @Mixin Connection connection,
      @Mixin Output output,
      @Parameters(index = "0", paramLabel = "GROUP", description = "The group's number.")
          int group) {
    ReplicaMove move;
    try (VxClient client = connection.open()) {
      move = client.admin().cancelMove(new ShardGroupId(group));
    }
    output.print(
        streams,
        Listing.of(
                "group",
                json -> {
                  json.beginObject();
                  write(json, move);
                  json.endObject();
                })
            .named(List.of(Integer.toString(group)))
            .line(line(move)));
    return ExitCode.OK;
  }

  @Command(
      name = "list",
      description = "The moves that are under way, and how far each is.",
      mixinStandardHelpOptions = true)
  int list(@Mixin Connection connection, @Mixin Output output) {
    List<MoveStatus> moves;
    try (VxClient client = connection.open()) {
      ClusterAdmin admin = client.admin();
      moves = new ClusterReport(admin.statusOfAll(), Optional.of(admin.shardMap())).moves();
    }
    TextTable table = new TextTable("GROUP", "FROM", "TO", "STEP");
    moves.forEach(each ->
        table.row(
            each.move().group(), orDash(each.move().from()), orDash(each.move().to()), step(each)));
    output.print(streams, Listing.of("group", json -> write(json, moves)).table(table));
    return ExitCode.OK;
  }

  static String orDash(Optional<NodeId> node) {
    return node.map(NodeId::value).orElse("-");
  }

  /// What is done for a move, in words.
  static String step(MoveStatus status) {
    String step = status.step().isEmpty() ? "waits for the group's leader" : status.step();
    return status.move().will() == ReplicaMove.Will.CALLED_OFF ? "called off; " + step : step;
  }

  static String line(ReplicaMove move) {
    return "group="
        + move.group()
        + " from="
        + orDash(move.from())
        + " to="
        + orDash(move.to())
        + ": called off; if "
        + orDash(move.from())
        + " has lost its vote by now it ends all the same";
  }

  static void write(JsonWriter json, List<MoveStatus> moves) throws IOException {
    json.beginArray();
    for (MoveStatus each : moves) {
      json.beginObject();
      write(json, each.move());
      json.name("step").value(each.step()).endObject();
    }
    json.endArray();
  }

  private static void write(JsonWriter json, ReplicaMove move) throws IOException {
    json.name("group").value(move.group().value());
    json.name("from").value(move.from().map(NodeId::value).orElse(null));
    json.name("to").value(move.to().map(NodeId::value).orElse(null));
    json.name("called_off").value(move.will() == ReplicaMove.Will.CALLED_OFF);
  }
}
