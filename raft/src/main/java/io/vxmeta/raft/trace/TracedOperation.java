package io.vxmeta.raft.trace;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.vxmeta.raft.api.OperationTrace;
import io.vxmeta.shardmap.ShardGroupId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// One sampled read or write: its span, and the steps below it.
final class TracedOperation implements OperationTrace {
  /* Threads: any, one after the other, under `this`; the apply thread may still come when the caller was told that the outcome is
   *   unknown, and is not heard then.
   * What the apply thread does here is to look at the clock: the spans of the steps are made when the operation has ended.
   * Bound: a write has three steps, a read two.
   */

  /// What a step that is only the end of the one before is called.
  private static final String END = "";

  private final Tracer tracer;
  private final Span span;
  private final Function<ShardGroupId, String> roles;
  private final long begunNanos = System.nanoTime();
  private final Instant begun = Instant.now();
  private final List<Step> steps = new ArrayList<>(4);
  private int transactions;
  private int bytes;
  private boolean ended;

  private record Step(String name, long atNanos) {}

  TracedOperation(Tracer tracer, Span span, Function<ShardGroupId, String> roles) {
    this.tracer = tracer;
    this.span = span;
    this.roles = roles;
  }

  @Override
  public void asks(String consistency) {
    span.setAttribute("vxmeta.consistency", consistency);
  }

  @Override
  public void goesTo(ShardGroupId group, int shard) {
    span.setAttribute("vxmeta.group", group.value());
    span.setAttribute("vxmeta.shard", shard);
    span.setAttribute("vxmeta.role", roles.apply(group));
  }

  @Override
  public void onQueued() {
    step("queue");
  }

  @Override
  public synchronized void onProposed(int transactionCount, int byteCount) {
    if (!ended) {
      transactions = transactionCount;
      bytes = byteCount;
      step("log");
    }
  }

  @Override
  public void onCommitted() {
    step("apply");
  }

  @Override
  public void onApplied() {
    step(END);
  }

  @Override
  public void onWaiting() {
    step("barrier");
  }

  @Override
  public void onOpened() {
    step("look-up");
  }

  @Override
  public void onLookedUp() {
    step(END);
  }

  private synchronized void step(String name) {
    if (!ended) {
      steps.add(new Step(name, System.nanoTime()));
    }
  }

  @Override
  public void ended(String outcome, End end) {
    synchronized (this) {
      ended = true;
    }
    long nowNanos = System.nanoTime();
    for (int i = 0; i < steps.size(); i++) {
      if (!steps.get(i).name().equals(END)) {
        tell(steps.get(i), i + 1 < steps.size() ? steps.get(i + 1).atNanos() : nowNanos);
      }
    }
    span.setAttribute("vxmeta.outcome", outcome);
    if (end == End.ERROR) {
      span.setAttribute("error.type", outcome).setStatus(StatusCode.ERROR, outcome);
    }
    span.end();
  }

  private void tell(Step step, long untilNanos) {
    Span part =
        tracer
            .spanBuilder(step.name())
            .setParent(Context.root().with(span))
            .setStartTimestamp(at(step.atNanos()))
            .startSpan();
    if (step.name().equals("log")) {
      part.setAttribute("vxmeta.entry.transactions", transactions);
      part.setAttribute("vxmeta.entry.bytes", bytes);
    }
    part.end(at(untilNanos));
  }

  private Instant at(long nanos) {
    return begun.plusNanos(nanos - begunNanos);
  }
}
