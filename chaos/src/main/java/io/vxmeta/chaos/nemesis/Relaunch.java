package io.vxmeta.chaos.nemesis;

import io.vxmeta.chaos.cluster.Cluster;
import io.vxmeta.chaos.cluster.NodeStopped;
import io.vxmeta.chaos.cluster.Surroundings;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.util.List;

/// A claimed node that runs in strange surroundings until it is mended.
final class Relaunch {
  private final Cluster cluster;
  private final NodeId node;
  private final Downtime downtime;

  Relaunch(Battlefield field, NodeId node) {
    this.cluster = field.cluster();
    this.node = node;
    this.downtime = new Downtime(field, List.of(node));
  }

  NodeId node() {
    return node;
  }

  /// Kills the node and starts it in these surroundings; returns when it is ready. One that does
  /// not get ready is put back where it was, to be started again.
  void into(Surroundings strange) throws IOException, InterruptedException, NodeStopped {
    launchIn(strange);
    try {
      cluster.awaitReady(node);
    } catch (NodeStopped notReady) {
      cluster.kill(node);
      surround(Surroundings.USUAL);
      throw notReady;
    }
  }

  /// The same where surroundings may be too hard: the node may end in them with one of these codes.
  /// False: it did not get ready.
  boolean intoHardship(Surroundings strange, Integer... codes)
      throws IOException, InterruptedException {
    launchIn(strange);
    downtime.allow(node, codes);
    try {
      cluster.awaitReady(node);
      return true;
    } catch (NodeStopped tooHard) {
      boolean _ = downtime.killAgain(node);
      return false;
    }
  }

  private void launchIn(Surroundings strange) throws IOException, InterruptedException {
    boolean _ = downtime.killAgain(node);
    surround(strange);
    downtime.launch(node);
  }

  /// Kills what is left of it, starts it as usual, and adds whether it bit.
  Evidence back(boolean bit, String facts) throws IOException, InterruptedException, NodeStopped {
    boolean _ = downtime.killAgain(node);
    surround(Surroundings.USUAL);
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
