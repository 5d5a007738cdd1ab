package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vxmeta.raft.ratis.Replication;
import io.vxmeta.raft.ratis.Replication.Follower;
import io.vxmeta.raft.read.ScriptedReplica;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// A node whose disk is slow gives the group away once in a pause, and only to one that keeps up.
final class SlowDiskWatchTest {
  private static final NodeId A = new NodeId("a");
  private static final NodeId B = new NodeId("b");
  private static final ShardGroupId GROUP = new ShardGroupId(1);
  private static final NodeConfig.SlowDisk LIMITS =
      new NodeConfig.SlowDisk(Duration.ofMillis(200), Duration.ofSeconds(60));

  private final ScriptedReplica replica = new ScriptedReplica(new NodeId("self"));
  private final List<ShardGroupId> handovers = new ArrayList<>();
  private final SlowDiskWatch watch =
      new SlowDiskWatch(LIMITS, List.of(replica), handovers::add, 0);
  private long nowMs;

  private void lookFor(Duration time, Follower... followers) {
    replica.replication = Optional.of(new Replication(11, 10, List.of(followers)));
    for (long end = nowMs + time.toMillis(); nowMs < end; nowMs += SlowDiskWatch.LOOK_MS) {
      watch.look(nowMs * 1_000_000);
    }
  }

  @Test
  void aGroupIsHandedToTheFollowerWithMostOfTheLogOnceInAPause() {
    lookFor(Duration.ofSeconds(20), new Follower(A, 12, 0), new Follower(B, 11, 0));
    assertEquals(List.of(A), replica.transfers);
    assertEquals(List.of(GROUP), handovers);
    lookFor(Duration.ofSeconds(60), new Follower(A, 11, 0), new Follower(B, 12, 0));
    assertEquals(List.of(A, B), replica.transfers);
  }

  @Test
  void nothingMovesToAFollowerThatIsSilentOrBehind() {
    Replication silent =
        new Replication(11, 10, List.of(new Follower(A, 12, 1_500), new Follower(B, 9, 0)));
    assertEquals(Optional.empty(), SlowDiskWatch.successor(silent, GROUP));
    lookFor(Duration.ofSeconds(20), new Follower(A, 12, 1_500), new Follower(B, 12, 1_500));
    assertEquals(List.of(), replica.transfers);
  }

  @Test
  void nothingMovesAsLongAsNoMajorityIsAhead() {
    lookFor(Duration.ofSeconds(20), new Follower(A, 12, 0), new Follower(B, 10, 0));
    assertEquals(List.of(), replica.transfers);
  }

  @Test
  void groupsOfOneNodeSpreadOverFollowersThatHaveTheSame() {
    Replication even =
        new Replication(11, 10, List.of(new Follower(B, 12, 0), new Follower(A, 12, 0)));
    assertEquals(Optional.of(A), SlowDiskWatch.successor(even, new ShardGroupId(2)));
    assertEquals(Optional.of(B), SlowDiskWatch.successor(even, new ShardGroupId(3)));
  }
}
