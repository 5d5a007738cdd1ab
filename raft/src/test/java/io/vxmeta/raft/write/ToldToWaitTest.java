package io.vxmeta.raft.write;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.statemachine.AnswerSink;
import io.vxmeta.statemachine.GroupState;
import io.vxmeta.statemachine.GroupStateConfig;
import io.vxmeta.statemachine.Outcome;
import io.vxmeta.statemachine.ProducerLimits;
import io.vxmeta.statemachine.batch.BatchWriter;
import io.vxmeta.statemachine.batch.EncodedTransaction;
import io.vxmeta.statemachine.batch.MoveEncoder;
import io.vxmeta.statemachine.batch.MoveKind;
import io.vxmeta.statemachine.batch.Slice;
import io.vxmeta.statemachine.batch.TransactionEncoder;
import io.vxmeta.statemachine.os.LiveMemory;
import io.vxmeta.statemachine.os.LiveMemoryConfig;
import io.vxmeta.statemachine.table.TableConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is refused because its shard moves breaks its stream, as soon as it is applied.
final class ToldToWaitTest {
  private static final int SHARD = 2;

  @TempDir private Path directory;

  private long index;

  @Test
  void laneIsBrokenWhenTheShardIsFrozenOrAway() throws IOException {
    try (GroupState state =
        GroupState.create(
            new GroupStateConfig(
                directory,
                1,
                List.of(SHARD),
                TableConfig.defaults(),
                ProducerLimits.defaults(),
                LiveMemory.of(LiveMemoryConfig.withoutNativeCalls())))) {
      assertFalse(brokenBy(state, Outcome.APPLIED));
      move(state, MoveKind.BEGIN);
      assertFalse(brokenBy(state, Outcome.APPLIED));
      move(state, MoveKind.FREEZE);
      assertTrue(brokenBy(state, Outcome.LATER));
      move(state, MoveKind.GIVE);
      assertTrue(brokenBy(state, Outcome.MOVED));
    }
  }

  private boolean brokenBy(GroupState state, Outcome expected) {
    EncodedTransaction put =
        new TransactionEncoder()
            .beginAnonymous(1)
            .put(SHARD, Slice.of(new byte[] {1}), Slice.of(new byte[3]), 0)
            .end();
    Lane lane = new Lane();
    WriteFuture write = new WriteFuture(1, put, lane, () -> false, Optional.empty());
    apply(
        state,
        put,
        (_, answer) -> {
          assertEquals(expected, answer.outcome());
          write.onAnswer(answer);
        });
    return lane.broken();
  }

  private void move(GroupState state, MoveKind kind) {
    apply(
        state,
        MoveEncoder.of(kind, SHARD, 1),
        (_, answer) -> assertEquals(Outcome.APPLIED, answer.outcome()));
  }

  private void apply(GroupState state, EncodedTransaction transaction, AnswerSink sink) {
    BatchWriter writer = new BatchWriter();
    assertTrue(writer.append(transaction));
    byte[] entry = writer.seal(1);
    state.apply(entry, 0, entry.length, ++index, sink);
  }
}
