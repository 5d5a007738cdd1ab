package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.raft.ratis.Replica.RaftRole;
import io.vxmeta.raft.read.ScriptedReplica;
import io.vxmeta.shardmap.Endpoint;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/// Followers stand for election when their leader's machine says that its process is gone, one
/// after the other, and for no other reason.
final class DeadLeadersTest {
  /* The scripted group is group 1: with voters a, b and the leader, b is the first to stand and a the second. */
  private static final NodeId A = new NodeId("a");
  private static final NodeId B = new NodeId("b");
  private static final NodeId LEADER = new NodeId("leader");

  private final Set<NodeId> lines = new HashSet<>(Set.of(A, B, LEADER));
  private final Set<NodeId> dead = new HashSet<>();
  private final List<NodeId> questions = new ArrayList<>();
  private int stood;
  private long nowNanos;

  private static ScriptedReplica follower(NodeId self) {
    ScriptedReplica replica = new ScriptedReplica(self);
    replica.voters = Set.of(A, B, LEADER);
    replica.leader = Optional.of(LEADER);
    replica.term = 5;
    return replica;
  }

  private DeadLeaders watch(ScriptedReplica replica) {
    return watch(replica, this::refuses, Runnable::run);
  }

  private DeadLeaders watch(
      ScriptedReplica replica, Predicate<NodeId> refuses, Executor background) {
    return new DeadLeaders(
        List.of(replica), lines::contains, refuses, () -> stood++, background, () -> nowNanos);
  }

  private boolean refuses(NodeId node) {
    questions.add(node);
    return dead.contains(node);
  }

  private void look(DeadLeaders watch, long ms) {
    nowNanos = TimeUnit.MILLISECONDS.toNanos(ms);
    watch.look();
  }

  @Test
  void nobodyIsAskedAboutWhileTheLineIsThere() {
    ScriptedReplica replica = follower(B);
    dead.add(LEADER);
    look(watch(replica), 0);
    assertEquals(List.of(), questions);
    assertEquals(List.of(), replica.stands);
  }

  @Test
  void whoRefusesNothingMayBeStandingStill() {
    ScriptedReplica replica = follower(B);
    lines.remove(LEADER);
    DeadLeaders watch = watch(replica);
    for (int i = 0; i < DeadLeaders.ASKED_OFTEN + 10 * DeadLeaders.LOOKS_BETWEEN; i++) {
      look(watch, 50L * i);
    }
    assertEquals(List.of(), replica.stands);
    assertEquals(DeadLeaders.ASKED_OFTEN + 10, questions.size());
  }

  @Test
  void theFirstStandsAtOnce() {
    ScriptedReplica replica = follower(B);
    DeadLeaders watch = watch(replica);
    lines.remove(LEADER);
    look(watch, 0);
    dead.add(LEADER);
    look(watch, 50);
    assertEquals(List.of(LEADER), replica.stands);
    assertEquals(1, stood);
  }

  /// It leads on, or again: somebody refuses in its name.
  @Test
  void nobodyStandsASecondTimeAgainstALeaderToWhomTheLineWasNotThereBetween() {
    ScriptedReplica replica = follower(B);
    DeadLeaders watch = watch(replica);
    lines.remove(LEADER);
    dead.add(LEADER);
    look(watch, 0);
    assertEquals(List.of(LEADER), replica.stands);
    replica.term = 6;
    look(watch, 5_000);
    replica.leader = Optional.of(A);
    look(watch, 10_000);
    replica.leader = Optional.of(LEADER);
    replica.term = 8;
    look(watch, 15_000);
    look(watch, 20_000);
    assertEquals(List.of(LEADER), replica.stands);
    lines.add(LEADER);
    look(watch, 25_000);
    lines.remove(LEADER);
    look(watch, 30_000);
    assertEquals(List.of(LEADER, LEADER), replica.stands);
  }

  /// When there is a thread for it, another leads, or the term is another.
  @Test
  void whatWasDecidedIsLookedAtAgainWhenItIsDone() {
    ScriptedReplica replica = follower(B);
    Queue<Runnable> waiting = new ArrayDeque<>();
    DeadLeaders watch = watch(replica, this::refuses, waiting::add);
    lines.remove(LEADER);
    dead.add(LEADER);
    look(watch, 0);
    waiting.remove().run();
    look(watch, 50);
    replica.term = 6;
    waiting.remove().run();
    assertEquals(List.of(), replica.stands);
    assertEquals(0, stood);
  }

  @Test
  void theNextWaitsForItsTurnAndStandsNotIfTheLeaderIsAnother() {
    ScriptedReplica second = follower(A);
    DeadLeaders watch = watch(second);
    lines.remove(LEADER);
    dead.add(LEADER);
    look(watch, 0);
    look(watch, DeadLeaders.TURN_MS - 1);
    assertEquals(List.of(), second.stands);
    second.leader = Optional.of(B);
    look(watch, DeadLeaders.TURN_MS);
    second.leader = Optional.of(LEADER);
    look(watch, 2 * DeadLeaders.TURN_MS);
    assertEquals(List.of(), second.stands, "found dead anew, so the turn begins anew");
    look(watch, 3 * DeadLeaders.TURN_MS);
    assertEquals(List.of(LEADER), second.stands);
  }

  @Test
  void aLineThatIsBackClearsTheLeader() {
    ScriptedReplica second = follower(A);
    DeadLeaders watch = watch(second);
    lines.remove(LEADER);
    dead.add(LEADER);
    look(watch, 0);
    lines.add(LEADER);
    dead.clear();
    look(watch, 100);
    lines.remove(LEADER);
    look(watch, 10_000);
    look(watch, 20_000);
    assertEquals(List.of(), second.stands);
  }

  @Test
  void aCandidateStandsAlready() {
    ScriptedReplica replica = follower(B);
    replica.role = RaftRole.CANDIDATE;
    lines.remove(LEADER);
    dead.add(LEADER);
    DeadLeaders watch = watch(replica);
    look(watch, 0);
    look(watch, 1_000);
    assertEquals(List.of(), replica.stands);
  }

  /// A newcomer that has the log and is not told yet that it has a vote.
  @Test
  void whoHasNoVoteStandsNot() {
    ScriptedReplica replica = follower(B);
    replica.voters = Set.of(A, LEADER);
    lines.remove(LEADER);
    dead.add(LEADER);
    DeadLeaders watch = watch(replica);
    look(watch, 0);
    look(watch, 1_000);
    assertEquals(List.of(), replica.stands);
    assertEquals(List.of(), questions);
  }

  @Test
  void aQuestionThatFailsIsAskedAgain() {
    ScriptedReplica replica = follower(B);
    lines.remove(LEADER);
    dead.add(LEADER);
    List<RuntimeException> broken = new ArrayList<>(List.of(new IllegalStateException("no map")));
    DeadLeaders watch =
        watch(
            replica,
            node -> {
              if (!broken.isEmpty()) {
                throw broken.removeFirst();
              }
              return refuses(node);
            },
            Runnable::run);
    look(watch, 0);
    assertEquals(List.of(), replica.stands);
    look(watch, 50);
    assertEquals(List.of(LEADER), replica.stands);
  }

  @Test
  void oneQuestionAtATimeIsUnderWay() {
    ScriptedReplica replica = follower(B);
    Queue<Runnable> waiting = new ArrayDeque<>();
    DeadLeaders watch = watch(replica, this::refuses, waiting::add);
    lines.remove(LEADER);
    look(watch, 0);
    look(watch, 50);
    assertEquals(1, waiting.size());
    waiting.remove().run();
    look(watch, 100);
    assertEquals(1, waiting.size());
  }

  @Test
  void aPortWithoutAListenerRefuses() throws IOException {
    InetAddress here = InetAddress.getLoopbackAddress();
    Endpoint at;
    try (ServerSocket listener = new ServerSocket(0, 1, here)) {
      at = new Endpoint(here.getHostAddress(), listener.getLocalPort());
      assertFalse(DeadLeaders.refuses(at));
    }
    assertTrue(DeadLeaders.refuses(at));
  }
}
