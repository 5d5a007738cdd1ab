package io.vxmeta.raft.peer;

import io.grpc.ManagedChannel;
import io.vxmeta.shardmap.Epoch;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardMap;
import java.util.Collections;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// This node's lines to all other nodes of the cluster, which come and go.
public final class PeerChannels implements AutoCloseable {
  /* Threads: `follow` on one at a time; the view from any. A channel that goes is shut down, so what is under way on it fails and is
   *   asked again elsewhere. A name is never another node's, so a line that has gone does not come back: maps are followed in the
   *   order of their epochs, also while a replica of the root group that was opened anew reads its log again.
   * One node with an address that is none must not keep this one from the others.
   */
  private static final Logger LOG = LoggerFactory.getLogger(PeerChannels.class);

  private final NodeId self;
  private final Function<Node, ManagedChannel> connect;
  private final Map<NodeId, ManagedChannel> open = new ConcurrentHashMap<>();
  private final Map<NodeId, ManagedChannel> view = Collections.unmodifiableMap(open);
  private final Set<NodeId> unreachable = new HashSet<>();
  private Epoch followed = new Epoch(0);

  public PeerChannels(NodeId self, Function<Node, ManagedChannel> connect) {
    this.self = self;
    this.connect = connect;
  }

  /// Those of now, at any time.
  public Map<NodeId, ManagedChannel> view() {
    return view;
  }

  /// Has a line to each node of a map but itself, and to no other; does nothing if it followed a
  /// newer map before.
  public void follow(ShardMap map) {
    if (followed.isNewerThan(map.epoch())) {
      return;
    }
    followed = map.epoch();
    Map<NodeId, Node> others =
        map.nodes().stream()
            .filter(node -> !node.id().equals(self))
            .collect(Collectors.toMap(Node::id, Function.identity()));
    others.values().stream().filter(node -> !open.containsKey(node.id())).forEach(this::connect);
    open.forEach((id, channel) -> {
      if (!others.containsKey(id)) {
        open.remove(id);
        channel.shutdownNow();
      }
    });
  }

  private void connect(Node node) {
    try {
      open.put(node.id(), connect.apply(node));
    } catch (IllegalArgumentException noAddress) {
      if (unreachable.add(node.id())) {
        LOG.warn(
            "no line to a node, because its address can not be used: node={} peer={} reason={}",
            node.id(),
            node.peer(),
            noAddress.toString());
      }
    }
  }

  @Override
  public void close() {
    open.values().forEach(ManagedChannel::shutdownNow);
  }
}
