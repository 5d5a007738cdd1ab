package io.vxmeta.raft.api;

import io.grpc.Context;
import io.vxmeta.client.v1.Consistency;
import io.vxmeta.client.v1.WriteResponse;
import io.vxmeta.shardmap.ShardGroupId;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Logs the reads and writes that took longer than a limit, one line each: what was asked, how it
/// ended and who asked. Never a key or a value. Those that are followed have it told to their
/// trace, too.
public final class SlowOperations {
  /* Threads: any. What is not slow costs two looks at the clock and one object, no lock and no further stage of a future: it
   * ends where its answer is sent anyhow. The monitor is for slow ones alone.
   * Bound: a node that is slow has thousands of slow operations a second; what is more than LINES_PER_SECOND of them is
   *   counted, and the next line says how many.
   */
  private static final Logger LOG = LoggerFactory.getLogger(SlowOperations.class);

  static final int LINES_PER_SECOND = 10;

  private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final long limitNanos;
  private final LongSupplier nanoClock;
  private final OperationTraces traces;
  private long secondBegan;
  private int lines;
  private long leftOut;

  /// @param limit from arrival to answer; zero: nothing is logged
  public SlowOperations(Duration limit, LongSupplier nanoClock, OperationTraces traces) {
    this.limitNanos = limit.isZero() ? Long.MAX_VALUE : limit.toNanos();
    this.nanoClock = nanoClock;
    this.traces = traces;
    this.secondBegan = nanoClock.getAsLong() - SECOND_NANOS;
  }

  /// One that has arrived.
  ///
  /// @param method of the API
  /// @param call from which its caller's address is had, if it is slow
  Operation begin(String method, Context call) {
    return begin(method, call, "");
  }

  /// One that has arrived on a stream.
  ///
  /// @param traceparent of itself; empty: what the stream's header says
  Operation begin(String method, Context call, String traceparent) {
    Optional<OperationTrace> trace =
        traces.isOn()
            ? traces.begin(method, HeaderCapture.of(call, traceparent))
            : Optional.empty();
    return new Operation(this, method, call, trace);
  }

  /// What happens to one read or write, from its arrival to its answer.
  static final class Operation {
    /* Threads: one after the other, as the futures between arrival and answer hand it on. */

    private final SlowOperations slow;
    private final String method;
    private final Context call;
    private final long begunNanos;
    private final Optional<OperationTrace> trace;
    private Consistency.@Nullable LevelCase consistency;
    private String counted = "";
    private int count;
    private @Nullable ShardGroupId group;
    private int shard;

    private Operation(
        SlowOperations slow, String method, Context call, Optional<OperationTrace> trace) {
      this.slow = slow;
      this.method = method;
      this.call = call;
      this.begunNanos = slow.nanoClock.getAsLong();
      this.trace = trace;
    }

    /// Where its steps are told; nearly always empty.
    Optional<OperationTrace> trace() {
      return trace;
    }

    /// It reads.
    void asks(Consistency wanted) {
      consistency = wanted.getLevelCase();
      if (trace.isPresent()) {
        trace.get().asks(word(wanted.getLevelCase()));
      }
    }

    void asks(Consistency wanted, int keys) {
      asks(wanted);
      counted = "keys";
      count = keys;
    }

    /// It writes.
    void changes(int mutations) {
      counted = "mutations";
      count = mutations;
    }

    /// @param firstShard of its first key
    void goesTo(ShardGroupId of, int firstShard) {
      group = of;
      shard = firstShard;
      if (trace.isPresent()) {
        trace.get().goesTo(of, firstShard);
      }
    }

    /// @param answer of a write says what came of it; of a read nothing
    void ended(@Nullable Object answer, @Nullable Throwable problem) {
      long nanos = slow.nanoClock.getAsLong() - begunNanos;
      if (nanos >= slow.limitNanos) {
        slow.tell(this, nanos, outcome(answer, problem));
      }
      if (trace.isPresent()) {
        trace
            .get()
            .ended(
                outcome(answer, problem),
                problem == null ? OperationTrace.End.ANSWER : OperationTrace.End.ERROR);
      }
    }

    private static String outcome(@Nullable Object answer, @Nullable Throwable problem) {
      if (problem != null) {
        return CallErrors.word(problem);
      }
      return answer instanceof WriteResponse write ? word(write.getOutcome()) : "ok";
    }
  }

  private void tell(Operation operation, long nanos, String outcome) {
    long before;
    synchronized (this) {
      long now = nanoClock.getAsLong();
      if (now - secondBegan >= SECOND_NANOS) {
        secondBegan = now;
        lines = 0;
      }
      if (lines == LINES_PER_SECOND) {
        leftOut++;
        return;
      }
      lines++;
      before = leftOut;
      leftOut = 0;
    }
    LOG.warn(line(operation, nanos, outcome, before));
  }

  private static String line(Operation operation, long nanos, String outcome, long leftOutBefore) {
    StringBuilder line = new StringBuilder(160);
    line.append("slow operation: method=").append(operation.method);
    Consistency.@Nullable LevelCase consistency = operation.consistency;
    if (consistency != null) {
      line.append(" consistency=").append(word(consistency));
    }
    @Nullable ShardGroupId group = operation.group;
    if (group != null) {
      line.append(" shard=").append(operation.shard).append(" group=").append(group.value());
    }
    if (!operation.counted.isEmpty()) {
      line.append(' ').append(operation.counted).append('=').append(operation.count);
    }
    line.append(" ms=").append(TimeUnit.NANOSECONDS.toMillis(nanos));
    line.append(" outcome=").append(outcome);
    line.append(" peer=").append(HeaderCapture.peer(operation.call));
    line.append(" left_out=").append(leftOutBefore);
    return line.toString();
  }

  private static String word(Enum<?> value) {
    return value == Consistency.LevelCase.LEVEL_NOT_SET
        ? "linearizable"
        : value.name().toLowerCase(Locale.ROOT);
  }
}
