package io.vxmeta.client.cli;

import io.vxmeta.client.CallFailed;
import java.util.List;
import java.util.Set;

/// What vxctl's exit status means.
public final class ExitCode {

  public static final int OK = 0;

  /// This machine or this program failed.
  public static final int ERROR = 1;

  public static final int USAGE = 2;

  /// A precondition failed, or what was named is not there.
  public static final int NOT_MET = 3;

  /// The cluster, or the part that was needed, did not answer in time.
  public static final int UNAVAILABLE = 4;

  /// What was looked at answers, and is not well.
  public static final int UNHEALTHY = 5;

  /// The cluster does not let this caller do it.
  public static final int DENIED = 6;

  /// A replica, a backup or a history holds something that can not be.
  public static final int CORRUPT = 7;

  /// As shells count it: 128 and the number of SIGINT.
  public static final int INTERRUPTED = 130;

  /// A code and its one meaning, for people.
  record Meaning(int code, String text) {}

  /// In the order of `vxctl --help`.
  static final List<Meaning> MEANINGS =
      List.of(
          new Meaning(OK, "done"),
          new Meaning(ERROR, "an error of this machine or program, as a file that can not be read"),
          new Meaning(USAGE, "wrong usage: a flag, an argument, a configuration file"),
          new Meaning(NOT_MET, "not found, or a precondition failed"),
          new Meaning(UNAVAILABLE, "unavailable, or no answer in time"),
          new Meaning(UNHEALTHY, "unhealthy, a check failed, or nobody can tell"),
          new Meaning(DENIED, "denied"),
          new Meaning(CORRUPT, "corruption or an anomaly: a replica, a backup or a history"),
          new Meaning(INTERRUPTED, "interrupted"));

  private static final Set<String> USAGE_REASONS =
      Set.of(
          "INVALID_REQUEST",
          "INVALID_ARGUMENT",
          "LIMIT_EXCEEDED",
          "CROSS_GROUP",
          "FOREIGN_CLUSTER",
          "MISSING_SHARD_HEADER",
          "WRONG_SHARD_HEADER");

  private static final Set<String> NOT_MET_REASONS =
      Set.of(
          "UNKNOWN_NAMESPACE",
          "NAMESPACE_EXISTS",
          "UNKNOWN_NODE",
          "UNKNOWN_GROUP",
          "NODE_NEEDED",
          "NODE_UNKNOWN",
          "MOVE_UNDER_WAY",
          "SHARD_MOVED",
          "FOREIGN_TOKEN",
          "PRODUCER_FENCED",
          "SEQUENCE_TOO_OLD",
          "NOTHING_TO_SNAPSHOT",
          "NOT_FOUND",
          "ALREADY_EXISTS",
          "FAILED_PRECONDITION");

  private static final Set<String> UNAVAILABLE_REASONS =
      Set.of(
          "UNREACHABLE",
          "DEADLINE",
          "DEADLINE_EXCEEDED",
          "UNAVAILABLE",
          "NOT_LEADER",
          "NOT_READY",
          "STALE",
          "OVERLOADED",
          "CLIENT_OVERLOADED",
          "OUTCOME_UNKNOWN",
          "DISK_FULL",
          "TABLE_FULL",
          "TOO_MANY_PRODUCERS",
          "RESOURCE_EXHAUSTED",
          "ABORTED",
          "CANCELLED",
          "WRONG_NODE",
          "WRONG_EPOCH",
          "CLOSED");

  private static final Set<String> DENIED_REASONS = Set.of("UNAUTHENTICATED", "PERMISSION_DENIED");

  private static final Set<String> CORRUPT_REASONS = Set.of("DATA_LOSS", "SNAPSHOT_ROTTEN");

  private ExitCode() {}

  static int of(CallFailed failed) {
    return ofReason(failed.reason());
  }

  static int ofReason(String reason) {
    if (USAGE_REASONS.contains(reason)) {
      return USAGE;
    }
    if (NOT_MET_REASONS.contains(reason)) {
      return NOT_MET;
    }
    if (DENIED_REASONS.contains(reason)) {
      return DENIED;
    }
    if (CORRUPT_REASONS.contains(reason)) {
      return CORRUPT;
    }
    return UNAVAILABLE_REASONS.contains(reason) ? UNAVAILABLE : ERROR;
  }
}
