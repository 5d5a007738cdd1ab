package io.vxmeta.raft.place;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.raft.ratis.Replica.RaftRole;
import io.vxmeta.raft.read.ScriptedReplica;
import io.vxmeta.shardmap.Endpoint;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.Placement;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// A node refuses leads for what only it knows of itself.
final class LeadReadinessTest {
  private static final ShardGroupId GROUP = new ShardGroupId(1);
  private static final NodeId SELF = new NodeId("node-1");
  private static final Endpoint AT = new Endpoint("h", 7401);

  private final ScriptedReplica replica = new ScriptedReplica(SELF);
  private ShardMap map =
      Placement.initial("c", List.of(new Node(SELF, "", List.of(AT), AT, AT)), 1, 1);
  private Optional<String> disk = Optional.empty();
  private final LeadReadiness readiness =
      new LeadReadiness(SELF, () -> Optional.of(map), Map.of(GROUP, replica), () -> disk);

  @Test
  void aDrainingNodeRefuses() {
    map = map.with(SELF, Node.Duty.DRAINING);
    assertEquals(Optional.of("it is draining"), readiness.refusal(GROUP, 0));
  }

  @Test
  void aNodeWhoseDiskKeepsItFromLeadingRefuses() {
    disk = Optional.of("its disk was slow");
    assertEquals(disk, readiness.refusal(GROUP, 0));
  }

  @Test
  void aNodeThatStandsForElectionOrHasNoStateOrNoReplicaRefuses() {
    assertEquals(Optional.of("it is installing a snapshot"), readiness.refusal(GROUP, 0));
    replica.role = RaftRole.CANDIDATE;
    assertTrue(readiness.refusal(GROUP, 0).orElse("").contains("role=CANDIDATE"));
    assertTrue(readiness.refusal(new ShardGroupId(2), 0).orElse("").contains("no replica"));
  }
}
