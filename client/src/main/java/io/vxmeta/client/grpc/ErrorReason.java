package io.vxmeta.client.grpc;

import io.grpc.Status;
import java.util.Arrays;
import java.util.Optional;

/// Why a call was refused: the reason in ErrorInfo, with the gRPC code it always travels under.
///
/// `name()` is the wire value. What each one means, what its metadata holds and what to do about it
/// is listed at the head of metadata_store.proto.
public enum ErrorReason {
  INVALID_REQUEST(Status.Code.INVALID_ARGUMENT, Effect.NONE),
  LIMIT_EXCEEDED(Status.Code.INVALID_ARGUMENT, Effect.NONE),
  MISSING_SHARD_HEADER(Status.Code.INVALID_ARGUMENT, Effect.NONE),
  WRONG_SHARD_HEADER(Status.Code.INVALID_ARGUMENT, Effect.NONE),
  CROSS_GROUP(Status.Code.INVALID_ARGUMENT, Effect.NONE),
  UNKNOWN_NAMESPACE(Status.Code.NOT_FOUND, Effect.NONE),
  NAMESPACE_EXISTS(Status.Code.ALREADY_EXISTS, Effect.NONE),
  WRONG_EPOCH(Status.Code.FAILED_PRECONDITION, Effect.NONE),
  WRONG_NODE(Status.Code.FAILED_PRECONDITION, Effect.NONE),
  SHARD_MOVED(Status.Code.FAILED_PRECONDITION, Effect.NONE),
  NOT_LEADER(Status.Code.UNAVAILABLE, Effect.NONE),
  NOT_READY(Status.Code.UNAVAILABLE, Effect.NONE),
  STALE(Status.Code.UNAVAILABLE, Effect.NONE),
  FOREIGN_TOKEN(Status.Code.FAILED_PRECONDITION, Effect.NONE),
  OVERLOADED(Status.Code.RESOURCE_EXHAUSTED, Effect.NONE),
  OUTCOME_UNKNOWN(Status.Code.UNAVAILABLE, Effect.UNKNOWN),
  PRODUCER_FENCED(Status.Code.FAILED_PRECONDITION, Effect.NONE),
  SEQUENCE_TOO_OLD(Status.Code.FAILED_PRECONDITION, Effect.NONE),
  TOO_MANY_PRODUCERS(Status.Code.RESOURCE_EXHAUSTED, Effect.NONE),
  TABLE_FULL(Status.Code.RESOURCE_EXHAUSTED, Effect.NONE),
  DISK_FULL(Status.Code.RESOURCE_EXHAUSTED, Effect.NONE),
  NOTHING_TO_SNAPSHOT(Status.Code.FAILED_PRECONDITION, Effect.NONE),
  SNAPSHOT_ROTTEN(Status.Code.FAILED_PRECONDITION, Effect.NONE),
  NODE_NEEDED(Status.Code.FAILED_PRECONDITION, Effect.NONE),
  NODE_UNKNOWN(Status.Code.NOT_FOUND, Effect.NONE),
  MOVE_UNDER_WAY(Status.Code.FAILED_PRECONDITION, Effect.NONE),
  DEADLINE(Status.Code.DEADLINE_EXCEEDED, Effect.UNKNOWN);

  /// ErrorInfo.domain of every error of ours.
  public static final String DOMAIN = "vxmeta.io";

  /// What the attempt that was refused with this reason may have done; an earlier attempt of the
  /// same write is another matter.
  enum Effect {
    NONE,
    UNKNOWN
  }

  private final Status.Code code;
  private final Effect effect;

  ErrorReason(Status.Code code, Effect effect) {
    this.code = code;
    this.effect = effect;
  }

  /// The gRPC code this reason always travels under.
  public Status.Code code() {
    return code;
  }

  /// True: a write refused so has done nothing, for certain, in this attempt.
  public boolean provesNothingHappened() {
    return effect == Effect.NONE;
  }

  /// The reason of that wire name; empty for one of a newer release.
  public static Optional<ErrorReason> named(String wireName) {
    return Arrays.stream(values()).filter(reason -> reason.name().equals(wireName)).findFirst();
  }
}
