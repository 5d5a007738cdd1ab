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

  private static Replication log(long last, long flushed, long... matched) {
    return new Replication(
        last,
        flushed,
        Arrays.stream(matched)
            .mapToObj(each -> new Follower(new NodeId("f" + each), each, 0))
            .toList());
  }

  private void look(long last, long flushed, long... matched) {
    pace.look(GROUP, log(last, flushed, matched), now);
    now += LOOK;
  }

  /// An entry comes with each look, and flushes take so many looks, each for what came before it.
  private void seconds(int count, int ownLooks, int firstOther, int secondOther) {
    int start = (int) (now / LOOK);
    for (int i = start; i < start + count * LOOKS_OF_SECOND; i++) {
      look(
          LONG_AGO + i,
          flushedAt(i, ownLooks),
          flushedAt(i, firstOther),
          flushedAt(i, secondOther));
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
  void disksThatAreAllEquallySlowAreNotSlow() {
    for (int looks : List.of(1, 2, 3, 4, 5, 8, 12, 20)) {
      seconds(2 * FlushPace.SECONDS, looks, looks, looks);
      assertEquals(0, pace.slowSeconds(), "looks " + looks);
    }
  }

  /// The leader flushes the first of several entries alone, its followers all of them at once.
  @Test
  void aLeaderThatNeedsTwoFlushesWhereItsFollowersNeedOneIsNotSlow() {
    long after = 0;
    for (int looks : List.of(2, 3, 4, 8, 16)) {
      for (int cycle = 0; cycle * looks < 2 * FlushPace.SECONDS * LOOKS_OF_SECOND; cycle++) {
        long before = after;
        after += 8;
        for (int i = 0; i < looks; i++) {
          look(after, before, before, before);
        }
        for (int i = 0; i < looks; i++) {
          look(after, before + 1, after, after);
        }
      }
      assertEquals(0, pace.slowSeconds(), "looks " + looks);
    }
  }

  @Test
  void aProcessThatStoodStillSawNothingOfItsDisk() {
    for (int i = 0; i < 3 * FlushPace.SECONDS; i++) {
      look(2L * i + 1, 2L * i, 2L * i + 1, 2L * i + 1);
      now += TimeUnit.MILLISECONDS.toNanos(600);
      look(2L * i + 1, 2L * i, 2L * i + 1, 2L * i + 1);
      look(2L * i + 1, 2L * i + 1, 2L * i + 1, 2L * i + 1);
    }
    assertEquals(0, pace.slowSeconds());
  }

  @Test
  void aGroupThatIsNotLedHereIsNoEvidence() {
    look(2, 1, 2, 2);
    for (int i = 0; i < FlushPace.SECONDS * LOOKS_OF_SECOND; i++) {
      pace.pass(GROUP, now);
      now += LOOK;
    }
    look(2, 1, 2, 2);
    assertEquals(0, pace.slowSeconds());
  }

  @Test
  void aMajorityWithoutThisNodeIsThreeOfFiveAndNobodyOfOne() {
    assertEquals(2, log(9, 9, 1, 2, 3, 4).heldWithoutThisNode());
    assertEquals(-1, new Replication(9, 9, List.of()).heldWithoutThisNode());
  }
}
