package io.vxmeta.raft;

import io.vxmeta.raft.peer.PeerService;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/// Says, for initial members that start for the first time, under which data directory this node
/// met them first.
final class Witness implements PeerService.Acquaintances {
  /* FirstStart counts on witnesses that were there from the beginning, so a node that joined later is none: it never met those
   *   that began the cluster. And what the root group says of a name goes before what this node met: a node that joined
   *   introduced itself there, and to nobody else.
   * Where the cluster had been formed before this start, only what is kept on the disk is told until the root group was read: it can
   *   be without whoever starts for the first time. Before that nothing is waited for, because the root group may lack
   *   the very node that asks.
   */
  private final NodeConfig config;
  private final NodeDirectory directory;
  private final Function<NodeId, Optional<String>> admitted;
  private final boolean wasFormed;
  private final BooleanSupplier rootIsKnown;

  /// @param admitted under which incarnation the root group admitted a name, if it did
  /// @param wasFormed whether this node had seen a map of the cluster before it started
  /// @param rootIsKnown whether it has seen the root group's map since
  Witness(
      NodeConfig config,
      NodeDirectory directory,
      Function<NodeId, Optional<String>> admitted,
      boolean wasFormed,
      BooleanSupplier rootIsKnown) {
    this.config = config;
    this.directory = directory;
    this.admitted = admitted;
    this.wasFormed = wasFormed;
    this.rootIsKnown = rootIsKnown;
  }

  @Override
  public String meet(NodeId node, Optional<NodeId> asked, String incarnation) throws IOException {
    if (asked.filter(other -> !other.equals(config.self())).isPresent()) {
      throw new IllegalArgumentException(
          "expected a question to this node; node=" + config.self() + " asked=" + asked.get());
    }
    if (config.joins()) {
      throw new IllegalArgumentException(
          "this node joined the cluster later and knows nobody from its beginning; node="
              + config.self()
              + "; a new node joins as well: `join` in its configuration");
    }
    if (config.self().equals(node)
        || config.nodes().stream().map(Node::id).noneMatch(node::equals)) {
      throw new IllegalArgumentException(
          "expected another initial member of this cluster; node="
              + node
              + " nodes="
              + config.nodes().stream().map(Node::id).toList());
    }
    Optional<String> joined = admitted.apply(node);
    if (joined.isPresent()) {
      return joined.get();
    }
    if (wasFormed && !rootIsKnown.getAsBoolean()) {
      return directory.met(node).orElseThrow(() -> new IOException("it is starting; ask again"));
    }
    return directory.meet(node, incarnation);
  }
}
