package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.raft.ratis.Replication;
import io.vxmeta.raft.ratis.Replication.Follower;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// Looks at a leader's log go in, and whether its disk is the slow one comes out.
final class FlushPaceTest {
  private static final ShardGroupId GROUP = new ShardGroupId(1);
  private static final long LOOK = TimeUnit.MILLISECONDS.toNanos(50);
  private static final int LOOKS_OF_SECOND = 20;
  private static final int LONG_AGO = 10_000;

  private final FlushPace pace = new FlushPace(Duration.ofMillis(200), 0);
  private long now;

  private static Replication log(long flushed, long... matched) {
    return new Replication(
        flushed,
        Arrays.stream(matched)
            .mapToObj(each -> new Follower(new NodeId("f" + each), each, 0))
            .toList());
  }

  private void look(long flushed, long... matched) {
    pace.look(GROUP, log(flushed, matched), now);
    now += LOOK;
  }

  /// A flush that takes so many looks, again and again; each covers what came meanwhile.
  private void seconds(int count, int ownLooks, int firstOther, int secondOther) {
    int start = (int) (now / LOOK);
    for (int i = start; i < start + count * LOOKS_OF_SECOND; i++) {
      look(flushedAt(i, ownLooks), flushedAt(i, firstOther), flushedAt(i, secondOther));
    }
  }

  private static long flushedAt(int look, int looks) {
    return LONG_AGO + (looks == 0 ? look : (look / looks - 1) * (long) looks);
  }

  @Test
  void aDiskThatKeepsAMajorityOfOthersWaitingForSecondsIsSlow() {
    seconds(FlushPace.SLOW_SECONDS_MIN - 1, 8, 0, 0);
    assertFalse(pace.slow(), "too soon");
    seconds(2, 8, 0, 0);
    assertTrue(pace.slow());
    assertTrue(pace.slowSeconds() >= FlushPace.SLOW_SECONDS_MIN);
  }

  @Test
  void aDiskThatIsFastAgainIsForgotten() {
    seconds(FlushPace.SECONDS, 8, 0, 0);
    assertTrue(pace.slow());
    seconds(FlushPace.SECONDS, 0, 0, 0);
    assertEquals(0, pace.slowSeconds());
  }

  @Test
  void waitsBelowTheLimitDoNotCountHoweverMany() {
    seconds(FlushPace.SECONDS, 1, 0, 0);
    assertEquals(0, pace.slowSeconds());
  }

  @Test
  void aLateFollowerMakesNobodySlowAsLongAsTheOtherKeepsUp() {
    seconds(FlushPace.SECONDS, 0, 0, 8);
    assertEquals(0, pace.slowSeconds());
  }

  /// The others could commit no more without this node than with it.
  @Test
  void aSlowDiskBesideASlowFollowerIsNotTheOneWaitedFor() {
    seconds(FlushPace.SECONDS, 8, 0, 8);
    assertFalse(pace.slow());
  }

  @Test
  void disksThatAreSlowInTurnsAreAllTheSame() {
    for (int i = 0; i < FlushPace.SECONDS; i++) {
      seconds(1, 8, 0, 0);
      seconds(1, 0, 8, 8);
    }
    assertFalse(pace.slow(), () -> "slow seconds " + pace.slowSeconds());
  }

  @Test
  void aProcessThatStoodStillSawNothingOfItsDisk() {
    for (int i = 0; i < 3 * FlushPace.SECONDS; i++) {
      look(2L * i, 2L * i + 1, 2L * i + 1);
      now += TimeUnit.MILLISECONDS.toNanos(600);
      look(2L * i, 2L * i + 1, 2L * i + 1);
      look(2L * i + 1, 2L * i + 1, 2L * i + 1);
    }
    assertEquals(0, pace.slowSeconds());
  }

  @Test
  void aGroupThatIsNotLedHereIsNoEvidence() {
    look(1, 2, 2);
    for (int i = 0; i < FlushPace.SECONDS * LOOKS_OF_SECOND; i++) {
      pace.pass(GROUP, now);
      now += LOOK;
    }
    look(1, 2, 2);
    assertEquals(0, pace.slowSeconds());
  }

  @Test
  void aMajorityOfFiveIsThreeWithAndWithoutThisNode() {
    Replication five = log(9, 1, 2, 3, 4);
    assertEquals(2, five.heldWithoutThisNode());
    assertEquals(3, five.heldIfThisNodeDoes());
    Replication one = new Replication(9, List.of());
    assertEquals(-1, one.heldWithoutThisNode());
    assertEquals(Long.MAX_VALUE, one.heldIfThisNodeDoes());
  }
}
