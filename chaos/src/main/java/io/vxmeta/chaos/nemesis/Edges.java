package io.vxmeta.chaos.nemesis;

import static io.vxmeta.chaos.nemesis.FaultFamily.FAIL_POINT;

import io.vxmeta.chaos.cluster.ClusterView;
import io.vxmeta.chaos.cluster.NodeStopped;
import io.vxmeta.chaos.seeded.FailPoint;
import io.vxmeta.chaos.seeded.FailPoints;
import io.vxmeta.client.CallFailed;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroup;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/// Nodes that die, see their disk fail or linger exactly at an edge of durability.
final class Edges {
  /* The seed chooses node and edge. The edge is armed in the node, and what leads there (a snapshot, an election) is asked for until
   * the node has written down that it was there: that is the evidence. A node that never came there is killed, so that no order
   * outlives its fault. */

  /// A busy cluster comes to every edge within it.
  private static final Duration PATIENCE = Duration.ofSeconds(40);

  /// After an error a node that means to stop has done so.
  private static final Duration SECOND_THOUGHTS = Duration.ofSeconds(1);

  /// Where other faults keep everybody from answering, no more is asked.
  private static final Duration LEAVING = Duration.ofSeconds(20);

  private static final int QUIET_MS_MOST = 300;

  /// Elections cost more than snapshots, so one is asked for less often.
  private static final int ELECTION_QUIET_MS_MOST = 1_500;

  /// Edges on the errand of every write are passed many times before the one that counts.
  private static final int TOUCHES_MOST = 50;

  /// Elections leave entries that are not applied by us, and a snapshot may be taken after the node
  /// was asked: with a quarter of what it said it is not through.
  private static final int REPLAY_LEAST = 4;

  private static final int HOLD_MS_LEAST = 200;
  private static final int HOLD_MS_MOST = 3_000;

  /// Elections that leave a victim's log behind, and snapshots that let the others purge theirs.
  private static final int ROUNDS = 2;

  private static final Set<FailPoint> LOG =
      EnumSet.range(FailPoint.BEFORE_LOG_APPEND, FailPoint.AFTER_LOG_PURGE);
  private static final Set<FailPoint> VOTE =
      EnumSet.range(FailPoint.BEFORE_VOTE, FailPoint.AFTER_VOTE);
  private static final Set<FailPoint> APPLY =
      EnumSet.range(FailPoint.BEFORE_APPLY, FailPoint.AFTER_APPLY);
  private static final Set<FailPoint> CUT =
      EnumSet.range(FailPoint.BEFORE_CUT, FailPoint.AFTER_SNAPSHOT_DELETE);
  private static final Set<FailPoint> INSTALL =
      EnumSet.range(FailPoint.BEFORE_CHUNK, FailPoint.AFTER_RELOAD);

  /// Where the node is about to use its disk.
  private static final Set<FailPoint> DISK =
      EnumSet.of(
          FailPoint.BEFORE_LOG_APPEND,
          FailPoint.BEFORE_LOG_FSYNC,
          FailPoint.BEFORE_SEGMENT_COPY,
          FailPoint.BEFORE_SNAPSHOT_FSYNC,
          FailPoint.BEFORE_RENAME);

  /// A node that can not write its log must stop; one that can not take a snapshot may go on.
  private static final Set<FailPoint> FATAL =
      EnumSet.of(FailPoint.BEFORE_LOG_APPEND, FailPoint.BEFORE_LOG_FSYNC);

  private static final Set<FailPoint> HELD = EnumSet.complementOf(EnumSet.copyOf(INSTALL));

  private Edges() {}

  static List<Fault> all() {
    return List.of(
        dying("die-in-log", "when the log is appended to, flushed, rolled or purged", LOG),
        dying("die-in-vote", "when its term and vote are stored", VOTE),
        dying("die-in-apply", "when an entry is applied", APPLY),
        dying("die-in-snapshot", "at an edge between cutting a snapshot and deleting one", CUT),
        fault(
            "die-in-install",
            "one node dies when it takes over a snapshot that it fetched",
            Edges::dieInstalling),
        fault(
            "die-in-replay",
            "one node is killed, and dies again while it applies its log anew after its start",
            Edges::dieReplaying),
        fault(
            "disk-error-at-edge",
            "one write, flush or rename of one node fails; at the log it must stop itself",
            Edges::fail),
        fault(
            "hold-at-edge", "one node lingers at an edge of durability, 0.2 to 3 s", Edges::hold));
  }

  private static Fault fault(String name, String summary, Recipe.Blow blow) {
    return new Recipe(name, FAIL_POINT, summary, Needs.FAIL_POINTS, blow);
  }

  private static Fault dying(String name, String when, Set<FailPoint> points) {
    return fault(
        name,
        "one node dies " + when,
        (field, random) ->
            at(field, random, any(points, random), new FailPoints.Halt(), Edges::seeDeath));
  }

  private static FailPoint any(Set<FailPoint> points, Random random) {
    return List.copyOf(points).get(random.nextInt(points.size()));
  }

  private static Optional<Injury> fail(Battlefield field, Random random) throws IOException {
    return at(field, random, any(DISK, random), new FailPoints.Throw(), Edges::seeError);
  }

  private static Optional<Injury> hold(Battlefield field, Random random) throws IOException {
    int millis = random.nextInt(HOLD_MS_LEAST, HOLD_MS_MOST + 1);
    return at(field, random, any(HELD, random), new FailPoints.Pause(millis), Edges::seeHold);
  }

  /// What is left to see of a node that was at its edge.
  private interface Aftermath {
    void see(Visit visit, Downtime downtime) throws IOException, InterruptedException;
  }

  /// How a node may end that has such an order: as the order says; held up, not at all.
  private static Integer[] ends(FailPoints.Action action) {
    return switch (action) {
      case FailPoints.Halt _ -> new Integer[] {FailPoints.HALTED};
      case FailPoints.Throw _ -> new Integer[] {Downtime.FAIL_STOP};
      case FailPoints.Pause _ -> new Integer[0];
      case FailPoints.Fill _ -> new Integer[] {Downtime.FAIL_STOP};
    };
  }

  private static void seeDeath(Visit visit, Downtime downtime)
      throws IOException, InterruptedException {
    boolean ended = downtime.hasEnded(visit.node(), PATIENCE);
    downtime.note(ended, "ended=" + ended);
  }

  private static void seeError(Visit visit, Downtime downtime)
      throws IOException, InterruptedException {
    boolean mustStop = FATAL.contains(visit.order().point());
    boolean ended = downtime.hasEnded(visit.node(), mustStop ? PATIENCE : SECOND_THOUGHTS);
    if (mustStop && !ended) {
      downtime.misdeed(
          "%s went on for %s after its log could not be written: %s"
              .formatted(visit.node(), PATIENCE, visit.order()));
    }
  }

  /// To the end of the hold, so that a death of it is not taken for another's.
  private static void seeHold(Visit visit, Downtime downtime)
      throws IOException, InterruptedException {
    if (visit.order().action() instanceof FailPoints.Pause hold) {
      boolean _ = downtime.hasEnded(visit.node(), Duration.ofMillis(hold.millis()));
    }
  }

  private static Optional<Injury> at(
      Battlefield field,
      Random random,
      FailPoint point,
      FailPoints.Action action,
      Aftermath aftermath)
      throws IOException {
    Optional<NodeId> victim = field.claim(random);
    if (victim.isEmpty()) {
      return Optional.empty();
    }
    Errand errand = Errand.to(point);
    int touch = errand == Errand.TRAFFIC ? 1 + random.nextInt(TOUCHES_MOST) : 1;
    Downtime downtime = new Downtime(field, List.of(victim.get()));
    downtime.allow(victim.get(), ends(action));
    Visit visit = Visit.plan(field, victim.get(), new FailPoints.Order(point, action, touch));
    Repetition asking =
        Repetition.start(
            "to-" + point.place(), random, (turn, dice) -> errand.ask(turn, visit, dice));
    return Optional.of(
        new Wound(
            "%s, %s".formatted(visit.order(), visit.node()),
            () ->
                downtime.backAfter(
                    () -> visit.await(PATIENCE),
                    () -> {
                      int _ = asking.end();
                    },
                    () -> see(visit, downtime, aftermath))));
  }

  private static void see(Visit visit, Downtime downtime, Aftermath aftermath)
      throws IOException, InterruptedException {
    if (!visit.isMade()) {
      visit.callOff();
      boolean _ = downtime.killAgain(visit.node());
      downtime.note(false, "never at " + visit.order().point().place());
      return;
    }
    downtime.note(true, "hit=" + visit.order());
    aftermath.see(visit, downtime);
  }

  /// Killed, left behind until the others have purged what it lacks, and started: so it must fetch
  /// a snapshot.
  private static Optional<Injury> dieInstalling(Battlefield field, Random random)
      throws IOException, InterruptedException, NodeStopped {
    Optional<NodeId> victim = field.claim(random);
    if (victim.isEmpty()) {
      return Optional.empty();
    }
    NodeId node = victim.get();
    Downtime downtime = new Downtime(field, List.of(node));
    downtime.kill();
    return downtime.inflict(
        () -> {
          leaveBehind(field, node, random);
          Visit visit =
              Visit.plan(
                  field,
                  node,
                  new FailPoints.Order(any(INSTALL, random), new FailPoints.Halt(), 1));
          downtime.launch(node);
          downtime.allow(node, FailPoints.HALTED);
          return Optional.of(
              new Wound(
                  "%s, %s".formatted(visit.order(), node),
                  () ->
                      downtime.backAfter(
                          () -> visit.await(PATIENCE),
                          () -> see(visit, downtime, Edges::seeDeath))));
        },
        () -> FailPoints.disarm(field.cluster().folder(node)));
  }

  /// An election closes a file of the log, a snapshot lets it be purged.
  private static void leaveBehind(Battlefield field, NodeId away, Random random) {
    long deadline = System.nanoTime() + LEAVING.toNanos();
    for (int round = 0; round < ROUNDS && System.nanoTime() < deadline; round++) {
      for (ShardGroup group : field.view().dataGroups()) {
        Errand.elect(field, group, Optional.of(away), random);
      }
      for (ShardGroup group : field.view().dataGroups()) {
        for (NodeId other : ClusterView.nodes(group)) {
          if (!other.equals(away) && System.nanoTime() < deadline) {
            Errand.snapshot(field, group, other);
          }
        }
      }
    }
  }

  /// Killed with entries that its last snapshot lacks, and started: it applies them anew, and dies
  /// before it is through.
  private static Optional<Injury> dieReplaying(Battlefield field, Random random)
      throws IOException, InterruptedException, NodeStopped {
    Optional<NodeId> victim = field.claim(random);
    if (victim.isEmpty()) {
      return Optional.empty();
    }
    NodeId node = victim.get();
    long toReplay = toReplay(field, node);
    if (toReplay < REPLAY_LEAST) {
      field.release(node);
      return Optional.empty();
    }
    Downtime downtime = new Downtime(field, List.of(node));
    downtime.kill();
    long touch = 1 + random.nextLong(Math.min(TOUCHES_MOST, toReplay / REPLAY_LEAST));
    return downtime.inflict(
        () -> {
          Visit visit =
              Visit.plan(
                  field,
                  node,
                  new FailPoints.Order(FailPoint.BEFORE_APPLY, new FailPoints.Halt(), touch));
          downtime.launch(node);
          downtime.allow(node, FailPoints.HALTED);
          return Optional.of(
              new Wound(
                  "%s of at most %d to apply anew, %s".formatted(visit.order(), toReplay, node),
                  () ->
                      downtime.backAfter(
                          () -> visit.await(PATIENCE),
                          () -> see(visit, downtime, Edges::seeDeath))));
        },
        () -> FailPoints.disarm(field.cluster().folder(node)));
  }

  /// Entries that the node's replicas have applied since their snapshots, Raft's own included; 0 of
  /// a node that does not answer.
  private static long toReplay(Battlefield field, NodeId node) {
    return field.view().statuses().stream()
        .filter(status -> status.node().equals(node.value()))
        .flatMap(status -> status.replicas().stream())
        .mapToLong(replica -> replica.appliedIndex() - replica.snapshotIndex())
        .sum();
  }

  /// What leads a node to an edge.
  private enum Errand {
    TRAFFIC,
    SNAPSHOTS,
    ELECTIONS,
    BOTH;

    static Errand to(FailPoint point) {
      return switch (point) {
        case BEFORE_LOG_APPEND, AFTER_LOG_APPEND, BEFORE_LOG_FSYNC, AFTER_LOG_FSYNC -> TRAFFIC;
        case BEFORE_APPLY, IN_APPLY, AFTER_APPLY -> TRAFFIC;
        case BEFORE_LOG_ROLL, AFTER_LOG_ROLL, BEFORE_VOTE, AFTER_VOTE -> ELECTIONS;
        case BEFORE_LOG_PURGE, AFTER_LOG_PURGE -> BOTH;
        default -> SNAPSHOTS;
      };
    }

    /// Asks once, and rests; nothing more is asked once the node was there.
    void ask(Repetition turn, Visit visit, Random random) throws IOException, InterruptedException {
      if (!visit.isMade()) {
        List<ShardGroup> groups = visit.field().view().dataGroups();
        ShardGroup group = groups.get(random.nextInt(groups.size()));
        if (this == ELECTIONS || this == BOTH) {
          elect(visit.field(), group, Optional.empty(), random);
          turn.rest(random, 0, ELECTION_QUIET_MS_MOST);
        }
        if (this == SNAPSHOTS || this == BOTH) {
          snapshot(visit.field(), group, visit.node());
        }
      }
      turn.rest(random, 0, QUIET_MS_MOST);
    }

    /// By somebody else than the one who is away.
    static void elect(Battlefield field, ShardGroup group, Optional<NodeId> away, Random random) {
      List<NodeId> there =
          ClusterView.nodes(group).stream()
              .filter(node -> !away.equals(Optional.of(node)))
              .toList();
      try {
        var _ = field.view().transferLeader(group.id(), there.get(random.nextInt(there.size())));
      } catch (CallFailed refused) {
        // Asked again in the next round.
      }
    }

    static void snapshot(Battlefield field, ShardGroup group, NodeId node) {
      try {
        var _ = field.view().createSnapshot(node, group.id());
      } catch (CallFailed itDiesOverIt) {
        // That is what it is for.
      }
    }
  }
}
