package io.vxmeta.raft.api;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.vxmeta.client.grpc.ErrorReason;
import io.vxmeta.raft.read.ReadGate.Opened;
import io.vxmeta.raft.read.ReadRefused;
import io.vxmeta.raft.write.WriteRefusal;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.statemachine.ReadTooLarge;
import io.vxmeta.statemachine.ShardNotServed;
import io.vxmeta.statemachine.ShardPhase;
import io.vxmeta.statemachine.batch.Limits;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Turns what went wrong inside into what the caller is told.
final class CallErrors {
  private static final Logger LOG = LoggerFactory.getLogger(CallErrors.class);

  /// A shard is meant to take no writes for 50 ms at most (docs/shard-moves.md): a few tries.
  private static final int SHARD_MOVES_RETRY_MS = 10;

  private final CallCheck check;

  CallErrors(CallCheck check) {
    this.check = check;
  }

  /// What ends a stream of writes, with the sequence of the transaction that could not be accepted.
  StatusRuntimeException tell(Throwable problem, long sequence) {
    Throwable cause = cause(problem);
    return tell(cause instanceof Refusal refusal ? refusal.about(sequence) : cause);
  }

  private static Throwable cause(Throwable problem) {
    Throwable cause = problem;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }

  StatusRuntimeException tell(Throwable problem) {
    Throwable cause = cause(problem);
    return switch (cause) {
      case Refusal refusal -> refusal.asException();
      case CallCheck.UnknownNamespace unknown -> unknown.refusal().asException();
      case StatusRuntimeException status -> status;
      case ReadTooLarge tooLarge ->
          Refusal.limit("values of one read, bytes", Limits.READ_BYTES_MAX, tooLarge.bytes())
              .asException();
      default -> {
        LOG.error("a call failed in an unforeseen way", cause);
        yield Status.INTERNAL
            .withDescription("unforeseen: " + cause + "; the node's log has the details")
            .asRuntimeException();
      }
    };
  }

  /// The same in one word: a reason of the API, or a status code.
  static String word(Throwable problem) {
    String name =
        switch (cause(problem)) {
          case Refusal refusal -> refusal.reason().name();
          case CallCheck.UnknownNamespace unknown -> unknown.refusal().reason().name();
          case StatusRuntimeException status -> status.getStatus().getCode().name();
          case ReadTooLarge _ -> ErrorReason.LIMIT_EXCEEDED.name();
          default -> Status.Code.INTERNAL.name();
        };
    return name.toLowerCase(Locale.ROOT);
  }

  /// The same as a message, for streams that go on after an error.
  com.google.rpc.Status status(Throwable problem) {
    return StatusProto.fromThrowable(tell(problem));
  }

  Refusal refusal(ReadRefused refused, ShardGroupId group) {
    return switch (refused.reason()) {
      case NOT_LEADER -> toLeader(group, refused.leader(), String.valueOf(refused.getMessage()));
      case NOT_READY -> notReady(group, String.valueOf(refused.getMessage()));
      case OVERLOADED -> overloaded(String.valueOf(refused.getMessage()));
      case STALE -> stale(refused, group);
      case DEADLINE ->
          Refusal.of(
              ErrorReason.DEADLINE,
              String.valueOf(refused.getMessage()),
              "group",
              group.value(),
              "waited_for",
              "read contract");
    };
  }

  private static Refusal stale(ReadRefused refused, ShardGroupId group) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("group", Integer.toString(group.value()));
    refused
        .behind()
        .ifPresent(behind -> {
          facts.put("required", Long.toString(behind.required()));
          facts.put("actual", Long.toString(behind.actual()));
        });
    return new Refusal(ErrorReason.STALE, facts, refused.getMessage());
  }

  /// What a failed gate is told as.
  Throwable translated(Throwable problem, ShardGroupId group) {
    Throwable cause = cause(problem);
    return cause instanceof ReadRefused refused ? refusal(refused, group) : cause;
  }

  Refusal refusal(WriteRefusal refused, ShardGroupId group) {
    return switch (refused.reason()) {
      case NOT_LEADER -> toLeader(group, refused.leader(), refused.message());
      case NOT_READY, LANE_BROKEN -> notReady(group, refused.message());
      case OVERLOADED -> overloaded(refused.message());
    };
  }

  /// A read of a shard that the group does not answer for.
  static Refusal notServed(ShardGroupId group, ShardNotServed refused) {
    return refused.standing().phase() == ShardPhase.AWAY
        ? Refusal.of(
            ErrorReason.SHARD_MOVED,
            "the shard is another group's; shard="
                + refused.shard()
                + "; fetch the map, and ask the group that it names",
            "shard",
            refused.shard(),
            "group",
            group.value())
        : shardMoves(group, refused.shard());
  }

  /// The last steps of a shard's move are under way.
  static Refusal shardMoves(ShardGroupId group, int shard) {
    return Refusal.of(
        ErrorReason.NOT_READY,
        "the shard is on its way between groups; shard=" + shard + "; send the same again soon",
        "group",
        group.value(),
        "reason",
        "shard moves",
        "retry_after_ms",
        SHARD_MOVES_RETRY_MS);
  }

  /// A look-up failed inside. If the state was replaced meanwhile that is why, and the read may be
  /// repeated.
  RuntimeException failedLookUp(Opened opened, IllegalStateException problem) {
    return opened.isCurrent()
        ? problem
        : notReady(opened.replica().group(), "a snapshot was installed during the read");
  }

  Refusal unknown(ShardGroupId group, String message) {
    return Refusal.of(
        ErrorReason.OUTCOME_UNKNOWN,
        "the write may or may not have happened; group="
            + group.value()
            + " cause="
            + message
            + "; repeat it with the same producer sequence",
        "group",
        group.value());
  }

  Refusal toLeader(ShardGroupId group, Optional<NodeId> leader, String message) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("group", Integer.toString(group.value()));
    leader.ifPresent(node -> facts.put("leader_node", node.value()));
    leader.flatMap(check::clientEndpoint).ifPresent(at -> facts.put("leader_endpoint", at));
    return new Refusal(ErrorReason.NOT_LEADER, facts, message);
  }

  private static Refusal notReady(ShardGroupId group, String message) {
    return Refusal.of(
        ErrorReason.NOT_READY, message + "; retry", "group", group.value(), "reason", message);
  }

  private static Refusal overloaded(String message) {
    return Refusal.of(
        ErrorReason.OVERLOADED,
        message,
        "limit",
        message,
        "retry_after_ms",
        Refusal.RETRY_AFTER_MS);
  }
}
