package io.vxmeta.chaos.seeded;

import java.util.List;

/// Mistakes in snapshots, recovery and their transfer.
final class SnapshotBugs {
  private static final String ROOM = "io.vxmeta.statemachine.";
  private static final String SNAPSHOT = ROOM + "snapshot.";
  private static final String MACHINE = "io.vxmeta.raft.ratis.GroupMachine";
  private static final String FILES = "io.vxmeta.raft.GroupFiles";
  private static final Patch BLIND_WALK =
      new Patch(ROOM + "table.Verdict", "sound", Edit.answers(1));

  static final List<SeededBug> ALL =
      List.of(
          SeededBug.inNodes(
              "read-during-install",
              "a replica that fetches a snapshot says it is there before it is loaded",
              "linearizable reads of followers",
              "server-order",
              new Patch(MACHINE, "install", Edit.begins("installing")),
              new Patch(
                  MACHINE, "install", Edit.redirects("SnapshotSource.fetch", "fetchAndAnnounce"))),
          SeededBug.inNodes(
              "snapshot-not-fsynced",
              "a snapshot counts, and the log behind it is purged, before it is flushed",
              "acknowledged writes survive a power cut",
              "restart",
              new Patch(SNAPSHOT + "Checksum", "writeChecked", Edit.skips("FileChannel.force")),
              new Patch(SNAPSHOT + "SnapshotStore", "publish", Edit.skips("Directories.sync"))),
          SeededBug.inNodes(
              "snapshot-index-plus-one",
              "a restored replica believes to be one entry further than it is",
              "acknowledged writes survive",
              "server-order",
              new Patch(FILES, "load", Edit.adds("Snapshot.index", 1))),
          SeededBug.inNodes(
              "snapshot-index-minus-one",
              "a restored replica applies the snapshot's last entry again",
              "a node comes back",
              "restart",
              new Patch(FILES, "load", Edit.adds("Snapshot.index", -1))),
          SeededBug.inNodes(
              "producers-not-in-snapshot",
              "a restored replica knows no producers",
              "exactly-once writes",
              "exactly-once",
              new Patch(ROOM + "Producers", "restore", Edit.answers(1)),
              new Patch(ROOM + "Producers", "restored", Edit.answers(1)),
              new Patch(ROOM + "Producers", "digest", Edit.answers(0L))),
          SeededBug.inNodes(
              "live-file-trusted",
              "a restart takes records from the live files that the last process left behind",
              "exactly-once writes",
              "exactly-once",
              new Patch(
                  ROOM + "os.LiveRegion",
                  "map",
                  Edit.redirects("Files.deleteIfExists", "keepAside")),
              new Patch(
                  ROOM + "table.Table",
                  "adopt",
                  Edit.redirects("TableImage.copyTo", "copyAndTrust")),
              BLIND_WALK),
          SeededBug.inNodes(
              "segment-without-checksum",
              "what a replica fetched is not compared with its checksums",
              "a wrong byte is never served",
              "server-order",
              new Patch(SNAPSHOT + "Checksum", "verify", Edit.doesNothing()),
              BLIND_WALK));

  private SnapshotBugs() {}
}
