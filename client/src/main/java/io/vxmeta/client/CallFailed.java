package io.vxmeta.client;

import io.vxmeta.client.grpc.ErrorReason;
import java.util.Map;

/// A call that ended without an answer: a reason to act upon, a message for people, facts for both.
public final class CallFailed extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /// No node that was asked said a word within the deadline.
  public static final String UNREACHABLE = "UNREACHABLE";

  /// Some node refused within the deadline, none answered, and the last one asked was silent. Not
  /// where any said [ErrorReason#STALE]: that stays the reason.
  public static final String DEADLINE = ErrorReason.DEADLINE.name();

  /// A write may have happened.
  public static final String OUTCOME_UNKNOWN = ErrorReason.OUTCOME_UNKNOWN.name();

  /// This client's own limit of calls in flight is reached.
  public static final String CLIENT_OVERLOADED = "CLIENT_OVERLOADED";

  /// The shard map does not know the node a call was meant for.
  public static final String UNKNOWN_NODE = "UNKNOWN_NODE";

  /// The shard map does not know the group a call was meant for.
  public static final String UNKNOWN_GROUP = "UNKNOWN_GROUP";

  /// The client, or the bulk writer, was closed or has given up.
  public static final String CLOSED = "CLOSED";

  private final String reason;
  private final transient Map<String, String> facts;

  CallFailed(String reason, String message, Map<String, String> facts) {
    super(message);
    this.reason = reason;
    this.facts = Map.copyOf(facts);
  }

  /// The same, with the stack of the thread that waited.
  CallFailed here() {
    CallFailed thrown = new CallFailed(reason, text(), facts);
    thrown.initCause(this);
    return thrown;
  }

  /// The name of an [ErrorReason], a gRPC code, or a constant of this class.
  public String reason() {
    return reason;
  }

  public boolean is(ErrorReason wanted) {
    return reason.equals(wanted.name());
  }

  public Map<String, String> facts() {
    return facts;
  }

  /// The message; never null.
  public String text() {
    String message = getMessage();
    return message == null ? reason : message;
  }
}
