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

  /// Kills the node and starts it in these surroundings; returns when it is ready. Where that fails
  /// it is put back where it was, and started there.
  void into(Surroundings strange) throws IOException, InterruptedException, NodeStopped {
    boolean _ =
        downtime.inflict(
            () -> {
              launchIn(strange);
              cluster.awaitReady(node);
              return true;
            },
            this::leave);
  }

  /// The same where surroundings may be too hard: the node may end in them with one of these codes.
  /// False: it did not get ready.
  boolean intoHardship(Surroundings strange, Integer... codes)
      throws IOException, InterruptedException, NodeStopped {
    return downtime.inflict(
        () -> {
          launchIn(strange);
          downtime.allow(node, codes);
          return survives();
        },
        this::leave);
  }

  private boolean survives() throws InterruptedException {
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

  private void leave() {
    surround(Surroundings.USUAL);
    boolean _ = downtime.killAgain(node);
  }

  /// Asks whether it bit, kills what is left of the node, and starts it as usual.
  Evidence back(Downtime.Act<Evidence> proof)
      throws IOException, InterruptedException, NodeStopped {
    return downtime.backAfter(
        () -> {
          Evidence proven = proof.perform();
          downtime.note(new Evidence(proven.bit(), node + " " + proven.facts(), proven.misdeeds()));
        },
        this::leave);
  }

  private void surround(Surroundings surroundings) {
    cluster
        .launches()
        .orElseThrow(
            () -> new IllegalStateException("ask impossibleOn() first: starts can not be changed"))
        .surround(node, surroundings);
  }
}
