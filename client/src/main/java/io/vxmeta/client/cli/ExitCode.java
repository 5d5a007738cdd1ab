package io.vxmeta.client.cli;

import io.vxmeta.client.CallFailed;
import java.util.Set;

/// What vxctl's exit status means.
public final class ExitCode {

  public static final int OK = 0;
  public static final int ERROR = 1;
  public static final int USAGE = 2;

  /// A precondition failed, or what was named is not there.
  public static final int NOT_MET = 3;

  /// The cluster, or the part that was needed, did not answer in time.
  public static final int UNAVAILABLE = 4;

  /// A replica or a backup holds something that can not be.
  public static final int CORRUPT = 7;

  private static final Set<String> USAGE_REASONS =
      Set.of("INVALID_REQUEST", "LIMIT_EXCEEDED", "CROSS_GROUP");

  private static final Set<String> NOT_MET_REASONS =
      Set.of(
          "UNKNOWN_NAMESPACE",
          "NAMESPACE_EXISTS",
          "UNKNOWN_NODE",
          "UNKNOWN_GROUP",
          "NODE_NEEDED",
          "FOREIGN_TOKEN");

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
          "OUTCOME_UNKNOWN",
          "WRONG_NODE",
          "WRONG_EPOCH",
          "CLOSED");

  private ExitCode() {}

  static int of(CallFailed failed) {
    if (USAGE_REASONS.contains(failed.reason())) {
      return USAGE;
    }
    if (NOT_MET_REASONS.contains(failed.reason())) {
      return NOT_MET;
    }
    return UNAVAILABLE_REASONS.contains(failed.reason()) ? UNAVAILABLE : ERROR;
  }
}
