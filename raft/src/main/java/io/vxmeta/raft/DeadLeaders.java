package io.vxmeta.raft;

import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.raft.ratis.Replica.RaftRole;
import io.vxmeta.shardmap.Endpoint;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Has groups elect at once when their leader's process is gone, and not after an election timeout.
final class DeadLeaders {
  /* Threads: `look` on the sweeper. Asking a machine, and standing for election, may wait for the network and the disk, so both are done
   *   on `background`; of the first one at a time for each node.
   * Evidence: this node's line to the leader has broken, and the leader's machine refuses a connection to its port of Raft, so nobody
   *   listens there any more. A process that stands still, a machine without power and a cut line refuse nothing: as before, the
   *   election timeout decides.
   * Safety: when somebody stands for election decides nothing. Votes go by term and log as ever, so a suspicion that is wrong (a firewall
   *   that refuses in the leader's name, a name that leads to another machine) costs the group an election. It costs one only: this node
   *   stands against a leader once, until its line to it has been there again.
   * Of the voters that are left one stands at once; if it is gone as well, each next a turn later, in an order that differs from group to
   *   group: else they would split the votes. Who has missed entries may come first, and lose; then the election timeout decides.
   */

  /// As long as an election takes on a busy machine.
  static final long TURN_MS = 250;

  /// Looks without a line in each of which is asked: half a minute, as long as a node may take to
  /// stop. Later a question is asked in one of so many looks.
  static final int ASKED_OFTEN = 600;

  static final int LOOKS_BETWEEN = 20;

  private static final int CONNECT_TIMEOUT_MS = 500;

  /// A connection that times out is a `ConnectException` as well.
  private static final String REFUSED = "Connection refused";

  private static final Logger LOG = LoggerFactory.getLogger(DeadLeaders.class);

  private final Collection<? extends Replica> replicas;
  private final Predicate<NodeId> hasLine;
  private final Predicate<NodeId> refuses;
  private final Runnable onStood;
  private final Executor background;
  private final LongSupplier nanoClock;
  private final Set<NodeId> underWay = ConcurrentHashMap.newKeySet();
  private final Map<NodeId, Integer> looks = new HashMap<>();
  private final Map<NodeId, Long> deadSince = new ConcurrentHashMap<>();
  private final Set<Stand> stands = new HashSet<>();

  private record Stand(ShardGroupId group, NodeId leader) {}

  /// @param replicas of this node, a live view
  /// @param hasLine whether a connection to a node is there; if not, one is begun
  /// @param refuses asks a node's machine, which may take a while, whether nobody listens there
  /// @param onStood called each time that this node stands
  /// @param nanoClock when a node was found dead, and how long ago that is
  DeadLeaders(
      Collection<? extends Replica> replicas,
      Predicate<NodeId> hasLine,
      Predicate<NodeId> refuses,
      Runnable onStood,
      Executor background,
      LongSupplier nanoClock) {
    this.replicas = replicas;
    this.hasLine = hasLine;
    this.refuses = refuses;
    this.onStood = onStood;
    this.background = background;
    this.nanoClock = nanoClock;
  }

  /// Called some twenty times a second: that is how soon a death is seen.
  void look() {
    stands.removeIf(stand -> hasLine.test(stand.leader()));
    Map<Replica, NodeId> leaders = new HashMap<>();
    replicas.forEach(replica -> followed(replica).ifPresent(node -> leaders.put(replica, node)));
    Set<NodeId> lost = new HashSet<>(leaders.values());
    lost.removeIf(hasLine);
    deadSince.keySet().retainAll(lost);
    looks.keySet().retainAll(lost);
    lost.stream().filter(node -> !deadSince.containsKey(node)).forEach(this::ask);
    leaders.forEach((replica, leader) -> {
      Long since = deadSince.get(leader);
      if (since != null) {
        standInTurn(replica, leader, nanoClock.getAsLong() - since);
      }
    });
  }

  /// Empty as well for a replica that has no vote: Ratis closes one that stands all the same.
  private static Optional<NodeId> followed(Replica replica) {
    boolean follows =
        replica.alive()
            && replica.role() == RaftRole.FOLLOWER
            && replica.voters().contains(replica.node());
    return follows ? replica.leader() : Optional.empty();
  }

  private void standInTurn(Replica replica, NodeId leader, long deadForNanos) {
    if (deadForNanos >= TimeUnit.MILLISECONDS.toNanos(turn(replica, leader))
        && stands.add(new Stand(replica.group(), leader))) {
      stand(replica, leader, replica.term());
    }
  }

  /// Again and again as long as the line is not there: a process that dies closes one thing after
  /// the other.
  private void ask(NodeId leader) {
    int look = looks.merge(leader, 1, Integer::sum);
    boolean due = look <= ASKED_OFTEN || look % LOOKS_BETWEEN == 0;
    if (!due || !underWay.add(leader)) {
      return;
    }
    execute(
        () -> {
          try {
            if (refuses.test(leader)) {
              deadSince.put(leader, nanoClock.getAsLong());
            }
          } catch (RuntimeException e) {
            LOG.warn("cannot ask whether a leader is gone: node={}", leader.value(), e);
          } finally {
            underWay.remove(leader);
          }
        },
        () -> underWay.remove(leader));
  }

  /// Whether a machine says that nobody listens there. Waits half a second at most, and for the
  /// name of the host.
  static boolean refuses(Endpoint at) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(at.host(), at.port()), CONNECT_TIMEOUT_MS);
      return false;
    } catch (ConnectException refused) {
      return String.valueOf(refused.getMessage()).startsWith(REFUSED);
    } catch (IOException silent) {
      return false;
    }
  }

  /// When this node stands, after its leader was found dead.
  private static long turn(Replica replica, NodeId leader) {
    List<NodeId> left =
        replica.voters().stream().filter(node -> !node.equals(leader)).sorted().toList();
    int place = left.indexOf(replica.node());
    return Math.floorMod(place + replica.group().value(), Math.max(1, left.size())) * TURN_MS;
  }

  /// What was true when it was decided may not be when there is a thread for it; without one, the
  /// election timeout decides.
  private void stand(Replica replica, NodeId leader, long term) {
    execute(
        () -> {
          try {
            boolean still =
                replica.term() == term
                    && followed(replica).filter(leader::equals).isPresent()
                    && !hasLine.test(leader);
            if (still && replica.standInsteadOf(leader)) {
              onStood.run();
              LOG.warn(
                  "the leader's process is gone, this node stands for election: group={} leader={} term={}",
                  replica.group().value(),
                  leader.value(),
                  term);
            }
          } catch (RuntimeException closing) {
            LOG.warn("cannot stand for election: group={}", replica.group().value(), closing);
          }
        },
        () -> {});
  }

  private void execute(Runnable work, Runnable otherwise) {
    try {
      background.execute(work);
    } catch (RejectedExecutionException busy) {
      otherwise.run();
    }
  }
}
