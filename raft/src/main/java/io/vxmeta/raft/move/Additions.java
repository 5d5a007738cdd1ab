package io.vxmeta.raft.move;

import io.vxmeta.raft.ratis.RaftHost;
import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Voters that this node's replicas, as leaders, are about to add.
final class Additions {
  /* Threads: any.
   * Ratis ends an addition when the newcomer has the log, when it is silent for ten seconds, or when the leader is none any more;
   *   and it hands no lead over meanwhile. A newcomer that answers and never gets anywhere would keep an order that was
   *   called off from its end for ever, so the leader steps down, once for each addition.
   */
  private static final Duration STEP_DOWN_WITHIN = Duration.ofSeconds(2);
  private static final Logger LOG = LoggerFactory.getLogger(Additions.class);

  private enum State {
    WANTED,
    CALLED_OFF
  }

  private final Map<ShardGroupId, State> underWay = new ConcurrentHashMap<>();

  /// The future ends with why nobody was added, and empty if the newcomer was.
  ///
  /// @param voters of now
  CompletableFuture<Optional<String>> begin(
      Replica replica, Set<NodeId> voters, RaftHost.Peer newcomer) {
    underWay.put(replica.group(), State.WANTED);
    // Composed, so that what is thrown at once ends it like what fails later.
    return CompletableFuture.completedFuture(newcomer)
        .thenCompose(peer -> replica.addVoter(voters, peer))
        .whenComplete((_, _) -> underWay.remove(replica.group()));
  }

  /// Ends what is under way, if anything is.
  void callOff(Replica replica) {
    if (underWay.replace(replica.group(), State.WANTED, State.CALLED_OFF)) {
      LOG.info(
          "giving the lead up, so that the addition of a voter ends that was called off: group={}",
          replica.group().value());
      var _ =
          replica
              .stepDown(STEP_DOWN_WITHIN)
              .whenComplete((kept, problem) -> {
                if (problem != null || kept.isPresent()) {
                  LOG.warn(
                      "the lead was not given up: group={} reason={}",
                      replica.group().value(),
                      problem != null ? problem.toString() : kept.get());
                  underWay.replace(replica.group(), State.CALLED_OFF, State.WANTED);
                }
              });
    }
  }
}
