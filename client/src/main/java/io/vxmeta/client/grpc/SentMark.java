package io.vxmeta.client.grpc;

import io.grpc.ClientStreamTracer;
import io.grpc.Metadata;

/// Notices whether a call left this process: a call that never did has changed nothing anywhere.
final class SentMark extends ClientStreamTracer.Factory {

  private volatile RpcFailure.Sent sent = RpcFailure.Sent.NOTHING;

  @Override
  public ClientStreamTracer newClientStreamTracer(
      ClientStreamTracer.StreamInfo info, Metadata headers) {
    return new ClientStreamTracer() {
      @Override
      public void outboundHeaders() {
        sent = RpcFailure.Sent.POSSIBLY;
      }

      @Override
      public void outboundMessage(int seqNo) {
        sent = RpcFailure.Sent.POSSIBLY;
      }
    };
  }

  RpcFailure.Sent sent() {
    return sent;
  }
}
