package io.vxmeta.client.grpc;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// How one attempt of one call failed: the gRPC code, our reason and its facts if the server gave
/// one, and whether anything left this process.
///
/// An exception so that it can complete a future; it carries no stack, since it says more by
/// itself.
public final class RpcFailure extends Exception {

  private static final long serialVersionUID = 1L;

  /// Whether the call's bytes may have reached a server.
  public enum Sent {
    NOTHING,
    POSSIBLY
  }

  private final Status.Code code;
  private final transient Optional<ErrorReason> reason;
  private final transient Map<String, String> facts;
  private final Sent sent;
  private final boolean plain;

  private RpcFailure(Status status, ErrorInfo detail, Optional<String> plain, Sent sent) {
    super(plain.orElseGet(() -> describe(status)), status.getCause(), false, false);
    this.code = status.getCode();
    this.reason = ErrorReason.named(detail.getReason());
    this.facts = Map.copyOf(detail.getMetadataMap());
    this.sent = sent;
    this.plain = plain.isPresent();
  }

  /// The failure of a call that ended with this status and these trailers.
  public static RpcFailure of(Status status, Metadata trailers, Sent sent) {
    ErrorInfo detail = detail(StatusProto.fromStatusAndTrailers(status, trailers));
    Optional<String> plain =
        detail.getReason().isEmpty() ? TransportWords.of(status) : Optional.empty();
    return new RpcFailure(status, detail, plain, sent);
  }

  /// The failure of one message of a stream that goes on.
  public static RpcFailure of(com.google.rpc.Status status) {
    Status grpc = Status.fromCodeValue(status.getCode()).withDescription(status.getMessage());
    return new RpcFailure(grpc, detail(status), Optional.empty(), Sent.POSSIBLY);
  }

  private static ErrorInfo detail(com.google.rpc.Status status) {
    for (Any any : status.getDetailsList()) {
      if (any.is(ErrorInfo.class)) {
        ErrorInfo detail = unpack(any);
        if (detail.getDomain().equals(ErrorReason.DOMAIN)) {
          return detail;
        }
      }
    }
    return ErrorInfo.getDefaultInstance();
  }

  private static ErrorInfo unpack(Any any) {
    try {
      return any.unpack(ErrorInfo.class);
    } catch (InvalidProtocolBufferException garbled) {
      // A detail nobody can read says nothing: the code and the message still stand.
      return ErrorInfo.getDefaultInstance();
    }
  }

  private static String describe(Status status) {
    String text = status.getDescription() == null ? "" : status.getDescription();
    Throwable cause = rootCause(status);
    if (cause != null && cause.getMessage() != null && !text.contains(cause.getMessage())) {
      return (text.isEmpty() ? "" : text + ": ") + cause.getMessage();
    }
    return text.isEmpty() ? status.getCode().name() : text;
  }

  private static @Nullable Throwable rootCause(Status status) {
    Throwable cause = status.getCause();
    while (cause != null && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }

  public Status.Code code() {
    return code;
  }

  /// Empty: the failure is gRPC's own, or of a server that gives reasons this client does not know.
  public Optional<ErrorReason> reason() {
    return reason;
  }

  public boolean is(ErrorReason wanted) {
    return reason.isPresent() && reason.get() == wanted;
  }

  public Optional<String> fact(String key) {
    return Optional.ofNullable(facts.get(key));
  }

  public Map<String, String> facts() {
    return facts;
  }

  /// True: this attempt has changed nothing on any server, for certain.
  public boolean provesNothingHappened() {
    return sent == Sent.NOTHING || (reason.isPresent() && reason.get().provesNothingHappened());
  }

  /// The reason's name, else the gRPC code's.
  public String name() {
    return reason.map(Enum::name).orElse(code.name());
  }

  /// The message; never null.
  public String text() {
    String message = getMessage();
    return message == null ? name() : message;
  }

  /// The message for people, behind the reason or the code unless the words say it all.
  public String told() {
    return plain || text().startsWith(name()) ? text() : name() + ": " + text();
  }
}
