package io.vxmeta.chaos.nemesis;

import io.vxmeta.chaos.seeded.FailPoints;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// A node's visit to a fail point: ordered, and perhaps made.
///
/// @param hitsBefore orders it had carried out before
record Visit(Battlefield field, NodeId node, FailPoints.Order order, int hitsBefore) {
  private static final long LOOK_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

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

  void await(Duration patience) throws IOException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (!isMade() && System.nanoTime() < deadline) {
      LockSupport.parkNanos(LOOK_EVERY_NANOS);
    }
  }

  /// Ends the node, and with it the order that it may have taken.
  void callOff() throws IOException {
    FailPoints.disarm(field.cluster().folder(node));
    field.cluster().kill(node);
  }
}
