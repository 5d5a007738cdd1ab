package io.vxmeta.client.cli;

import com.google.gson.stream.JsonWriter;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.Replica;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.shardmap.ShardMap;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// A shard map as people and programs read it.
final class ShardMapListing {

  private ShardMapListing() {}

  static Listing of(ShardMap map) {
    return Listing.of("group", json -> write(json, map))
        .rowsAt("groups")
        .line("cluster " + map.clusterId() + ", epoch " + map.epoch())
        .line("")
        .table(groups(map))
        .line("")
        .table(nodes(map))
        .named(map.groups().stream().map(group -> group.id().toString()).toList());
  }

  private static TextTable groups(ShardMap map) {
    TextTable groups =
        new TextTable("GROUP", "SHARDS", "COUNT", "REPLICAS (preferred leader first)");
    for (ShardGroup group : map.groups()) {
      List<ShardId> shards = shards(map, group);
      groups.row(
          group.id().isRoot() ? "0 (root)" : group.id(),
          shards.isEmpty() ? "-" : ranges(shards),
          shards.size(),
          replicas(group));
    }
    return groups;
  }

  private static TextTable nodes(ShardMap map) {
    TextTable nodes = new TextTable("NODE", "ZONE", "CLIENT", "PEER", "RAFT");
    for (Node node : map.nodes()) {
      nodes.row(
          node.id(),
          node.zone().isEmpty() ? "-" : node.zone(),
          node.clientEndpoints().stream().map(Object::toString).collect(Collectors.joining(",")),
          node.peer(),
          node.raft());
    }
    return nodes;
  }

  private static List<ShardId> shards(ShardMap map, ShardGroup group) {
    return group.id().isRoot() ? List.of() : map.shardsOf(group.id());
  }

  /// Names, the preferred leader first.
  static String replicas(ShardGroup group) {
    return group.replicas().stream()
        .map(replica -> replica.isVoter() ? replica.node().value() : replica.node() + "(listener)")
        .collect(Collectors.joining(" "));
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

  private static void write(JsonWriter json, ShardMap map) throws IOException {
    json.beginObject().name("cluster").value(map.clusterId());
    json.name("epoch").value(map.epoch().value());
    json.name("groups").beginArray();
    for (ShardGroup group : map.groups()) {
      json.beginObject().name("group").value(group.id().value());
      json.name("shards").beginArray();
      for (ShardId shard : shards(map, group)) {
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
  }
}
