package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vxmeta.raft.read.ScriptedReplica;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A node ends for a replica that Raft has closed and that it is to keep, and for no other.
final class ClosedReplicasTest {
  private final ScriptedReplica replica = new ScriptedReplica(new NodeId("a"));
  private final Map<ShardGroupId, ScriptedReplica> replicas = new HashMap<>();
  private final List<String> stops = new ArrayList<>();
  private final CompletableFuture<Boolean> answer = new CompletableFuture<>();
  private boolean closing;
  private int questions;
  private final ClosedReplicas closed =
      new ClosedReplicas(
          replicas,
          () -> closing,
          _ -> {
            questions++;
            return answer;
          },
          (cause, _) -> stops.add(cause));

  @BeforeEach
  void raftClosesIt() {
    replicas.put(replica.group(), replica);
    closed.look();
    assertEquals(0, questions);
    replica.alive = false;
    closed.look();
    closed.look();
    assertEquals(1, questions);
  }

  @Test
  void aReplicaThatIsToBeKeptEndsTheNode() {
    answer.complete(true);
    assertEquals(1, stops.size());
  }

  @Test
  void aReplicaThatIsNotToBeKeptDoesNot() {
    answer.complete(false);
    assertEquals(List.of(), stops);
  }

  @Test
  void aReplicaThatWasOpenedAgainBeforeTheAnswerCameDoesNot() {
    replicas.put(replica.group(), new ScriptedReplica(new NodeId("a")));
    answer.complete(true);
    assertEquals(List.of(), stops);
  }

  @Test
  void aReplicaThatWentBeforeTheAnswerCameDoesNot() {
    replicas.clear();
    answer.complete(true);
    assertEquals(List.of(), stops);
  }

  @Test
  void aNodeThatIsBeingStoppedIsNotEndedForIt() {
    closing = true;
    answer.complete(true);
    assertEquals(List.of(), stops);
  }

  @Test
  void itIsAskedAgainWhenNobodyCouldTell() {
    answer.completeExceptionally(new IllegalStateException("no majority"));
    closed.look();
    assertEquals(2, questions);
    assertEquals(List.of(), stops);
  }
}
