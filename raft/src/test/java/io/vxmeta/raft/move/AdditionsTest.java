package io.vxmeta.raft.move;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.vxmeta.raft.ratis.RaftHost;
import io.vxmeta.raft.read.ScriptedReplica;
import io.vxmeta.shardmap.Endpoint;
import io.vxmeta.shardmap.NodeId;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/// An addition that was called off ends, also if the newcomer answers and never catches up.
final class AdditionsTest {
  private final ScriptedReplica replica = new ScriptedReplica(new NodeId("a"));
  private final Additions additions = new Additions();

  private CompletableFuture<Optional<String>> begin() {
    return additions.begin(
        replica,
        Set.of(new NodeId("a")),
        new RaftHost.Peer(new NodeId("d"), new Endpoint("127.0.0.1", 1)));
  }

  @Test
  void theLeaderStepsDownOnceToEndAnAdditionThatWasCalledOff() {
    CompletableFuture<Optional<String>> end = begin();
    additions.callOff(replica);
    additions.callOff(replica);
    assertEquals(1, replica.stepDowns);
    assertFalse(end.isDone());
    replica.addition.complete(Optional.of("leads no more"));
    assertEquals(Optional.of("leads no more"), end.join());
    additions.callOff(replica);
    assertEquals(1, replica.stepDowns);
  }

  @Test
  void whereNothingIsUnderWayTheLeadStays() {
    additions.callOff(replica);
    CompletableFuture<Optional<String>> end = begin();
    replica.addition.complete(Optional.empty());
    assertEquals(Optional.empty(), end.join());
    additions.callOff(replica);
    assertEquals(0, replica.stepDowns);
  }
}
