package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vxmeta.raft.ratis.Replica.RaftRole;
import io.vxmeta.raft.ratis.Replication;
import io.vxmeta.raft.ratis.Replication.Follower;
import io.vxmeta.raft.read.ScriptedReplica;
import io.vxmeta.shardmap.NodeId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// A follower that answers nothing, or takes nothing, is connected to anew, ever more rarely.
final class SilentLinesTest {
  private static final NodeId A = new NodeId("a");
  private static final NodeId B = new NodeId("b");
  private static final NodeId SELF = new NodeId("self");
  private static final int STEP_MS = 1_000;

  private final ScriptedReplica replica = new ScriptedReplica(SELF);
  private final List<NodeId> anew = new ArrayList<>();
  private final SilentLines lines = new SilentLines(List.of(replica), anew::add, Runnable::run);
  private long nowMs;

  private void lookFor(long ms) {
    for (long end = nowMs + ms; nowMs < end; nowMs += STEP_MS) {
      lines.look(nowMs * 1_000_000);
    }
  }

  private void leads(long last, Follower... followers) {
    replica.replication = Optional.of(new Replication(last, last, List.of(followers)));
  }

  @Test
  void nothingIsDoneWhileAllAnswerAndTakeWhatThereIs() {
    leads(10, new Follower(A, 10, 100), new Follower(B, 10, 4_999));
    lookFor(60_000);
    for (int i = 11; i < 60; i++) {
      leads(100, new Follower(A, i, 0), new Follower(B, 100, 0));
      lookFor(STEP_MS);
    }
    assertEquals(List.of(), anew);
  }

  @Test
  void aSilentFollowerIsConnectedToAtOnceAndThenMoreRarely() {
    leads(10, new Follower(A, 10, 0), new Follower(B, 10, SilentLines.WAIT_MS));
    lookFor(STEP_MS);
    assertEquals(List.of(B), anew);
    lookFor(14_000);
    assertEquals(List.of(B, B), anew, "after 5 s");
    lookFor(1_000);
    assertEquals(List.of(B, B, B), anew, "after 10 s more");
    lookFor(600_000);
    assertEquals(3 + 1 + 14, anew.size(), "at 35 s, and every 40 s from 75 s on, until 615 s");
  }

  @Test
  void aFollowerThatAnswersHeartbeatsAndTakesNoEntryIsSilent() {
    leads(10, new Follower(A, 10, 0), new Follower(B, 7, 0));
    lookFor(SilentLines.WAIT_MS);
    assertEquals(List.of(), anew);
    lookFor(STEP_MS);
    assertEquals(List.of(B), anew);
    leads(10, new Follower(A, 10, 0), new Follower(B, 8, 0));
    lookFor(SilentLines.WAIT_MS);
    assertEquals(List.of(B), anew, "it moved");
    lookFor(STEP_MS);
    assertEquals(List.of(B, B), anew, "and stands again");
  }

  @Test
  void withoutALeaderEveryLineIsSuspect() {
    replica.role = RaftRole.CANDIDATE;
    replica.leader = Optional.empty();
    replica.voters = Set.of(SELF, A, B);
    lookFor(SilentLines.WAIT_MS);
    assertEquals(List.of(), anew);
    lookFor(STEP_MS);
    assertEquals(Set.of(A, B), Set.copyOf(anew));
    replica.leader = Optional.of(A);
    lookFor(60_000);
    assertEquals(2, anew.size());
  }
}
