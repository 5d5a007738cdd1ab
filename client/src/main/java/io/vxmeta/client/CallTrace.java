package io.vxmeta.client;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapSetter;
import io.vxmeta.client.grpc.CallHeaders;
import io.vxmeta.client.grpc.RpcFailure;
import io.vxmeta.shardmap.ShardGroupId;

/// One call to the cluster as a span; each attempt at it is a child, and the parent of what the
/// server tells.
final class CallTrace {
  /* Threads: any; spans are made for that.
   * Why a channel, and no argument to each question: what is asked stays what it is without tracing, and the span begins and
   *   ends exactly where gRPC begins and ends the attempt.
   * Only for questions that are calls of their own: streams are shared by many, and found by the channel they are on.
   * Names are those of OpenTelemetry's conventions for RPC, and vxmeta.* for what is ours. */

  static final String OUTCOME = "vxmeta.outcome";

  private static final String ERROR = "error.type";

  private static final TextMapSetter<Metadata> HEADERS =
      (headers, name, value) -> {
        if (headers != null) {
          headers.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value);
        }
      };

  private final Tracer tracer;
  private final Span span;
  private final Context context;

  CallTrace(Tracer tracer, Span span, Context context) {
    this.tracer = tracer;
    this.span = span;
    this.context = context;
  }

  /// The channel to a node, for one attempt: what is called on it is told.
  Channel over(Channel channel, Target target, ShardGroupId group) {
    return new AttemptChannel(channel, target, group);
  }

  void done() {
    span.setAttribute(OUTCOME, "done").end();
  }

  void failed(Throwable why) {
    end(
        "failed",
        why instanceof CallFailed failed ? failed.reason() : why.getClass().getSimpleName());
  }

  /// Before the caller hears of it.
  Outcome<WriteAnswer> onOutcome(Outcome<WriteAnswer> outcome) {
    if (outcome instanceof Outcome.Refused<WriteAnswer> refused) {
      end("refused", refused.reason());
    } else if (outcome instanceof Outcome.Unknown<WriteAnswer>) {
      end("unknown", "OUTCOME_UNKNOWN");
    } else {
      done();
    }
    return outcome;
  }

  private void end(String outcome, String error) {
    span.setAttribute(OUTCOME, outcome).setAttribute(ERROR, error);
    span.setStatus(StatusCode.ERROR, error).end();
  }

  private final class AttemptChannel extends Channel {
    private final Channel next;
    private final Target target;
    private final ShardGroupId group;

    AttemptChannel(Channel next, Target target, ShardGroupId group) {
      this.next = next;
      this.target = target;
      this.group = group;
    }

    @Override
    public <Q, A> ClientCall<Q, A> newCall(MethodDescriptor<Q, A> method, CallOptions options) {
      return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
        @Override
        public void start(Listener<A> listener, Metadata headers) {
          Span attempt = attempt(method.getFullMethodName(), headers);
          W3CTraceContextPropagator.getInstance().inject(context.with(attempt), headers, HEADERS);
          super.start(new AttemptListener<>(listener, attempt), headers);
        }
      };
    }

    private Span attempt(String method, Metadata headers) {
      Span attempt =
          tracer
              .spanBuilder(method)
              .setSpanKind(SpanKind.CLIENT)
              .setParent(context)
              .setAttribute("rpc.system.name", "grpc")
              .setAttribute("rpc.method", method)
              .setAttribute("server.address", target.endpoint().host())
              .setAttribute("server.port", target.endpoint().port())
              .setAttribute("vxmeta.node", target.node())
              .setAttribute("vxmeta.group", group.value())
              .startSpan();
      CallHeaders.shard(headers)
          .ifPresent(shard -> attempt.setAttribute("vxmeta.shard", shard.value()));
      return attempt;
    }

    @Override
    public String authority() {
      return next.authority();
    }
  }

  private static final class AttemptListener<A> extends SimpleForwardingClientCallListener<A> {
    private final Span attempt;

    AttemptListener(ClientCall.Listener<A> next, Span attempt) {
      super(next);
      this.attempt = attempt;
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      attempt.setAttribute("rpc.response.status_code", status.getCode().name());
      if (!status.isOk()) {
        String reason = RpcFailure.of(status, trailers, RpcFailure.Sent.POSSIBLY).name();
        attempt.setAttribute(ERROR, reason).setStatus(StatusCode.ERROR, reason);
      }
      attempt.end();
      super.onClose(status, trailers);
    }
  }
}
