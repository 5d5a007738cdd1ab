package io.vxmeta.raft.peer;

import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;

/// The answer of a unary call as a future.
final class UnaryFuture<T> extends CompletableFuture<T> implements StreamObserver<T> {
  @Override
  public void onNext(T value) {
    complete(value);
  }

  @Override
  public void onError(Throwable problem) {
    completeExceptionally(problem);
  }

  @Override
  public void onCompleted() {
    if (!isDone()) {
      completeExceptionally(new IllegalStateException("the call ended without an answer"));
    }
  }
}
