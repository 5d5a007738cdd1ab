package io.vxmeta.chaos.run;

import io.vxmeta.shardmap.Endpoint;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.Placement;
import io.vxmeta.shardmap.ShardMap;
import java.util.List;
import java.util.stream.IntStream;

/// The shard map of three nodes that are only described.
final class PaperShards {
  private PaperShards() {}

  static ShardMap withDataGroups(int groups) {
    List<Node> nodes = IntStream.rangeClosed(1, 3).mapToObj(PaperShards::node).toList();
    return Placement.initial("on-paper", nodes, groups, 3);
  }

  private static Node node(int number) {
    String host = "host-" + number;
    return new Node(
        new NodeId("node-" + number),
        "zone-" + number,
        List.of(new Endpoint(host, 7401)),
        new Endpoint(host, 7601),
        new Endpoint(host, 7501));
  }
}
