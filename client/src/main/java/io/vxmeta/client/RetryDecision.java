package io.vxmeta.client;

import io.grpc.Status;
import io.vxmeta.client.grpc.ErrorReason;
import io.vxmeta.client.grpc.RpcFailure;
import java.time.Duration;

/// What to do about a failed attempt: one switch over everything that can go wrong.
enum RetryDecision {
  /// Asking again can not help.
  END,
  /// The shard map is out of date.
  REFRESH_MAP,
  /// The node may have named the leader.
  FIND_LEADER,
  /// Another node may do better.
  TRY_ANOTHER,
  /// The node is well but busy.
  WAIT;

  /// A node that says when it will be ready is the one to ask then: others would only name it.
  static RetryDecision about(RpcFailure failure) {
    if (failure.is(ErrorReason.NOT_READY) && failure.fact("retry_after_ms").isPresent()) {
      return WAIT;
    }
    return failure.reason().map(RetryDecision::about).orElseGet(() -> about(failure.code()));
  }

  /// How long to wait for a node that is busy: the caller's own pause, or longer if it says so.
  static Duration pause(RpcFailure failure, Duration own) {
    try {
      Duration asked =
          Duration.ofMillis(failure.fact("retry_after_ms").map(Long::parseLong).orElse(0L));
      return asked.compareTo(own) > 0 ? asked : own;
    } catch (NumberFormatException malformed) {
      // A hint nobody can read is no hint.
      return own;
    }
  }

  private static RetryDecision about(ErrorReason reason) {
    return switch (reason) {
      case INVALID_REQUEST,
          LIMIT_EXCEEDED,
          MISSING_SHARD_HEADER,
          WRONG_SHARD_HEADER,
          UNKNOWN_NAMESPACE,
          NAMESPACE_EXISTS,
          FOREIGN_TOKEN,
          PRODUCER_FENCED,
          SEQUENCE_TOO_OLD,
          TOO_MANY_PRODUCERS,
          TABLE_FULL,
          DISK_FULL,
          NOTHING_TO_SNAPSHOT,
          SNAPSHOT_ROTTEN,
          NODE_NEEDED,
          NODE_UNKNOWN,
          MOVE_UNDER_WAY ->
          END;
      case WRONG_EPOCH, WRONG_NODE, CROSS_GROUP, SHARD_MOVED -> REFRESH_MAP;
      case NOT_LEADER -> FIND_LEADER;
      case NOT_READY, STALE, OUTCOME_UNKNOWN, DEADLINE -> TRY_ANOTHER;
      case OVERLOADED -> WAIT;
    };
  }

  private static RetryDecision about(Status.Code code) {
    return switch (code) {
      case UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED, ABORTED, INTERNAL, UNKNOWN, DATA_LOSS ->
          TRY_ANOTHER;
      case OK,
          INVALID_ARGUMENT,
          NOT_FOUND,
          ALREADY_EXISTS,
          PERMISSION_DENIED,
          UNAUTHENTICATED,
          RESOURCE_EXHAUSTED,
          FAILED_PRECONDITION,
          OUT_OF_RANGE,
          UNIMPLEMENTED ->
          END;
    };
  }

  /// True: every server gives this answer to this request, whatever happened to it before. That a
  /// shard has moved is said of a sequence under which nothing happened, and nothing will.
  static boolean isAboutTheRequest(RpcFailure failure) {
    return failure.is(ErrorReason.SHARD_MOVED)
        || (failure.code() == Status.Code.INVALID_ARGUMENT && !failure.is(ErrorReason.CROSS_GROUP));
  }
}
