package io.vxmeta.client.cli;

import io.vxmeta.client.Bytes;
import io.vxmeta.client.VxClient;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.Placement;
import io.vxmeta.shardmap.Replica;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardHash;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.shardmap.ShardMap;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// Who holds which shard, and where a key belongs.
@Command(
    name = "shard",
    description = "Who holds which shard, and where a key belongs.",
    mixinStandardHelpOptions = true)
final class ShardCommand {

  private final Streams streams;

  ShardCommand(Streams streams) {
    this.streams = streams;
  }

  @Command(
      name = "map",
      description = "The shard map: groups, their shards and replicas, and the nodes.",
      mixinStandardHelpOptions = true)
  int map(@Mixin Connection connection, @Mixin Output output) {
    ShardMap map;
    try (VxClient client = connection.open()) {
      map = client.shardMap();
    }
    if (output.isJson()) {
      printJson(map);
    } else {
      printTables(map);
    }
    return ExitCode.OK;
  }

  private void printTables(ShardMap map) {
    streams.out().println("cluster " + map.clusterId() + ", epoch " + map.epoch());
    streams.out().println();
    TextTable groups =
        new TextTable("GROUP", "SHARDS", "COUNT", "REPLICAS (preferred leader first)");
    for (ShardGroup group : map.groups()) {
      List<ShardId> shards = map.shardsOf(group.id());
      groups.row(
          group.id().isRoot() ? "0 (root)" : group.id(),
          group.id().isRoot() ? "-" : ranges(shards),
          group.id().isRoot() ? 0 : shards.size(),
          group.replicas().stream().map(ShardCommand::show).collect(Collectors.joining(" ")));
    }
    groups.print(streams.out());
    streams.out().println();
    TextTable nodes = new TextTable("NODE", "ZONE", "CLIENT", "PEER", "RAFT");
    for (Node node : map.nodes()) {
      nodes.row(
          node.id(),
          node.zone().isEmpty() ? "-" : node.zone(),
          node.clientEndpoints().stream().map(Object::toString).collect(Collectors.joining(",")),
          node.peer(),
          node.raft());
    }
    nodes.print(streams.out());
  }

  private static String show(Replica replica) {
    return replica.isVoter() ? replica.node().value() : replica.node() + "(listener)";
  }

  /// `0-42,44`.
  private static String ranges(List<ShardId> shards) {
    List<String> ranges = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < shards.size(); i++) {
      boolean runEnds =
          i + 1 == shards.size() || shards.get(i + 1).value() != shards.get(i).value() + 1;
      if (runEnds) {
        ranges.add(from == i ? shards.get(i).toString() : shards.get(from) + "-" + shards.get(i));
        from = i + 1;
      }
    }
    return String.join(",", ranges);
  }

  private void printJson(ShardMap map) {
    Json.print(
        streams.out(),
        json -> {
          json.beginObject().name("cluster").value(map.clusterId());
          json.name("epoch").value(map.epoch().value());
          json.name("groups").beginArray();
          for (ShardGroup group : map.groups()) {
            json.beginObject().name("group").value(group.id().value());
            json.name("shards").beginArray();
            for (ShardId shard :
                group.id().isRoot() ? List.<ShardId>of() : map.shardsOf(group.id())) {
              json.value(shard.value());
            }
            json.endArray().name("replicas").beginArray();
            for (Replica replica : group.replicas()) {
              json.beginObject().name("node").value(replica.node().value());
              json.name("listener").value(!replica.isVoter()).endObject();
            }
            json.endArray().endObject();
          }
          json.endArray().name("nodes").beginArray();
          for (Node node : map.nodes()) {
            json.beginObject().name("node").value(node.id().value());
            json.name("zone").value(node.zone());
            json.name("client").value(node.clientEndpoints().get(0).toString());
            json.name("peer").value(node.peer().toString());
            json.name("raft").value(node.raft().toString()).endObject();
          }
          json.endArray().endObject();
        });
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
    ShardMap map;
    try (VxClient client = connection.open()) {
      map = client.shardMap();
    }
    ShardId shard = ShardHash.shardOf(namespace.name(), wanted.toArray());
    ShardGroupId group = map.groupOf(shard);
    List<String> nodes = map.nodesOf(group).stream().map(node -> node.id().value()).toList();
    String leader = Placement.preferredLeader(map.group(group)).value();
    if (output.isJson()) {
      Json.print(
          streams.out(),
          json -> {
            json.beginObject().name("shard").value(shard.value());
            json.name("group").value(group.value()).name("nodes").beginArray();
            for (String node : nodes) {
              json.value(node);
            }
            json.endArray().name("preferred_leader").value(leader).endObject();
          });
    } else {
      new TextTable("SHARD", "GROUP", "PREFERRED LEADER", "REPLICAS")
          .row(shard, group, leader, String.join(" ", nodes))
          .print(streams.out());
    }
    return ExitCode.OK;
  }
}
