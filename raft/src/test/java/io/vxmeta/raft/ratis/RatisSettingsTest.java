package io.vxmeta.raft.ratis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.retry.RetryPolicy;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RatisSettingsTest {
  private static final int DRAWS = 1_000;
  private static final Path STORAGE = Path.of("unused");

  private static RatisSettings settings(long electionTimeoutMin) {
    return new RatisSettings(
        STORAGE, "127.0.0.1", 1, electionTimeoutMin, 2 * electionTimeoutMin, 1 << 20, 0);
  }

  private static long pauseMs(RetryPolicy policy, int errors) {
    return policy.handleAttemptFailure(() -> errors).getSleepTime().toLong(TimeUnit.MILLISECONDS);
  }

  /// Ratis sends a heartbeat when half the election timeout has passed since the follower's last
  /// answer, else entries.
  @ParameterizedTest
  @ValueSource(longs = {50, 300, RatisSettings.ELECTION_TIMEOUT_MIN_MS, 5_000})
  void aLeaderIsBackFromThePauseAfterAnErrorBeforeItsNextHeartbeatIsDue(long electionTimeoutMin) {
    RaftProperties properties = settings(electionTimeoutMin).properties();
    long heartbeatDueMs =
        RaftServerConfigKeys.Rpc.timeoutMin(properties).toLong(TimeUnit.MILLISECONDS) / 2;
    RetryPolicy policy =
        RetryPolicy.parse(RaftServerConfigKeys.Log.Appender.retryPolicy(properties));
    for (int errors : List.of(1, 10, 11, 30, 31, 2_000, 1_000_000)) {
      long longest =
          IntStream.range(0, DRAWS).mapToLong(_ -> pauseMs(policy, errors)).max().orElseThrow();
      assertTrue(
          2 * longest <= heartbeatDueMs, "errors=" + errors + " longest pause ms=" + longest);
    }
  }

  /// Until a follower counts as slow, an appender whose stream broke and that has no entry for it
  /// turns without any wait until its next heartbeat is due; one that answers in time never counts
  /// as slow.
  @Test
  void aLeaderOfADeadFollowerTurnsNoLongerThanAnElectionTakes() {
    RatisSettings settings = settings(RatisSettings.ELECTION_TIMEOUT_MIN_MS);
    long slowMs =
        RaftServerConfigKeys.Rpc.slownessTimeout(settings.properties())
            .toLong(TimeUnit.MILLISECONDS);
    assertTrue(slowMs <= settings.electionTimeoutMax(), "slow after ms=" + slowMs);
    assertTrue(slowMs >= RatisSettings.ELECTION_TIMEOUT_MIN_MS, "slow after ms=" + slowMs);
  }

  @Test
  void aLeaderPausesHoweverOftenAFollowerFailed() {
    RetryPolicy policy =
        RetryPolicy.parse(
            RaftServerConfigKeys.Log.Appender.retryPolicy(
                settings(RatisSettings.ELECTION_TIMEOUT_MIN_MS).properties()));
    for (int errors : List.of(11, 2_000, 1_000_000, Integer.MAX_VALUE)) {
      assertTrue(pauseMs(policy, errors) > 0, "errors=" + errors);
    }
  }

  @Test
  void settingsThatKeepDataSafeAreUnbroken() {
    assertEquals(
        List.of(), RatisSettings.broken(RatisSettings.of(STORAGE, "127.0.0.1", 1).properties()));
  }
}
