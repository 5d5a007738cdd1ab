package io.vxmeta.raft.write;

import io.vxmeta.statemachine.Answer;
import io.vxmeta.statemachine.Outcome;
import io.vxmeta.statemachine.batch.EncodedTransaction;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// A pending write whose end is a future.
public final class WriteFuture implements PendingWrite {
  private final int namespace;
  private final EncodedTransaction transaction;
  private final Lane lane;
  private final BooleanSupplier abandoned;
  private final Optional<? extends WriteTrace> trace;
  private final CompletableFuture<WriteEnd> end = new CompletableFuture<>();
  private volatile @Nullable Answer answer;

  /// One that no client sent and nobody gives up.
  public static WriteFuture ofSystem(EncodedTransaction transaction) {
    return new WriteFuture(SYSTEM, transaction, new Lane(), () -> false, Optional.empty());
  }

  public WriteFuture(
      int namespace,
      EncodedTransaction transaction,
      Lane lane,
      BooleanSupplier abandoned,
      Optional<? extends WriteTrace> trace) {
    this.namespace = namespace;
    this.transaction = transaction;
    this.lane = lane;
    this.abandoned = abandoned;
    this.trace = trace;
  }

  /// How a write ended.
  public sealed interface WriteEnd {
    record Answered(Answer answer) implements WriteEnd {}

    record Refused(WriteRefusal refusal) implements WriteEnd {}

    /// It may or may not have happened.
    record Unknown(String message) implements WriteEnd {}
  }

  public CompletableFuture<WriteEnd> end() {
    return end;
  }

  @Override
  public int namespace() {
    return namespace;
  }

  @Override
  public EncodedTransaction transaction() {
    return transaction;
  }

  @Override
  public Lane lane() {
    return lane;
  }

  @Override
  public Optional<? extends WriteTrace> trace() {
    return trace;
  }

  @Override
  public boolean abandoned() {
    return abandoned.getAsBoolean();
  }

  @Override
  public void onAnswer(Answer view) {
    answer = view.copy();
    if (view.outcome() == Outcome.LATER || view.outcome() == Outcome.MOVED) {
      lane.breakOff();
    }
    if (trace.isPresent()) {
      trace.get().onApplied();
    }
  }

  @Override
  public void onDurable() {
    Answer given = answer;
    end.complete(
        given == null
            ? new WriteEnd.Unknown("the entry was applied without an answer")
            : new WriteEnd.Answered(given));
  }

  @Override
  public void onRefused(WriteRefusal refusal) {
    end.complete(new WriteEnd.Refused(refusal));
  }

  @Override
  public void onUnknown(String message) {
    end.complete(new WriteEnd.Unknown(message));
  }
}
