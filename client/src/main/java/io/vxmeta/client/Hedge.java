package io.vxmeta.client;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// One question that may be put to a second node while the first lets it wait: the first answer
/// counts.
final class Hedge<A> {
  /* Threads: callbacks of both nodes and of the timer, under `this`; the result ends outside it.
   * Invariants: the result ends once: with the first answer, or, when nobody answers, with what became of the first node, as if nobody
   *   else had been asked. A second node is asked only while the first is silent; once the first has failed, the caller's own
   *   retries are the better judge of whom to ask.
   * The loser is not called back: it ends by itself within the limit of one attempt. */

  private final CompletableFuture<Reply<A>> result = new CompletableFuture<>();
  private final Target first;
  private @Nullable Throwable firstFailure;
  private boolean secondIsOut;

  /// An answer and who gave it.
  record Reply<A>(Target from, A answer) {}

  /// A second node and what it was asked.
  record Second<A>(Target target, CompletableFuture<A> answer) {}

  Hedge(Target first, CompletableFuture<A> answer) {
    this.first = first;
    Futures.detach(answer.whenComplete(this::onFirst));
  }

  /// Ends with an answer, or with the first node's failure.
  CompletableFuture<Reply<A>> result() {
    return result;
  }

  /// The first node has had its time; asks the second, if there is one.
  void ask(Supplier<Optional<Second<A>>> question) {
    synchronized (this) {
      if (result.isDone() || firstFailure != null) {
        return;
      }
      secondIsOut = true;
    }
    Optional<Second<A>> second = question.get();
    if (second.isPresent()) {
      Target target = second.get().target();
      Futures.detach(
          second.get().answer().whenComplete((answer, failure) -> onSecond(target, answer)));
    } else {
      nobodyElse();
    }
  }

  private void onFirst(@Nullable A answer, @Nullable Throwable failure) {
    if (answer != null) {
      boolean unused = result.complete(new Reply<>(first, answer));
      return;
    }
    boolean isLast;
    Throwable cause = Futures.cause(failure);
    synchronized (this) {
      firstFailure = cause;
      isLast = !secondIsOut;
    }
    if (isLast) {
      boolean unused = result.completeExceptionally(cause);
    }
  }

  /// No answer: it failed.
  private void onSecond(Target target, @Nullable A answer) {
    if (answer != null) {
      boolean unused = result.complete(new Reply<>(target, answer));
    } else {
      nobodyElse();
    }
  }

  /// The first node alone is left, whatever became of it.
  private void nobodyElse() {
    Throwable cause;
    synchronized (this) {
      secondIsOut = false;
      cause = firstFailure;
    }
    if (cause != null) {
      boolean unused = result.completeExceptionally(cause);
    }
  }
}
