package io.vxmeta.raft.move;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.shardmap.ShardMove;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// A move is given up for copies that came to nothing here, and for nothing else.
final class ShardAttemptsTest {
  private static final ShardId SHARD = new ShardId(5);

  private final ShardAttempts attempts = new ShardAttempts();

  private static ShardMove attempt(long number) {
    return new ShardMove(
        SHARD, new ShardGroupId(1), new ShardGroupId(2), number, ShardMove.Will.GO);
  }

  @Test
  void aCopyIsBegunOnceAndByWhoNumberedItsAttempt() {
    assertFalse(attempts.mayCopy(attempt(3)));
    attempts.onOrdered(attempt(3));
    assertTrue(attempts.mayCopy(attempt(3)));
    assertFalse(attempts.mayCopy(attempt(4)));
    assertFalse(attempts.beginCopy(attempt(4)));
    assertTrue(attempts.beginCopy(attempt(3)));
    assertFalse(attempts.beginCopy(attempt(3)));
    assertFalse(attempts.mayCopy(attempt(3)));
  }

  /// As when a new leader of the root group numbers all moves, and they compare one counter.
  @Test
  void attemptsWhoseCopiesWereNotBegunHereDoNotCount() {
    attempts.onOrdered(attempt(1));
    for (long number = 2; number < 100; number++) {
      attempts.onNumberedAnew(attempt(number));
      assertFalse(attempts.hasFailedTooOften(SHARD));
      assertEquals(Duration.ZERO, attempts.pause(SHARD));
    }
  }

  @Test
  void copiesThatCameToNothingCountAndPausesGrow() {
    attempts.onOrdered(attempt(1));
    List<Long> pauses = new ArrayList<>();
    for (long number = 1; number <= ShardAttempts.ATTEMPTS_MAX; number++) {
      assertFalse(attempts.hasFailedTooOften(SHARD), "before copy " + number);
      assertTrue(attempts.beginCopy(attempt(number)));
      pauses.add(attempts.pause(SHARD).toMillis());
      if (number < ShardAttempts.ATTEMPTS_MAX) {
        attempts.onNumberedAnew(attempt(number + 1));
      }
    }
    assertTrue(attempts.hasFailedTooOften(SHARD));
    assertEquals(List.of(0L, 100L, 200L, 400L, 800L, 1_600L, 1_600L, 1_600L), pauses);
  }

  @Test
  void aNewOrderBeginsAnewAndAMoveThatIsOverIsForgotten() {
    for (long number = 1; number < 20; number++) {
      attempts.onNumberedAnew(attempt(number));
      assertTrue(attempts.beginCopy(attempt(number)));
    }
    assertTrue(attempts.hasFailedTooOften(SHARD));
    attempts.onOrdered(attempt(20));
    assertFalse(attempts.hasFailedTooOften(SHARD));
    assertTrue(attempts.beginCopy(attempt(20)));
    attempts.onNumberedAnew(attempt(21));
    assertTrue(attempts.beginCopy(attempt(21)));
    assertEquals(ShardAttempts.FIRST_PAUSE, attempts.pause(SHARD));
    attempts.keepOnly(Set.of());
    assertEquals(Duration.ZERO, attempts.pause(SHARD));
  }
}
