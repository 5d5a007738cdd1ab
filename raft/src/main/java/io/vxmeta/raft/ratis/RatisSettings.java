package io.vxmeta.raft.ratis;

import static java.util.Map.entry;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;

/// How Ratis is set up, each setting with its reason, and the check at start-up that nothing
/// weakened it.
///
/// @param electionTimeoutMin after this long without a leader a follower stands for election
/// @param storage directory of the logs and votes
/// @param segmentBytes size of a log file; the log is purged by whole files
/// @param entriesKept log entries kept behind a snapshot, for followers that are a little late
public record RatisSettings(
    Path storage,
    String host,
    int port,
    long electionTimeoutMin,
    long electionTimeoutMax,
    int segmentBytes,
    int entriesKept) {
  /* Relations that must hold (checked where they are used):
   *   log entry <= APPENDER_BYTES; WRITE_BUFFER_BYTES >= APPENDER_BYTES + 8; MESSAGE_BYTES_MAX >= APPENDER_BYTES + 1 MB.
   *   Lowering APPENDER_BYTES makes logs written before unreadable: it is part of the disk format.
   * Pauses of a leader after an error of a follower end BEFORE the next heartbeat is due. A follower that begins at a snapshot
   *   the leader does not know of (it was repaired) finds no entry before a heartbeat's, so it answers each with "inconsistent"
   *   and an index one lower, which leads nowhere; entries it answers with the index it wants. The leader sends a heartbeat
   *   whenever half the election timeout has passed since the last answer, else entries. With Ratis' own pauses of 1 s and 5 s
   *   each pause ended with a heartbeat and each heartbeat with a pause, for ever. With shorter ones entries follow the
   *   first pause, and there are some, because what the follower's snapshot holds is in the leader's log or behind its start.
   */

  /// Largest log entry, and what one append to a follower carries.
  static final int APPENDER_BYTES = 4 << 20;

  static final int WRITE_BUFFER_BYTES = APPENDER_BYTES + (32 << 10);
  static final int MESSAGE_BYTES_MAX = 16 << 20;

  /// Bytes of an entry that are ours; the rest is Ratis' own header.
  public static final int ENTRY_BYTES_MAX = APPENDER_BYTES - (4 << 10);

  /// Entries a leader accepts before the oldest is committed; the coalescer stays far below.
  static final int PENDING_ENTRIES_MAX = 1024;

  /// Two noisy cores carry three nodes on a developer's machine: a shorter timeout takes their
  /// pauses for failures.
  static final long ELECTION_TIMEOUT_MIN_MS = 600;

  static final long ELECTION_TIMEOUT_MAX_MS = 1_000;

  static final int SEGMENT_BYTES = 32 << 20;
  static final int ENTRIES_KEPT = 100_000;

  /// After its first errors a leader waits this part of the election timeout: Ratis draws half to
  /// one and a half of it, so at most a quarter, and heartbeats are due after a half.
  private static final int ERROR_PAUSE_PART = 6;

  /// Errors after which a leader waits a millisecond only: a connection lost is often back at once.
  private static final int ERRORS_AT_ONCE = 10;

  /// The log is purged when at least so many entries may go.
  static final int PURGE_GAP_MAX = 1_024;

  public RatisSettings {
    if (electionTimeoutMin < 50 || electionTimeoutMax < electionTimeoutMin) {
      throw new IllegalArgumentException(
          "expected 50 <= election timeout min <= max in milliseconds; min="
              + electionTimeoutMin
              + " max="
              + electionTimeoutMax);
    }
  }

  public static RatisSettings of(Path storage, String host, int port) {
    return new RatisSettings(
        storage,
        host,
        port,
        ELECTION_TIMEOUT_MIN_MS,
        ELECTION_TIMEOUT_MAX_MS,
        SEGMENT_BYTES,
        ENTRIES_KEPT);
  }

  /// Settings whose other value could lose data or answer wrongly. Asserted at start-up.
  private static final Map<String, String> SAFETY =
      Map.ofEntries(
          // Acknowledge only what is on disk: both of these acknowledge data whose fsync failed.
          entry("raft.server.log.async-flush.enabled", "false"),
          entry("raft.server.log.unsafe-flush.enabled", "false"),
          // The lease has holes; reads go through our own barrier, never through Ratis.
          entry("raft.server.read.leader.lease.enabled", "false"),
          entry("raft.server.read.option", "DEFAULT"),
          // Never drop a damaged tail silently: it may hold acknowledged writes.
          entry("raft.server.log.corruption.policy", "EXCEPTION"),
          // Ratis' chunked transfer never fsyncs what it received; ours does.
          entry("raft.server.log.appender.install.snapshot.enabled", "false"),
          entry("raft.server.log.use.memory", "false"));

  private static final Map<String, String> PERFORMANCE =
      Map.ofEntries(
          // A follower may take the next batch while the last is being fsynced.
          entry("raft.server.log.append-entries.compose.enabled", "false"),
          // Else every commit advance is one more replicated, fsynced entry.
          entry("raft.server.log.log-metadata.enabled", "false"),
          // Else an append sleeps 1 ms after it is built.
          entry("raft.server.log.appender.wait-time.min", "0ms"),
          entry("raft.server.log.force.sync.num", "512"),
          // A new leader, and its followers after it, fill as much before the first entry of a
          // term.
          entry("raft.server.log.preallocated.size", "1MB"),
          entry("raft.server.log.segment.cache.num.max", "2"),
          entry("raft.server.log.appender.buffer.byte-limit", APPENDER_BYTES + "B"),
          entry("raft.server.log.write.buffer.size", WRITE_BUFFER_BYTES + "B"),
          entry("raft.grpc.message.size.max", MESSAGE_BYTES_MAX + "B"),
          entry("raft.grpc.server.leader.outstanding.appends.max", "32"),
          // Heartbeats must not queue behind bulk appends.
          entry("raft.grpc.server.heartbeat.channel", "true"),
          entry("raft.server.log.purge.upto.snapshot.index", "true"),
          entry("raft.server.snapshot.auto.trigger.enabled", "false"),
          entry("raft.server.snapshot.trigger-when-stop.enabled", "false"),
          entry("raft.server.snapshot.trigger-when-remove.enabled", "false"),
          entry("raft.server.snapshot.creation.gap", "1"),
          entry("raft.server.snapshot.retention.file.num", "2"),
          entry("raft.server.write.element-limit", Integer.toString(PENDING_ENTRIES_MAX)),
          // Exactly-once is ours, in the replicated state; this cache only costs memory.
          entry("raft.server.retrycache.expirytime", "5s"),
          entry("raft.server.retrycache.statistics.expirytime", "5s"),
          entry("raft.server.rpc.request.timeout", "2s"),
          entry("raft.server.rpc.first-election.timeout.min", "150ms"),
          entry("raft.server.rpc.first-election.timeout.max", "300ms"),
          entry("raft.server.leaderelection.pre-vote", "true"),
          // An ex-leader abstains this long; the default of 10 s can leave a group without a
          // leader.
          entry("raft.server.leaderelection.leader.step-down.wait-time", "1s"),
          entry("raft.server.sleep.deviation.threshold", "300ms"),
          // A paused process steps down by itself; closing the server for it would need a restart.
          entry("raft.server.close.threshold", "1h"),
          entry("raft.server.staging.timeout", "10s"));

  RaftProperties properties() {
    RaftProperties properties = new RaftProperties();
    SAFETY.forEach(properties::set);
    PERFORMANCE.forEach(properties::set);
    properties.set("raft.server.storage.dir", storage.resolve("log").toString());
    properties.set("raft.server.removed.groups.dir", storage.resolve("removed").toString());
    properties.set("raft.server.log.segment.size.max", segmentBytes + "B");
    properties.set("raft.server.log.purge.preservation.log.num", Integer.toString(entriesKept));
    properties.set(
        "raft.server.log.purge.gap", Integer.toString(Math.clamp(entriesKept, 1, PURGE_GAP_MAX)));
    properties.set("raft.server.log.appender.retry.policy", pauses());
    // Between two heartbeats to a follower whose stream broke, and that lacks no entry, an appender
    // does not wait at all until the follower has been silent for so long.
    properties.set("raft.server.rpc.slowness.timeout", electionTimeoutMax + "ms");
    properties.set("raft.server.rpc.timeout.min", electionTimeoutMin + "ms");
    properties.set("raft.server.rpc.timeout.max", electionTimeoutMax + "ms");
    GrpcConfigKeys.Server.setHost(properties, host);
    GrpcConfigKeys.Server.setPort(properties, port);
    // Whoever reaches the admin or client service can change the configuration: loopback, a port
    // nobody is told.
    GrpcConfigKeys.Admin.setHost(properties, LOOPBACK);
    GrpcConfigKeys.Admin.setPort(properties, 0);
    GrpcConfigKeys.Client.setHost(properties, LOOPBACK);
    GrpcConfigKeys.Client.setPort(properties, 0);
    return properties;
  }

  /// Pairs of a pause and how many errors it is for; behind the last pair Ratis would not pause.
  private String pauses() {
    return "1ms,%d, %dms,%d"
        .formatted(ERRORS_AT_ONCE, electionTimeoutMin / ERROR_PAUSE_PART, Integer.MAX_VALUE);
  }

  private static final String LOOPBACK = "127.0.0.1";

  /// The safety settings that `properties` breaks, in words; empty when none.
  static List<String> broken(RaftProperties properties) {
    List<String> broken = new ArrayList<>();
    SAFETY.forEach((key, wanted) -> {
      String actual = properties.get(key, "unset");
      if (!wanted.equalsIgnoreCase(actual)) {
        broken.add(key + " expected=" + wanted + " actual=" + actual);
      }
    });
    return broken;
  }
}
