package io.vxmeta.raft.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vxmeta.raft.ratis.AppliedEntries;
import io.vxmeta.raft.ratis.Replica.RaftRole;
import io.vxmeta.raft.read.ScriptedReplica;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.statemachine.GroupState;
import io.vxmeta.statemachine.GroupStateConfig;
import io.vxmeta.statemachine.ProducerLimits;
import io.vxmeta.statemachine.os.LiveMemory;
import io.vxmeta.statemachine.os.LiveMemoryConfig;
import io.vxmeta.statemachine.table.TableConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a replica must have before its node says that it is ready.
final class NodeStatusTest {
  private final ScriptedReplica replica = new ScriptedReplica(new NodeId("node-1"));

  @TempDir private Path directory;

  @Test
  void aReplicaIsReadyWhenItHasAStateALeaderAndAnEntryOfItsLog() throws Exception {
    assertEquals(Optional.of("group 1 is installing a snapshot"), NodeStatus.notReady(replica));
    try (GroupState state = GroupState.create(config())) {
      replica.state = Optional.of(state);
      assertEquals(Optional.of("group 1 has no leader"), NodeStatus.notReady(replica));
      replica.leader = Optional.of(new NodeId("node-2"));
      assertEquals(
          Optional.of("group 1 has none of its leader's entries here yet"),
          NodeStatus.notReady(replica));
      AppliedEntries.upTo(replica, 0);
      assertEquals(Optional.empty(), NodeStatus.notReady(replica));
    }
  }

  @Test
  void aLeaderIsReadyWhenItHasAppliedTheFirstEntryOfItsTerm() throws Exception {
    try (GroupState state = GroupState.create(config())) {
      replica.state = Optional.of(state);
      replica.leader = Optional.of(replica.node());
      replica.role = RaftRole.LEADER;
      AppliedEntries.upTo(replica, 5);
      assertEquals(
          Optional.of(
              "this node leads group 1 and has not applied the first entry of its term yet"),
          NodeStatus.notReady(replica));
      replica.ready = true;
      assertEquals(Optional.empty(), NodeStatus.notReady(replica));
    }
  }

  private GroupStateConfig config() {
    return new GroupStateConfig(
        directory.resolve("live"),
        1,
        List.of(0, 1, 2, 3),
        TableConfig.defaults(),
        ProducerLimits.defaults(),
        LiveMemory.of(LiveMemoryConfig.defaults().withLock(LiveMemoryConfig.Lock.OFF)));
  }
}
