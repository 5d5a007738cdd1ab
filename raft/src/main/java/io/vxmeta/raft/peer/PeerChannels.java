package io.vxmeta.raft.peer;

import io.grpc.ManagedChannel;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/// This node's lines to all other nodes of the cluster, which come and go.
public final class PeerChannels implements AutoCloseable {
  /* Threads: `follow` on one at a time; the view from any. A channel that goes is shut down, so what is under way on it fails and is
   *   asked again elsewhere. */

  private final NodeId self;
  private final Function<Node, ManagedChannel> connect;
  private final Map<NodeId, ManagedChannel> open = new ConcurrentHashMap<>();
  private final Map<NodeId, ManagedChannel> view = Collections.unmodifiableMap(open);

  public PeerChannels(NodeId self, Function<Node, ManagedChannel> connect) {
    this.self = self;
    this.connect = connect;
  }

  /// Those of now, at any time.
  public Map<NodeId, ManagedChannel> view() {
    return view;
  }

  /// Has a line to each of these nodes but itself, and to no other.
  public void follow(Collection<Node> nodes) {
    Map<NodeId, Node> others =
        nodes.stream()
            .filter(node -> !node.id().equals(self))
            .collect(Collectors.toMap(Node::id, Function.identity()));
    others.forEach((id, node) -> open.computeIfAbsent(id, _ -> connect.apply(node)));
    open.forEach((id, channel) -> {
      if (!others.containsKey(id)) {
        open.remove(id);
        channel.shutdownNow();
      }
    });
  }

  @Override
  public void close() {
    open.values().forEach(ManagedChannel::shutdownNow);
  }
}
