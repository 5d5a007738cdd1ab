package io.vxmeta.chaos.seeded;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// No bug: what makes a sound node meet a rare situation often. Clean runs have it, too.
enum Tuning {
  /// The log is purged soon after a snapshot, so that a follower that was away needs one.
  SHORT_LOG,

  /// The first snapshot a node sends has a bit of each marked value flipped, below every checksum
  /// of the wire.
  ROT_IN_TRANSFER,

  /// A leader that hears from nobody gives up after 5 s, while a follower may stand for election
  /// after 600 ms: for seconds there are two who believe to lead.
  LATE_TO_NOTICE,

  /// Tables lie in mapped files, as where the system gives a process no memory of its own.
  TABLES_IN_FILES,

  /// Nobody walks the live tables: a node that finds what a bug did to its table ends itself, and
  /// the checker that is to be proved sees nothing.
  TABLES_NOT_WALKED;

  private static final int SEGMENT_BYTES = 32 << 20;
  private static final int SHORT_SEGMENT_BYTES = 64 << 10;
  private static final int ENTRIES_KEPT = 100_000;
  private static final int FEW_ENTRIES = 3;
  private static final long ELECTION_TIMEOUT_MAX_MS = 1_000;
  private static final long LATE_MS = 5_000;

  String title() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  List<Patch> patches() {
    String settings = "io.vxmeta.raft.ratis.RatisSettings";
    return switch (this) {
      case SHORT_LOG ->
          List.of(
              new Patch(settings, "of", Edit.swaps(SEGMENT_BYTES, SHORT_SEGMENT_BYTES)),
              new Patch(settings, "of", Edit.swaps(ENTRIES_KEPT, FEW_ENTRIES)));
      case LATE_TO_NOTICE ->
          List.of(new Patch(settings, "of", Edit.swaps(ELECTION_TIMEOUT_MAX_MS, LATE_MS)));
      case TABLES_NOT_WALKED ->
          List.of(
              new Patch("io.vxmeta.raft.NodeConfig$Scrub", "tableStepsPerSecond", Edit.answers(0)));
      case TABLES_IN_FILES ->
          List.of(new Patch("io.vxmeta.statemachine.os.LiveMemory", "anonymous", Edit.answers(0)));
      case ROT_IN_TRANSFER ->
          List.of(
              new Patch(
                  "io.vxmeta.raft.peer.SnapshotTransfer",
                  "sendFile",
                  Edit.redirects("SnapshotTransfer.read", "rottenRead")));
    };
  }

  static Optional<Tuning> named(String title) {
    return Arrays.stream(values()).filter(tuning -> tuning.title().equals(title)).findFirst();
  }
}
