package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.raft.place.LeadTransfers;
import io.vxmeta.raft.ratis.Replication;
import io.vxmeta.raft.ratis.Replication.Follower;
import io.vxmeta.raft.read.ScriptedReplica;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// A node whose disk is slow gives the group away once in a pause, and only to one that keeps up.
final class SlowDiskWatchTest {
  private static final NodeId A = new NodeId("a");
  private static final NodeId B = new NodeId("b");
  private static final ShardGroupId GROUP = new ShardGroupId(1);
  private static final NodeConfig.SlowDisk LIMITS =
      new NodeConfig.SlowDisk(Duration.ofMillis(200), Duration.ofSeconds(60));

  private final ScriptedReplica replica = new ScriptedReplica(new NodeId("self"));
  private final Set<NodeId> draining = new HashSet<>();
  private final List<ShardGroupId> handovers = new ArrayList<>();
  private final SlowDiskWatch watch =
      new SlowDiskWatch(
          LIMITS,
          List.of(replica),
          new LeadTransfers((_, _, _) -> {}, () -> 0),
          node -> !draining.contains(node),
          handovers::add,
          0);
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
    assertEquals(Optional.empty(), SlowDiskWatch.successor(silent, GROUP, _ -> true));
    lookFor(Duration.ofSeconds(20), new Follower(A, 12, 1_500), new Follower(B, 12, 1_500));
    assertEquals(List.of(), replica.transfers);
  }

  @Test
  void nothingMovesToADrainingFollower() {
    draining.add(A);
    lookFor(Duration.ofSeconds(20), new Follower(A, 12, 0), new Follower(B, 11, 0));
    assertEquals(List.of(B), replica.transfers);
  }

  @Test
  void aNodeThatGaveLeadsAwayRestsForMuchLongerThanAPause() {
    assertEquals(Duration.ZERO, watch.rest(0));
    lookFor(Duration.ofSeconds(20), new Follower(A, 12, 0), new Follower(B, 11, 0));
    long pausesNanos = 9 * LIMITS.pause().toNanos();
    assertTrue(watch.rest(nowMs * 1_000_000 + pausesNanos).isPositive());
    assertEquals(Duration.ZERO, watch.rest(nowMs * 1_000_000 + 2 * pausesNanos));
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
    assertEquals(Optional.of(A), SlowDiskWatch.successor(even, new ShardGroupId(2), _ -> true));
    assertEquals(Optional.of(B), SlowDiskWatch.successor(even, new ShardGroupId(3), _ -> true));
  }
}
