package io.vxmeta.chaos.seeded;

import java.util.Map;
import java.util.Optional;

/// Which scenario catches which bug.
final class Scenarios {
  private static final Map<String, Scenario> BY_BUG =
      Map.ofEntries(
          Map.entry("read-barrier-off", LeaderScenarios::cutOffLeaderIsReadFrom),
          Map.entry("barrier-reused", LeaderScenarios::cutOffLeaderIsReadFrom),
          Map.entry("follower-skips-wait", FollowerScenarios::followerWakesFarBehind),
          Map.entry("read-during-install", FollowerScenarios::followerInstallsSnapshot),
          Map.entry("segment-without-checksum", FollowerScenarios::followerInstallsSnapshot),
          Map.entry("ack-before-quorum", LeaderScenarios::cutOffLeaderIsWrittenTo),
          Map.entry("ack-before-fsync", CrashScenarios::everybodyIsKilled),
          Map.entry("fsync-error-swallowed", CrashScenarios::fsyncFails),
          Map.entry("vote-not-durable", LeaderScenarios::nodeComesBackAlone),
          Map.entry("apply-exception-swallowed", CrashScenarios::applyFails),
          Map.entry("clock-in-apply", CrashScenarios::replicasAreCompared),
          Map.entry(
              "sequence-check-skipped", LeaderScenarios::sequenceIsRepeatedAfterLeaderChanges),
          Map.entry("compare-on-stale-copy", StateScenarios::manyCompareAtOnce),
          Map.entry("aborted-transaction-leaks", StateScenarios::manyCompareAtOnce),
          Map.entry("half-applied-transaction", StateScenarios::moneyMoves),
          Map.entry("deleted-key-returns", StateScenarios::tableGrows),
          Map.entry("split-loses-record", StateScenarios::tableGrows),
          Map.entry("freed-slot-read", StateScenarios::hotRecordIsRead),
          Map.entry("snapshot-index-plus-one", CrashScenarios::nodeRestartsFromSnapshot),
          Map.entry("snapshot-index-minus-one", CrashScenarios::nodeRestartsFromSnapshot),
          Map.entry("producers-not-in-snapshot", CrashScenarios::nodeRestartsFromSnapshot),
          Map.entry("live-file-trusted", CrashScenarios::nodeRestartsBesideLiveFiles),
          Map.entry("snapshot-not-fsynced", CrashScenarios::powerFailsAfterSnapshot),
          Map.entry("wrong-epoch-accepted", RoutingScenario::oldMapIsRefused),
          Map.entry("client-unknown-failed", HarnessScenarios::writeIsCutShort),
          Map.entry("checker-drops-rw", HarnessScenarios::shapesAreJudged),
          Map.entry("checker-drops-realtime", HarnessScenarios::shapesAreJudged),
          Map.entry("checker-counts-unknown-reads", HarnessScenarios::shapesAreJudged));

  private Scenarios() {}

  static Optional<Scenario> catching(String bug) {
    return Optional.ofNullable(BY_BUG.get(bug));
  }
}
