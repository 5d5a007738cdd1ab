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
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapSetter;
import io.vxmeta.client.grpc.CallHeaders;
import io.vxmeta.client.grpc.RpcFailure;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardId;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// One call to the cluster as a span; each attempt at it is a child, and the parent of what the
/// server tells.
final class CallTrace {
  /* Threads: any; spans are made for that.
   * Why a channel, and no argument to each question: what is asked stays what it is without tracing, and the span begins and
   *   ends exactly where gRPC begins and ends the attempt.
   * A message on a stream is an attempt, too, though the stream is shared by many and has no span of its own: it lasts for half an
   *   hour and belongs to no caller. What a header is to a call, a field is to a message; it says `traceparent` and no more.
   * Bound: spans are open for what is under way, which has its limits where it waits.
   * Names are those of OpenTelemetry's conventions for RPC, and vxmeta.* for what is ours. */

  static final String OUTCOME = "vxmeta.outcome";

  private static final String ERROR = "error.type";
  private static final String CODE = "rpc.response.status_code";
  private static final String SHARD = "vxmeta.shard";

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

  /// A message to a node on a stream there.
  Message message(MethodDescriptor<?, ?> method, Target target, ShardGroupId group, ShardId shard) {
    return new Message(
        attempt(method.getFullMethodName(), target, group)
            .setAttribute(SHARD, shard.value())
            .startSpan());
  }

  private SpanBuilder attempt(String method, Target target, ShardGroupId group) {
    return tracer
        .spanBuilder(method)
        .setSpanKind(SpanKind.CLIENT)
        .setParent(context)
        .setAttribute("rpc.system.name", "grpc")
        .setAttribute("rpc.method", method)
        .setAttribute("server.address", target.endpoint().host())
        .setAttribute("server.port", target.endpoint().port())
        .setAttribute("vxmeta.node", target.node())
        .setAttribute("vxmeta.group", group.value());
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

  private static void failed(Span attempt, RpcFailure failure) {
    attempt
        .setAttribute(CODE, failure.code().name())
        .setAttribute(ERROR, failure.name())
        .setStatus(StatusCode.ERROR, failure.name())
        .end();
  }

  /// A question or transaction on a stream, from its sending to its answer.
  static final class Message {
    private final Span attempt;

    private Message(Span attempt) {
      this.attempt = attempt;
    }

    /// What it says to the server.
    String traceparent() {
      SpanContext told = attempt.getSpanContext();
      return "00-"
          + told.getTraceId()
          + "-"
          + told.getSpanId()
          + "-"
          + told.getTraceFlags().asHex();
    }

    void answered() {
      attempt.setAttribute(CODE, Status.Code.OK.name()).end();
    }

    void failed(RpcFailure failure) {
      CallTrace.failed(attempt, failure);
    }

    /// Nobody waits for its answer any more.
    void givenUp(String reason) {
      attempt.setAttribute(ERROR, reason).setStatus(StatusCode.ERROR, reason).end();
    }
  }

  final class AttemptChannel extends Channel {
    private final Channel next;
    private final Target target;
    private final ShardGroupId group;

    private AttemptChannel(Channel next, Target target, ShardGroupId group) {
      this.next = next;
      this.target = target;
      this.group = group;
    }

    /// For streams, which are found by it.
    Channel plain() {
      return next;
    }

    Message message(MethodDescriptor<?, ?> method, ShardId shard) {
      return CallTrace.this.message(method, target, group, shard);
    }

    @Override
    public <Q, A> ClientCall<Q, A> newCall(MethodDescriptor<Q, A> method, CallOptions options) {
      return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
        private volatile boolean cancelled;

        @Override
        public void start(Listener<A> listener, Metadata headers) {
          Span span = attempt(method.getFullMethodName(), target, group).startSpan();
          CallHeaders.shard(headers).ifPresent(shard -> span.setAttribute(SHARD, shard.value()));
          W3CTraceContextPropagator.getInstance().inject(context.with(span), headers, HEADERS);
          super.start(new AttemptListener<>(listener, span, () -> cancelled), headers);
        }

        @Override
        public void cancel(@Nullable String message, @Nullable Throwable cause) {
          cancelled = true;
          super.cancel(message, cause);
        }
      };
    }

    @Override
    public String authority() {
      return next.authority();
    }
  }

  private static final class AttemptListener<A> extends SimpleForwardingClientCallListener<A> {
    private final Span attempt;
    private final BooleanSupplier cancelled;

    AttemptListener(ClientCall.Listener<A> next, Span attempt, BooleanSupplier cancelled) {
      super(next);
      this.attempt = attempt;
      this.cancelled = cancelled;
    }

    /// That this side wants no more, as of a scan whose last page has come, is no error.
    @Override
    public void onClose(Status status, Metadata trailers) {
      boolean unwanted = status.getCode() == Status.Code.CANCELLED && cancelled.getAsBoolean();
      if (status.isOk() || unwanted) {
        attempt.setAttribute(CODE, status.getCode().name()).end();
      } else {
        failed(attempt, RpcFailure.of(status, trailers, RpcFailure.Sent.POSSIBLY));
      }
      super.onClose(status, trailers);
    }
  }
}
