package io.vxmeta.client;

import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Unwraps what futures wrap, and sees to their values.
final class Futures {

  private Futures() {}

  /// The failure itself, without the wrapping that futures add.
  static Throwable cause(@Nullable Throwable failure) {
    Throwable cause = failure;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause == null ? new IllegalStateException("failed without a cause") : cause;
  }

  /// Leaves a future to itself: its own callbacks see to every way it can end.
  static void detach(Future<?> future) {
    Objects.requireNonNull(future);
  }

  /// The value, which is noted before anybody sees it, also when whoever got the result has ended
  /// it by himself meanwhile (cancelled it, or gave it a time limit).
  static <T> CompletableFuture<T> noted(CompletableFuture<T> value, UnaryOperator<T> note) {
    return value.thenApply(note).copy();
  }

  /// Waits; the future must end by itself. Fails with the failure itself.
  static <T> T await(CompletableFuture<T> future) {
    try {
      return future.join();
    } catch (CompletionException wrapped) {
      Throwable cause = cause(wrapped);
      if (cause instanceof CallFailed failed) {
        throw failed.here();
      }
      if (cause instanceof RuntimeException unchecked) {
        throw unchecked;
      }
      throw wrapped;
    }
  }
}
