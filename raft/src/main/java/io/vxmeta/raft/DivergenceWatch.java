package io.vxmeta.raft;

import io.vxmeta.raft.peer.PeerDigests;
import io.vxmeta.raft.ratis.IndexDigest;
import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.raft.recover.Divergence;
import io.vxmeta.shardmap.NodeId;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Compares this node's replicas with the others' at equal log indexes, and stops the node if its
/// own is the wrong one.
final class DivergenceWatch {
  /* Threads: `compare` on the sweeper; answers come on threads of gRPC.
   * A replica that a majority contradicts is marked and the process stops: a crash is repaired, a wrong state is not. The
   *   next start sets its snapshots aside and takes the state from the log or from another replica. Where no majority agrees
   *   nobody can tell who is right: an error is logged and counted, and an operator must look.
   */
  static final long EVERY_MS = 10_000;

  private static final Logger LOG = LoggerFactory.getLogger(DivergenceWatch.class);

  private final Collection<? extends Replica> replicas;
  private final PeerDigests peers;
  private final WrongState wrong;
  private final Runnable onFound;

  DivergenceWatch(
      Collection<? extends Replica> replicas,
      PeerDigests peers,
      WrongState wrong,
      Runnable onFound) {
    this.replicas = replicas;
    this.peers = peers;
    this.wrong = wrong;
    this.onFound = onFound;
  }

  void compare() {
    replicas.forEach(this::compare);
  }

  private void compare(Replica replica) {
    Set<NodeId> voters = replica.voters();
    List<CompletableFuture<List<IndexDigest>>> answers =
        voters.stream()
            .filter(node -> !node.equals(replica.node()))
            .map(node -> peers.of(node, replica.group()))
            .toList();
    var _ =
        CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
            .thenRun(() -> {
              List<List<IndexDigest>> others =
                  answers.stream().map(CompletableFuture::join).toList();
              judge(replica, Divergence.of(replica.digests(), others, voters.size()));
            });
  }

  private void judge(Replica replica, Divergence divergence) {
    if (divergence.anybodyAt().isEmpty()) {
      return;
    }
    onFound.run();
    int group = replica.group().value();
    long at = divergence.anybodyAt().getAsLong();
    if (divergence.selfAt().isEmpty()) {
      LOG.error(
          "replicas of a group have different states: group={} index={}; this one is not known to be the wrong one, see vxctl digest",
          group,
          at);
      return;
    }
    wrong.stop(
        replica,
        "this replica's state differs from the majority's: group=" + group + " index=" + at);
  }
}
