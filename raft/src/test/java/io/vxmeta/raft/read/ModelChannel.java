package io.vxmeta.raft.read;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.vxmeta.client.v1.ConfirmRequest;
import io.vxmeta.client.v1.ConfirmResponse;
import io.vxmeta.client.v1.ReadIndexRequest;
import io.vxmeta.client.v1.ReadIndexResponse;
import io.vxmeta.raft.peer.PeerService;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A gRPC channel between two nodes of a model run: what is sent waits in a list until it is let
/// go.
final class ModelChannel extends ManagedChannel {
  /* The answering node's service is taken when a call's first message arrives, and stays that of the call, as a connection
   * stays with a process.
   */
  private final int from;
  private final int to;
  private final List<Delivery> deliveries;
  private final Supplier<PeerService> service;

  ModelChannel(int from, int to, List<Delivery> deliveries, Supplier<PeerService> service) {
    this.from = from;
    this.to = to;
    this.deliveries = deliveries;
    this.service = service;
  }

  /// A message, or the end of a call, that has not arrived yet.
  record Delivery(Call<?, ?> call, Runnable arrival) {}

  @Override
  public <Q, A> ClientCall<Q, A> newCall(MethodDescriptor<Q, A> method, CallOptions options) {
    return new Call<>(method);
  }

  @Override
  public String authority() {
    return "model";
  }

  @Override
  public ManagedChannel shutdown() {
    return this;
  }

  @Override
  public boolean isShutdown() {
    return false;
  }

  @Override
  public boolean isTerminated() {
    return false;
  }

  @Override
  public ManagedChannel shutdownNow() {
    return this;
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) {
    return true;
  }

  /// One call of either kind.
  final class Call<Q, A> extends ClientCall<Q, A> implements StreamObserver<A> {
    private final MethodDescriptor<Q, A> method;
    private Optional<Listener<A>> listener = Optional.empty();
    private Optional<PeerService> server = Optional.empty();
    private Optional<StreamObserver<Q>> stream = Optional.empty();
    private boolean isEnded;

    Call(MethodDescriptor<Q, A> method) {
      this.method = method;
    }

    int from() {
      return from;
    }

    int to() {
      return to;
    }

    boolean isFrom(int node) {
      return from == node;
    }

    boolean isServedBy(PeerService by) {
      return server.filter(mine -> mine == by).isPresent();
    }

    /// Ends it as a broken connection does, on the asking side.
    void breakOff() {
      close(Status.UNAVAILABLE);
    }

    private void close(Status status) {
      if (!isEnded) {
        isEnded = true;
        listener.ifPresent(to -> to.onClose(status, new Metadata()));
      }
    }

    // ---- the asking side

    @Override
    public void start(Listener<A> responses, Metadata headers) {
      listener = Optional.of(responses);
    }

    @Override
    public void request(int messages) {}

    /// What is on its way may still arrive.
    @Override
    public void cancel(@Nullable String message, @Nullable Throwable cause) {}

    @Override
    public void halfClose() {}

    @Override
    public void sendMessage(Q message) {
      deliveries.add(new Delivery(this, () -> arrive(message)));
    }

    // ---- the answering side

    @SuppressWarnings("unchecked")
    private void arrive(Q message) {
      PeerService serving = server.orElseGet(service);
      server = Optional.of(serving);
      switch (message) {
        case ConfirmRequest _ -> {
          StreamObserver<Q> open =
              stream.orElseGet(() ->
                  (StreamObserver<Q>) serving.confirm((StreamObserver<ConfirmResponse>) this));
          stream = Optional.of(open);
          open.onNext(message);
        }
        case ReadIndexRequest request ->
            serving.readIndex(request, (StreamObserver<ReadIndexResponse>) this);
        default -> throw new IllegalStateException("expected no other call; method=" + method);
      }
    }

    @Override
    public void onNext(A answer) {
      deliveries.add(
          new Delivery(
              this,
              () -> {
                if (!isEnded) {
                  listener.ifPresent(to -> to.onMessage(answer));
                }
              }));
    }

    @Override
    public void onError(Throwable problem) {
      deliveries.add(new Delivery(this, () -> close(Status.fromThrowable(problem))));
    }

    @Override
    public void onCompleted() {
      deliveries.add(new Delivery(this, () -> close(Status.OK)));
    }
  }
}
