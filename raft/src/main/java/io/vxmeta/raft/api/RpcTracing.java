package io.vxmeta.raft.api;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.LongSupplier;

/// Counts and times the calls of a server by method and status code, also those that no method
/// takes.
public final class RpcTracing extends ServerStreamTracer.Factory {
  /* Threads: any; a call's end is told once.
   * Why a tracer and no interceptor: it costs a call one look-up, one object and two looks at the clock, and its messages nothing,
   *   where an interceptor lays a forwarding call and a listener around each message; and gRPC tells it every end, also of
   *   calls to unknown methods, of those that a client gives up and of those whose connection breaks.
   * Labels: the methods that are registered, and OTHER for whatever else somebody calls.
   */
  private static final String OTHER = "other";

  private static final List<String> CODES =
      Arrays.stream(Status.Code.values()).map(Status.Code::name).toList();

  private final Map<String, RpcMeter> meters = new HashMap<>();
  private final RpcMeter other;
  private final LongSupplier nanoClock;

  public RpcTracing(
      List<ServerServiceDefinition> services,
      Function<RpcMeter.Method, RpcMeter> meterOf,
      LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
    for (ServerServiceDefinition service : services) {
      for (ServerMethodDefinition<?, ?> each : service.getMethods()) {
        MethodDescriptor<?, ?> method = each.getMethodDescriptor();
        meters.put(
            method.getFullMethodName(),
            meterOf.apply(new RpcMeter.Method(shortName(method), shape(method), CODES)));
      }
    }
    other = meterOf.apply(new RpcMeter.Method(OTHER, RpcMeter.Shape.STREAM, CODES));
  }

  /// Without the package: `vxmeta.v1.MetadataStore/Read` is `MetadataStore/Read`.
  private static String shortName(MethodDescriptor<?, ?> method) {
    String service = String.valueOf(method.getServiceName());
    return service.substring(service.lastIndexOf('.') + 1) + "/" + method.getBareMethodName();
  }

  private static RpcMeter.Shape shape(MethodDescriptor<?, ?> method) {
    return method.getType() == MethodDescriptor.MethodType.UNARY
        ? RpcMeter.Shape.UNARY
        : RpcMeter.Shape.STREAM;
  }

  @Override
  public ServerStreamTracer newServerStreamTracer(String fullMethodName, Metadata headers) {
    return new Call(meters.getOrDefault(fullMethodName, other), nanoClock);
  }

  private static final class Call extends ServerStreamTracer {
    private final RpcMeter meter;
    private final LongSupplier nanoClock;
    private final long begunNanos;

    Call(RpcMeter meter, LongSupplier nanoClock) {
      this.meter = meter;
      this.nanoClock = nanoClock;
      this.begunNanos = nanoClock.getAsLong();
    }

    @Override
    public void streamClosed(Status status) {
      meter.onEnd(status.getCode().value(), nanoClock.getAsLong() - begunNanos);
    }
  }
}
