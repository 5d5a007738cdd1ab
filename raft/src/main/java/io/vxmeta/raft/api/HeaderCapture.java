package io.vxmeta.raft.api;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;

/// Hands a call's headers, and the share of its connection, to the services.
public final class HeaderCapture implements ServerInterceptor {
  private static final Context.Key<Metadata> HEADERS = Context.key("vx-meta-headers");
  private static final Context.Key<ConnectionShare> SHARE = Context.key("vx-meta-share");
  private static final Metadata.Key<String> TRACEPARENT =
      Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER);

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    ConnectionShare share = call.getAttributes().get(ConnectionShare.KEY);
    Context context =
        Context.current()
            .withValues(HEADERS, headers, SHARE, share == null ? new ConnectionShare() : share);
    return Contexts.interceptCall(context, call, headers, next);
  }

  /// The share of the connection that the current call came by.
  static ConnectionShare share() {
    ConnectionShare share = SHARE.get();
    return share == null ? new ConnectionShare() : share;
  }

  /// The address of whoever made this call.
  static String peer(Context call) {
    ConnectionShare share = SHARE.get(call);
    return share == null ? "unknown" : share.peer();
  }

  static Metadata current() {
    return of(Context.current());
  }

  /// The headers of one message of a stream: those of the stream, or what it says of itself.
  static Metadata of(Context stream, String traceparent) {
    if (traceparent.isEmpty()) {
      return of(stream);
    }
    Metadata own = new Metadata();
    own.put(TRACEPARENT, traceparent);
    return own;
  }

  /// The headers of a call.
  static Metadata of(Context call) {
    Metadata headers = HEADERS.get(call);
    return headers == null ? new Metadata() : headers;
  }
}
