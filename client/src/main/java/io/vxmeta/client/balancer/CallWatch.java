package io.vxmeta.client.balancer;

import io.grpc.ClientStreamTracer;
import io.grpc.Metadata;
import io.grpc.Status;
import io.vxmeta.client.grpc.RpcFailure;
import java.util.function.Consumer;

/// Follows one attempt of a call: counts it while it is under way, and tells how it failed.
final class CallWatch extends ClientStreamTracer.Factory {
  /* Threads: gRPC's; of one attempt one after the other. Told BEFORE gRPC decides whether to try again, so the next attempt
   * is picked with what this one learned. */

  private final Member member;
  private final Consumer<RpcFailure> onFailure;

  CallWatch(Member member, Consumer<RpcFailure> onFailure) {
    this.member = member;
    this.onFailure = onFailure;
  }

  @Override
  public ClientStreamTracer newClientStreamTracer(
      ClientStreamTracer.StreamInfo info, Metadata headers) {
    member.callsUnderWay.incrementAndGet();
    return new Attempt();
  }

  private final class Attempt extends ClientStreamTracer {
    private volatile Metadata trailers = new Metadata();

    @Override
    public void inboundTrailers(Metadata received) {
      trailers = received;
    }

    @Override
    public void streamClosed(Status status) {
      member.callsUnderWay.decrementAndGet();
      if (!status.isOk()) {
        onFailure.accept(RpcFailure.of(status, trailers, RpcFailure.Sent.POSSIBLY));
      }
    }
  }
}
