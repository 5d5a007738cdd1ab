package io.vxmeta.raft.write;

import io.vxmeta.raft.ratis.Proposal;
import io.vxmeta.raft.ratis.Proposed;
import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.raft.ratis.Replica.RaftRole;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.statemachine.Answer;
import io.vxmeta.statemachine.AnswerSink;
import io.vxmeta.statemachine.batch.BatchWriter;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.IntUnaryOperator;

/// Forms log entries from arriving transactions while earlier entries are in flight.
public final class Coalescer {
  /* Threads: any thread submits, and never waits for the log: who finds room has `executor` propose, one task at a time
   *   (`summoned`, then `proposing`), so entries enter the log in the order of their transactions. Answers are taken on the apply
   *   thread and told on `executor`.
   * No linger: a transaction that arrives while no entry is under way goes at once, with what its connection brought in
   *   the same breath; what arrives meanwhile becomes the next entry, which goes when the one under way is answered, or beside it,
   *   once it holds `pipelinedBytes`. So entries grow with load, a queue that fits into one entry waits for no more than those under way, and small ones share a message.
   * Invariants: a transaction is in the queue, in exactly one entry, or answered. When an entry is refused, its lanes are
   *   broken before anything later of them can be proposed: what follows on a stream is not written after what failed.
   * An entry of a shard's move travels alone. One that may let writes in again that were refused before (THAW, BEGIN, ACCEPT) waits until
   *   nothing is in flight: then all that was refused has been answered, and its lanes are broken (WriteFuture). Else a later
   *   transaction of a stream could be applied behind an earlier one that was not.
   * Limits: queued bytes; beyond them `submit` refuses at once, the namespaces that hold most first (FairQueue).
   */
  private static final WriteRefusal LANE_BROKEN =
      new WriteRefusal(
          WriteRefusal.Reason.LANE_BROKEN,
          Optional.empty(),
          "an earlier transaction of this stream was not accepted, or its caller went away");

  private final Replica replica;
  private final WriteLimits limits;
  private final InstantSource clock;
  private final Executor executor;
  private final WriteMeter meter;

  /// Used by whoever is proposing.
  private final BatchWriter batch = new BatchWriter();

  private final FairQueue queue;
  private int inFlight;

  /// A task that will propose has been given to `executor` and has not begun.
  private boolean summoned;

  private boolean proposing;

  public Coalescer(
      Replica replica,
      WriteLimits limits,
      InstantSource clock,
      Executor executor,
      WriteMeter meter,
      IntUnaryOperator weights) {
    this.replica = replica;
    this.limits = limits;
    this.clock = clock;
    this.executor = executor;
    this.meter = meter;
    this.queue = new FairQueue(weights);
  }

  /// Takes a transaction, or refuses it at once through its `onRefused`.
  public void submit(PendingWrite write) {
    List<PendingWrite> putOut = new ArrayList<>();
    Optional<WriteRefusal> refusal = admit(write, putOut);
    putOut.forEach(each -> refuse(each, overloaded()));
    if (refusal.isPresent()) {
      refuse(write, refusal.get());
      return;
    }
    summon();
  }

  /// Has what waits proposed, if it may go and nobody is about to look at it.
  private void summon() {
    synchronized (this) {
      if (summoned || proposing || !hasEntry()) {
        return;
      }
      summoned = true;
    }
    executor.execute(() -> {
      synchronized (this) {
        summoned = false;
      }
      proposeWhileRoom();
    });
  }

  private Optional<WriteRefusal> admit(PendingWrite write, List<PendingWrite> putOut) {
    boolean ready = replica.leaderReady();
    synchronized (this) {
      if (write.lane().broken()) {
        return Optional.of(LANE_BROKEN);
      }
      Optional<WriteRefusal> refusal = ready ? makeRoom(write, putOut) : Optional.of(notReady());
      if (refusal.isPresent()) {
        write.lane().breakOff();
        return refusal;
      }
      queue.add(write);
      return Optional.empty();
    }
  }

  /// Under the monitor: who is put out of the queue for this one, or why it is refused.
  private Optional<WriteRefusal> makeRoom(PendingWrite write, List<PendingWrite> putOut) {
    if (queue.bytes() + write.transaction().length() <= limits.queuedBytes()) {
      return Optional.empty();
    }
    Optional<List<PendingWrite>> out = queue.makeRoom(write, limits.queuedBytes());
    if (out.isEmpty()) {
      return Optional.of(overloaded());
    }
    out.get().forEach(each -> each.lane().breakOff());
    putOut.addAll(out.get());
    return Optional.empty();
  }

  private WriteRefusal overloaded() {
    return new WriteRefusal(
        WriteRefusal.Reason.OVERLOADED,
        Optional.empty(),
        "expected at most "
            + limits.queuedBytes()
            + " bytes of waiting writes; group="
            + replica.group().value()
            + "; retry later, or send fewer at once");
  }

  private WriteRefusal notReady() {
    if (replica.role() == RaftRole.LEADER) {
      return new WriteRefusal(
          WriteRefusal.Reason.NOT_READY,
          Optional.empty(),
          "the new leader has not applied its first entry yet; group=" + replica.group().value());
    }
    Optional<NodeId> leader = replica.leader().filter(node -> !node.equals(replica.node()));
    return new WriteRefusal(
        leader.isPresent() ? WriteRefusal.Reason.NOT_LEADER : WriteRefusal.Reason.NOT_READY,
        leader,
        "this replica does not lead group=" + replica.group().value());
  }

  /// Bytes of transactions that wait for their entry.
  public synchronized long queuedBytes() {
    return queue.bytes();
  }

  private void proposeWhileRoom() {
    while (true) {
      List<PendingWrite> writes;
      List<PendingWrite> left = new ArrayList<>();
      synchronized (this) {
        if (proposing || !hasEntry()) {
          return;
        }
        proposing = true;
        inFlight++;
        writes = takeEntry(left);
      }
      left.forEach(write -> refuse(write, LANE_BROKEN));
      List<PendingWrite> swept = List.of();
      Optional<WriteRefusal> refused = Optional.empty();
      if (writes.isEmpty()) {
        synchronized (this) {
          inFlight--;
        }
      } else {
        refused = proposeOrFail(writes);
      }
      synchronized (this) {
        if (refused.isPresent()) {
          swept = sweep();
        }
        proposing = false;
      }
      Optional<WriteRefusal> reason = refused;
      swept.forEach(write -> reason.ifPresent(why -> refuse(write, why)));
    }
  }

  /// Under the monitor: whether what waits may be proposed now.
  private boolean hasEntry() {
    return inFlight == 0
        ? queue.bytes() > 0
        : queue.bytes() >= limits.pipelinedBytes()
            && inFlight < limits.entriesInFlight()
            && queue.next().filter(write -> write.transaction().reopens()).isEmpty();
  }

  /// Under the monitor: the next entry's transactions. Left out is what nobody waits for and what
  /// stands in its lane behind a failure: an entry that ended unknown may have been lost, so
  /// nothing after it may be written.
  private List<PendingWrite> takeEntry(List<PendingWrite> left) {
    List<PendingWrite> writes = new ArrayList<>();
    int bytes = 0;
    int steps = 0;
    for (Optional<PendingWrite> next = queue.next(); next.isPresent(); next = queue.next()) {
      PendingWrite head = next.get();
      boolean move = head.transaction().isMove();
      if (move && (!writes.isEmpty() || (head.transaction().reopens() && inFlight > 1))) {
        break;
      }
      int length = head.transaction().length();
      boolean full =
          bytes + length > limits.entryBytes()
              || steps + head.transaction().steps() > limits.entrySteps();
      if (full && !writes.isEmpty()) {
        break;
      }
      queue.remove();
      if (head.lane().broken() || head.abandoned()) {
        head.lane().breakOff();
        left.add(head);
        continue;
      }
      writes.add(head);
      bytes += length;
      steps += head.transaction().steps();
      if (move) {
        break;
      }
    }
    return writes;
  }

  /// Under the monitor: after a refused entry nothing that waits may be written before its lane
  /// knows.
  private List<PendingWrite> sweep() {
    List<PendingWrite> swept = queue.removeAll();
    swept.forEach(write -> write.lane().breakOff());
    return swept;
  }

  /// A proposal that dies of an error ends unknown: the way must be free for the next one.
  private Optional<WriteRefusal> proposeOrFail(List<PendingWrite> writes) {
    try {
      return proposeEntry(writes);
    } catch (RuntimeException e) {
      onProposed(writes, new Proposed.Unknown("proposing failed: " + e));
      return Optional.empty();
    }
  }

  /// Returns the refusal if the entry was refused at once.
  private Optional<WriteRefusal> proposeEntry(List<PendingWrite> writes) {
    writes.forEach(write -> require(batch.append(write.transaction())));
    byte[] entry = batch.seal(clock.millis());
    meter.onProposed(writes.size(), entry.length);
    List<WriteTrace> traces = traces(writes);
    if (!traces.isEmpty()) {
      traces.forEach(trace -> trace.onProposed(writes.size(), entry.length));
    }
    long proposedAt = System.nanoTime();
    CompletableFuture<Proposed> future = replica.propose(new Entry(entry, writes, traces));
    var _ =
        future.whenComplete((proposed, problem) -> {
          meter.onAnswered(System.nanoTime() - proposedAt);
          onProposed(writes, proposed);
        });
    if (future.isDone() && future.join() instanceof Proposed.NotAppended refused) {
      return Optional.of(refusal(refused));
    }
    return Optional.empty();
  }

  /// Those of an entry's writes: nearly always none, and then nothing is made.
  private static List<WriteTrace> traces(List<PendingWrite> writes) {
    List<WriteTrace> traces = List.of();
    for (PendingWrite write : writes) {
      if (write.trace().isPresent()) {
        traces = traces.isEmpty() ? new ArrayList<>() : traces;
        traces.add(write.trace().get());
      }
    }
    return traces;
  }

  /// The limits leave room for every entry that is taken; otherwise a write would be lost here.
  private static void require(boolean appended) {
    if (!appended) {
      throw new IllegalStateException("expected the entry's limits to keep it inside one batch");
    }
  }

  private void onProposed(List<PendingWrite> writes, Proposed proposed) {
    if (!(proposed instanceof Proposed.Applied)) {
      writes.forEach(write -> write.lane().breakOff());
    }
    synchronized (this) {
      inFlight--;
    }
    executor.execute(() -> {
      // First what waits: telling many takes longer.
      proposeWhileRoom();
      tell(writes, proposed);
    });
  }

  private void tell(List<PendingWrite> writes, Proposed proposed) {
    switch (proposed) {
      case Proposed.Applied _ -> writes.forEach(PendingWrite::onDurable);
      case Proposed.NotAppended refused -> writes.forEach(write -> refuse(write, refusal(refused)));
      case Proposed.Unknown unknown -> writes.forEach(write -> write.onUnknown(unknown.message()));
    }
  }

  private void refuse(PendingWrite write, WriteRefusal refusal) {
    meter.onRefused(refusal.reason());
    write.onRefused(refusal);
  }

  private static WriteRefusal refusal(Proposed.NotAppended refused) {
    WriteRefusal.Reason reason =
        switch (refused.cause()) {
          case NOT_LEADER -> WriteRefusal.Reason.NOT_LEADER;
          case NOT_READY -> WriteRefusal.Reason.NOT_READY;
          case OVERLOADED -> WriteRefusal.Reason.OVERLOADED;
        };
    return new WriteRefusal(reason, refused.leader(), refused.message());
  }

  /// One log entry and the writes in it, in order.
  @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
  private record Entry(byte[] entry, List<PendingWrite> writes, List<WriteTrace> traces)
      implements Proposal, AnswerSink {
    @Override
    public int length() {
      return entry.length;
    }

    @Override
    public void onCommitted() {
      if (!traces.isEmpty()) {
        traces.forEach(WriteTrace::onCommitted);
      }
    }

    @Override
    public AnswerSink answers() {
      return this;
    }

    @Override
    public void answer(int transaction, Answer answer) {
      writes.get(transaction).onAnswer(answer);
    }
  }
}
