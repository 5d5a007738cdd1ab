package io.vxmeta.client;

import io.vxmeta.client.grpc.RpcFailure;
import io.vxmeta.client.grpc.StreamCall;
import io.vxmeta.client.v1.ScanRequest;
import io.vxmeta.client.v1.ScanResponse;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// The pages of one scan stream, taken one by one.
final class PageStream implements StreamCall.Events<ScanResponse> {
  /* Threads: one reader takes; gRPC delivers. Memory: at most AHEAD pages wait here, since another is asked for only when
   * one was taken. Invariants: either pages wait for the reader or the reader for pages, never both. */

  static final int AHEAD = 2;

  private final Deque<ScanResponse> ready = new ArrayDeque<>();
  private final Deque<CompletableFuture<Optional<ScanResponse>>> takers = new ArrayDeque<>();
  private @Nullable StreamCall<ScanRequest, ScanResponse> call;
  private boolean ended;
  private @Nullable RpcFailure failure;

  synchronized void open(StreamCall<ScanRequest, ScanResponse> started, ScanRequest request) {
    call = started;
    started.send(request);
    started.finish();
  }

  /// Ends with the next page, with nothing at the end, or fails with an RpcFailure.
  synchronized CompletableFuture<Optional<ScanResponse>> take() {
    CompletableFuture<Optional<ScanResponse>> taker = new CompletableFuture<>();
    takers.add(taker);
    serve();
    return taker;
  }

  private void serve() {
    while (!takers.isEmpty()) {
      if (!ready.isEmpty()) {
        takers.remove().complete(Optional.of(ready.remove()));
        demandOne();
      } else if (failure != null) {
        takers.remove().completeExceptionally(failure);
      } else if (ended) {
        takers.remove().complete(Optional.empty());
      } else {
        return;
      }
    }
  }

  private void demandOne() {
    StreamCall<ScanRequest, ScanResponse> open = call;
    if (open != null && !ended && failure == null) {
      open.demand(1);
    }
  }

  @Override
  public synchronized void onAnswer(ScanResponse answer) {
    ready.add(answer);
    serve();
  }

  @Override
  public void onRoom() {
    // The one request is on its way already.
  }

  @Override
  public synchronized void onEnd() {
    ended = true;
    serve();
  }

  @Override
  public synchronized void onFailure(RpcFailure why) {
    failure = why;
    serve();
  }

  synchronized void cancel() {
    StreamCall<ScanRequest, ScanResponse> open = call;
    if (open != null && !ended && failure == null) {
      open.cancel("no more pages are wanted");
    }
  }
}
