package io.vxmeta.raft.write;

import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.raft.write.WriteFuture.WriteEnd;
import io.vxmeta.statemachine.Answer;
import io.vxmeta.statemachine.Expiries;
import io.vxmeta.statemachine.GroupState;
import io.vxmeta.statemachine.Outcome;
import io.vxmeta.statemachine.batch.EncodedTransaction;
import io.vxmeta.statemachine.batch.Slice;
import io.vxmeta.statemachine.batch.TransactionEncoder;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes a group's expired records away, on its leader, by entries of the log.
public final class Expirer {
  /* Threads: `round` may be called by any; the work is done on `executor`, one search and one entry at a time.
   * Safety does not rest on this: an entry removes only what is expired by the time of the log when it is applied, on
   *   every replica alike. A leader that is none any more, or a search beside writes, can only ask in vain.
   * Whatever ends otherwise than with every record removed is looked for again.
   */

  /// How often to look.
  public static final long ROUND_MS = 500;

  /// Keys carry their own namespace; the encoder wants one.
  private static final int NO_NAMESPACE = 1;

  private static final Logger LOG = LoggerFactory.getLogger(Expirer.class);

  private final Replica replica;
  private final Coalescer coalescer;
  private final InstantSource clock;
  private final Executor executor;
  private final AtomicBoolean underWay = new AtomicBoolean();

  public Expirer(Replica replica, Coalescer coalescer, InstantSource clock, Executor executor) {
    this.replica = replica;
    this.coalescer = coalescer;
    this.clock = clock;
    this.executor = executor;
  }

  /// Begins a round if this replica leads and the last one has ended.
  public void round() {
    if (replica.leaderReady() && underWay.compareAndSet(false, true)) {
      try {
        executor.execute(this::search);
      } catch (RuntimeException full) {
        underWay.set(false);
        throw full;
      }
    }
  }

  private void search() {
    Optional<GroupState> state = replica.state();
    boolean submitted = false;
    try {
      submitted = state.isPresent() && submit(state.get());
    } catch (IllegalStateException e) {
      // A state that was replaced meanwhile can not be read any more.
      if (replica.state().equals(state)) {
        LOG.error("cannot look for expired records group={}", replica.group().value(), e);
      }
    } finally {
      if (!submitted) {
        underWay.set(false);
      }
    }
  }

  private boolean submit(GroupState state) {
    long nowMs = Math.max(clock.millis(), state.leaderTimeMs());
    Expiries.Found found = state.expiries().find(state.reader(), nowMs);
    if (found.keys().isEmpty()) {
      return false;
    }
    WriteFuture write = WriteFuture.ofSystem(removing(found));
    var _ = write.end().whenComplete((end, problem) -> ended(state, found, end));
    coalescer.submit(write);
    return true;
  }

  private static EncodedTransaction removing(Expiries.Found found) {
    TransactionEncoder encoder = new TransactionEncoder().beginAnonymous(NO_NAMESPACE);
    found.keys().forEach(key -> encoder.expire(key.shard(), Slice.of(key.tableKey())));
    return encoder.end();
  }

  private void ended(GroupState state, Expiries.Found found, WriteEnd end) {
    boolean removed = end instanceof WriteEnd.Answered answered && removedAll(answered.answer());
    if (!removed) {
      state.expiries().notRemoved(found);
    }
    underWay.set(false);
    if (removed && found.more()) {
      round();
    }
  }

  private static boolean removedAll(Answer answer) {
    return answer.outcome() == Outcome.APPLIED
        && IntStream.range(0, answer.mutations()).allMatch(answer::existed);
  }
}
