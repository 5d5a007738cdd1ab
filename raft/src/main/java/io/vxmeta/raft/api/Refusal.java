package io.vxmeta.raft.api;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.vxmeta.client.grpc.ErrorReason;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A call that is answered with an error: reason, facts and words, as the API promises them.
final class Refusal extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// What an overloaded caller is told to wait before it tries again.
  static final int RETRY_AFTER_MS = 50;

  private final ErrorReason reason;
  private final transient Map<String, String> facts;

  Refusal(ErrorReason reason, Map<String, String> facts, @Nullable String message) {
    super(message, null, false, false);
    this.reason = reason;
    this.facts = facts;
  }

  /// Facts are alternating names and values.
  static Refusal of(ErrorReason reason, String message, Object... facts) {
    Map<String, String> map = new LinkedHashMap<>();
    for (int i = 0; i < facts.length; i += 2) {
      map.put(String.valueOf(facts[i]), String.valueOf(facts[i + 1]));
    }
    return new Refusal(reason, map, message);
  }

  static Refusal invalid(String field, String expected, Object actual) {
    return of(
        ErrorReason.INVALID_REQUEST,
        "expected " + expected + "; field=" + field + " actual=" + actual,
        "field",
        field,
        "expected",
        expected,
        "actual",
        actual);
  }

  static Refusal limit(String field, long limit, long actual) {
    return of(
        ErrorReason.LIMIT_EXCEEDED,
        "expected at most " + limit + "; field=" + field + " actual=" + actual + "; send less",
        "field",
        field,
        "limit",
        limit,
        "actual",
        actual);
  }

  /// The same, saying which of a stream's transactions it is about.
  Refusal about(long sequence) {
    Map<String, String> more = facts == null ? new LinkedHashMap<>() : new LinkedHashMap<>(facts);
    more.put("sequence", Long.toString(sequence));
    return new Refusal(reason, more, getMessage());
  }

  ErrorReason reason() {
    return reason;
  }

  Status status() {
    ErrorInfo.Builder info =
        ErrorInfo.newBuilder().setReason(reason.name()).setDomain(ErrorReason.DOMAIN);
    if (facts != null) {
      info.putAllMetadata(facts);
    }
    Status.Builder status =
        Status.newBuilder()
            .setCode(reason.code().value())
            .setMessage(reason.name() + ": " + getMessage())
            .addDetails(Any.pack(info.build()));
    if (reason == ErrorReason.OVERLOADED) {
      status.addDetails(
          Any.pack(
              RetryInfo.newBuilder()
                  .setRetryDelay(Duration.newBuilder().setNanos(RETRY_AFTER_MS * 1_000_000))
                  .build()));
    }
    return status.build();
  }

  StatusRuntimeException asException() {
    return StatusProto.toStatusRuntimeException(status());
  }
}
