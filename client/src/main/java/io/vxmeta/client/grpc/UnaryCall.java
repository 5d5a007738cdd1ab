package io.vxmeta.client.grpc;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One attempt of one call with one answer; its future ends with the answer or an [RpcFailure].
public final class UnaryCall<A> extends ClientCall.Listener<A> {
  /* Threads: gRPC calls the listener's methods one after the other.
   * Why not the generated stubs: they give no headers without an interceptor per call, and load more classes. */

  private final CompletableFuture<A> outcome = new CompletableFuture<>();
  private final SentMark mark = new SentMark();
  private @Nullable A answer;

  private UnaryCall() {}

  /// Sends the request; the future ends within the deadline. Cancelling the future cancels the
  /// call.
  public static <Q, A> CompletableFuture<A> send(
      Channel channel,
      MethodDescriptor<Q, A> method,
      Metadata headers,
      Q request,
      Duration deadline) {
    UnaryCall<A> listener = new UnaryCall<>();
    ClientCall<Q, A> call = channel.newCall(method, options(deadline, listener.mark));
    call.start(listener, headers);
    call.request(2);
    call.sendMessage(request);
    call.halfClose();
    return listener.outcome.whenComplete((answer, failure) -> {
      if (listener.outcome.isCancelled()) {
        call.cancel("no longer wanted", null);
      }
    });
  }

  static CallOptions options(Duration deadline, SentMark mark) {
    return CallOptions.DEFAULT
        .withDeadlineAfter(deadline.toNanos(), TimeUnit.NANOSECONDS)
        .withStreamTracerFactory(mark);
  }

  @Override
  public void onMessage(A message) {
    answer = message;
  }

  @Override
  public void onClose(Status status, Metadata trailers) {
    if (status.isOk() && answer != null) {
      outcome.complete(answer);
    } else if (status.isOk()) {
      Status empty = Status.INTERNAL.withDescription("the server ended the call without an answer");
      outcome.completeExceptionally(RpcFailure.of(empty, trailers, mark.sent()));
    } else {
      outcome.completeExceptionally(RpcFailure.of(status, trailers, mark.sent()));
    }
  }
}
