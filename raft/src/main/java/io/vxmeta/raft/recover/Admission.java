package io.vxmeta.raft.recover;

import io.vxmeta.client.CallFailed;
import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.ClusterAdmin;
import io.vxmeta.client.VxClient;
import io.vxmeta.client.grpc.ErrorReason;
import io.vxmeta.shardmap.Node;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Has a node that is new to a running cluster admitted to it.
public final class Admission implements AutoCloseable {
  /* What for: a node that lost its data must not come back empty under its old name (FirstStart says why). So the root group keeps under
   *   which incarnation, drawn when a data directory is made, a name was admitted; with another one it is refused for ever.
   * Threads: the node's main thread waits. `waiting` and `close` from any.
   */
  private static final Logger LOG = LoggerFactory.getLogger(Admission.class);
  private static final long PAUSE_FIRST_MS = 100;
  private static final long PAUSE_MAX_MS = 2_000;

  /// What time does not mend.
  private static final Set<String> FINAL =
      Set.of(ErrorReason.INVALID_REQUEST.name(), ErrorReason.LIMIT_EXCEEDED.name());

  private final String clusterId;
  private final Node self;
  private final String incarnation;
  private final ClientConfig cluster;
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile Optional<String> waiting = Optional.empty();

  /// @param cluster how its nodes are reached
  public Admission(String clusterId, Node self, String incarnation, ClientConfig cluster) {
    this.clusterId = clusterId;
    this.self = self;
    this.incarnation = incarnation;
    this.cluster = cluster;
  }

  /// Why the node does not start yet; empty when it is not waiting.
  public Optional<String> waiting() {
    return waiting;
  }

  /// Returns when the node is admitted.
  ///
  /// @throws IOException if it is refused for good, or is being stopped
  public ClusterAdmin.Admission await() throws IOException {
    long pauseMs = PAUSE_FIRST_MS;
    try (VxClient client = VxClient.connect(cluster)) {
      while (true) {
        try {
          ClusterAdmin.Admission admitted = client.admin().admitNode(clusterId, self, incarnation);
          waiting = Optional.empty();
          return admitted;
        } catch (CallFailed failed) {
          if (FINAL.contains(failed.reason())) {
            throw new IOException("the cluster does not admit this node: " + failed.text(), failed);
          }
          tell(failed);
        }
        pause(pauseMs);
        pauseMs = Math.min(2 * pauseMs, PAUSE_MAX_MS);
      }
    }
  }

  private void tell(CallFailed failed) {
    Optional<String> reason =
        Optional.of("it waits to be admitted to the cluster: " + failed.text());
    if (!reason.equals(waiting)) {
      LOG.info("joining: {}", reason.get());
    }
    waiting = reason;
  }

  private void pause(long ms) throws IOException {
    try {
      if (closed.await(ms, TimeUnit.MILLISECONDS)) {
        throw new IOException("the node was stopped before it was admitted to the cluster");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while it waited to be admitted to the cluster", e);
    }
  }

  @Override
  public void close() {
    closed.countDown();
  }
}
