package io.vxmeta.chaos.nemesis;

import io.vxmeta.chaos.cluster.Cluster;
import io.vxmeta.chaos.cluster.NodeStopped;
import io.vxmeta.chaos.cluster.Surroundings;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.util.List;

/// A claimed node that runs in strange surroundings until it is mended.
final class Relaunch {
  private final Battlefield field;
  private final Cluster cluster;
  private final NodeId node;

  Relaunch(Battlefield field, NodeId node) {
    this.field = field;
    this.cluster = field.cluster();
    this.node = node;
  }

  NodeId node() {
    return node;
  }

  /// Kills the node and starts it in these surroundings; returns when it is ready, or, where they
  /// are too hard for that, when it has ended.
  void into(Surroundings strange) throws IOException, InterruptedException {
    cluster.kill(node);
    surround(strange);
    cluster.launch(node);
    try {
      cluster.awaitReady(node);
    } catch (NodeStopped tooHard) {
      cluster.kill(node);
    }
  }

  /// Kills what is left of it, starts it as usual, and adds whether it bit.
  Evidence back(boolean bit, String facts) throws IOException, InterruptedException, NodeStopped {
    if (cluster.isRunning(node)) {
      cluster.kill(node);
    }
    surround(Surroundings.USUAL);
    Downtime downtime = new Downtime(field, List.of(node));
    downtime.note(bit, node + " " + facts);
    return downtime.back();
  }

  private void surround(Surroundings surroundings) {
    cluster
        .launches()
        .orElseThrow(
            () -> new IllegalStateException("ask impossibleOn() first: starts can not be changed"))
        .surround(node, surroundings);
  }
}
