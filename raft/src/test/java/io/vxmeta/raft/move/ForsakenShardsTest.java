package io.vxmeta.raft.move;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.statemachine.ShardPhase;
import io.vxmeta.statemachine.ShardStanding;
import java.util.List;
import org.junit.jupiter.api.Test;

/// When a copy without an order may be deleted: never while the shard can still be given under it.
final class ForsakenShardsTest {
  private static final long ATTEMPT = 7;

  private static boolean isOver(ShardPhase phase, long attempt, boolean open) {
    return ForsakenShards.isOver(ATTEMPT, new ShardStanding(phase, attempt, open, 0));
  }

  @Test
  void anAttemptIsOverWhenWhoHasTheShardHasClosedItOrCameToALaterOne() {
    assertTrue(isOver(ShardPhase.OWNED, ATTEMPT, false));
    assertTrue(isOver(ShardPhase.OWNED, ATTEMPT + 1, false));
    assertTrue(isOver(ShardPhase.OWNED, ATTEMPT + 1, true));
    assertTrue(isOver(ShardPhase.FROZEN, ATTEMPT + 1, true));
  }

  @Test
  void anAttemptIsNotOverWhileItIsOpenOrHasNotCome() {
    assertFalse(isOver(ShardPhase.OWNED, ATTEMPT, true));
    assertFalse(isOver(ShardPhase.FROZEN, ATTEMPT, true));
    assertFalse(isOver(ShardPhase.OWNED, ATTEMPT - 1, false));
    assertFalse(isOver(ShardPhase.OWNED, 0, false));
  }

  @Test
  void whoGaveTheShardAwayOrHasItNotYetSaysNothingOfIt() {
    for (ShardPhase phase : List.of(ShardPhase.AWAY, ShardPhase.STAGING, ShardPhase.SEALED)) {
      assertFalse(isOver(phase, ATTEMPT, false));
      assertFalse(isOver(phase, ATTEMPT + 1, false));
    }
  }
}
