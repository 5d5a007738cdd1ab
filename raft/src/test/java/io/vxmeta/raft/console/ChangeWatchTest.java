package io.vxmeta.raft.console;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vxmeta.raft.peer.PeerLinks.Connection;
import io.vxmeta.raft.ratis.Replication;
import io.vxmeta.raft.read.ScriptedReplica;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardMap;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ChangeWatchTest {
  private static final NodeId OTHER = new NodeId("node-2");

  private final ScriptedReplica replica = new ScriptedReplica(Scenes.SELF);
  private final Chronicle chronicle = new Chronicle();
  private final ChangeWatch watch = new ChangeWatch(chronicle);
  private ShardMap map = Scenes.map();
  private Connection connection = Connection.OPEN;

  private List<String> look() {
    long before = chronicle.next();
    watch.look(Scenes.known(replica, () -> Optional.of(map), _ -> connection), 1_000);
    return chronicle.events().stream()
        .filter(event -> event.number() >= before)
        .map(Chronicle.Event::text)
        .toList();
  }

  @Test
  void anElectionIsNotedOnceWithItsTerm() {
    assertEquals(List.of(), look());
    replica.leader = Optional.of(OTHER);
    replica.term = 4;
    assertEquals(List.of("node-2 leads group 1 in term 4"), look());
    assertEquals(List.of(), look());
    replica.leader = Optional.empty();
    replica.term = 5;
    assertEquals(List.of("group 1 has no leader, node-2 led in term 4"), look());
    assertEquals(List.of(), look());
    replica.leader = Optional.of(Scenes.SELF);
    replica.term = 6;
    assertEquals(List.of("node-1 leads group 1 in term 6"), look());
  }

  @Test
  void aLeaderThatIsElectedAgainIsNews() {
    replica.leader = Optional.of(OTHER);
    replica.term = 4;
    look();
    replica.term = 5;
    assertEquals(List.of("node-2 leads group 1 in term 5"), look());
  }

  @Test
  void aNodeThatGoesAndComesBackIsNotedFromTheConnectionsAndFromRaft() {
    assertEquals(List.of(), look());
    connection = Connection.BROKEN;
    assertEquals(List.of("no connection to node-2", "no connection to node-3"), look());
    connection = Connection.UNKNOWN;
    assertEquals(List.of(), look());
    connection = Connection.OPEN;
    assertEquals(List.of("node-2 answers again", "node-3 answers again"), look());
    replica.replication =
        Optional.of(
            new Replication(
                9, 9, List.of(new Replication.Follower(OTHER, 9, Lines.SILENT_AFTER_MS))));
    assertEquals(List.of("node-2 is silent"), look());
  }

  @Test
  void aNewMapAndTheDutiesInItAreNews() {
    assertEquals(List.of(), look());
    map = map.with(OTHER, Node.Duty.DRAINING);
    assertEquals(List.of("shard map of epoch 2", "node-2 drains"), look());
    map = map.with(OTHER, Node.Duty.SERVING);
    assertEquals(List.of("shard map of epoch 3", "node-2 serves"), look());
  }

  @Test
  void onlyTheLastEventsAreKept() {
    for (int term = 1; term <= Chronicle.EVENTS_MAX + 5; term++) {
      replica.leader = Optional.of(OTHER);
      replica.term = term;
      look();
    }
    assertEquals(Chronicle.EVENTS_MAX, chronicle.events().size());
    assertEquals("node-2 leads group 1 in term 6", chronicle.events().getFirst().text());
    assertEquals(6, chronicle.events().getFirst().number());
  }
}
