package io.vxmeta.raft.console;

import io.vxmeta.raft.peer.PeerLinks.Connection;
import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.shardmap.Endpoint;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.Placement;
import io.vxmeta.shardmap.ShardMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/// A cluster of three nodes and four groups, of which the first node holds one replica.
final class Scenes {
  static final NodeId SELF = new NodeId("node-1");

  /// What an operator may write, and what would be markup.
  static final String ZONE = "</script><img src=x onerror=\"alert(1)\">\u2028&\n";

  private Scenes() {}

  static ShardMap map() {
    List<Node> nodes =
        IntStream.rangeClosed(1, 3)
            .mapToObj(number -> {
              Endpoint at = new Endpoint("host-" + number, 7401);
              return new Node(new NodeId("node-" + number), ZONE, List.of(at), at, at);
            })
            .toList();
    return Placement.initial("scene", nodes, 4, 3);
  }

  static Known known(
      Replica replica, Supplier<Optional<ShardMap>> map, Function<NodeId, Connection> connection) {
    return new Known(
        SELF,
        map,
        Map.of(replica.group(), replica),
        connection,
        new Known.UnderWay(Set::of, () -> Set.of(replica.group()), Set::of));
  }
}
