package io.vxmeta.chaos.nemesis;

import io.vxmeta.chaos.seeded.FailPoints;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.time.Duration;

/// A node's visit to a fail point: ordered, and perhaps made.
///
/// @param hitsBefore orders it had carried out before
record Visit(Battlefield field, NodeId node, FailPoints.Order order, int hitsBefore) {
  private static final Duration LOOK_EVERY = Duration.ofMillis(50);

  /// Arms the point.
  static Visit plan(Battlefield field, NodeId node, FailPoints.Order order) throws IOException {
    Visit visit =
        new Visit(field, node, order, FailPoints.hits(field.cluster().folder(node)).size());
    FailPoints.arm(field.cluster().folder(node), order);
    return visit;
  }

  boolean isMade() throws IOException {
    return FailPoints.hits(field.cluster().folder(node)).size() > hitsBefore;
  }

  void await(Duration patience) throws IOException, InterruptedException {
    boolean _ = new Lookout(patience, LOOK_EVERY).sees(this::isMade);
  }

  /// Takes the order back, unless the node has taken it; one that has keeps it as long as it runs.
  void callOff() throws IOException {
    FailPoints.disarm(field.cluster().folder(node));
  }
}
