package io.vxmeta.chaos.seeded;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// The edges at which durability is decided: what is on disk when a process dies just there?
public enum FailPoint {
  BEFORE_LOG_APPEND(Place.WRITE_LOG, "execute", Spot.FIRST, ""),
  AFTER_LOG_APPEND(Place.WRITE_LOG, "execute", Spot.LAST, ""),
  BEFORE_LOG_FSYNC(Place.LOG_CHANNEL, "flush", Spot.BEFORE, "FileChannel.force"),
  AFTER_LOG_FSYNC(Place.LOG_CHANNEL, "flush", Spot.AFTER, "FileChannel.force"),
  BEFORE_LOG_ROLL(Place.ROLL_LOG, "execute", Spot.FIRST, ""),
  AFTER_LOG_ROLL(Place.ROLL_LOG, "execute", Spot.LAST, ""),
  BEFORE_LOG_PURGE(Place.PURGE_LOG, "execute", Spot.FIRST, ""),
  AFTER_LOG_PURGE(Place.PURGE_LOG, "execute", Spot.LAST, ""),
  BEFORE_VOTE(Place.RAFT_META, "persist", Spot.FIRST, ""),
  AFTER_VOTE(Place.RAFT_META, "persist", Spot.LAST, ""),
  BEFORE_APPLY(Place.MACHINE, "apply", Spot.FIRST, ""),
  IN_APPLY(Place.STATE, "apply", Spot.AFTER, "Transactions.apply"),
  AFTER_APPLY(Place.MACHINE, "apply", Spot.LAST, ""),
  BEFORE_CUT(Place.GROUP_FILES, "cut", Spot.FIRST, ""),
  AFTER_CUT(Place.GROUP_FILES, "cut", Spot.LAST, ""),
  BEFORE_SEGMENT_COPY(Place.SNAPSHOT_WRITER, "copySegment", Spot.FIRST, ""),
  AFTER_SEGMENT_COPY(Place.SNAPSHOT_WRITER, "copySegment", Spot.LAST, ""),
  BEFORE_SNAPSHOT_FSYNC(Place.CHECKSUM, "writeChecked", Spot.BEFORE, "FileChannel.force"),
  AFTER_SNAPSHOT_FSYNC(Place.CHECKSUM, "writeChecked", Spot.AFTER, "FileChannel.force"),
  BEFORE_MANIFEST(Place.SNAPSHOT_WRITER, "write", Spot.BEFORE, "SnapshotManifest.encode"),
  BEFORE_RENAME(Place.SNAPSHOT_STORE, "publish", Spot.BEFORE, "Files.move"),
  AFTER_RENAME(Place.SNAPSHOT_STORE, "publish", Spot.AFTER, "Files.move"),
  AFTER_PUBLISH(Place.SNAPSHOT_STORE, "publish", Spot.LAST, ""),
  BEFORE_SNAPSHOT_DELETE(Place.SNAPSHOT_STORE, "delete", Spot.FIRST, ""),
  AFTER_SNAPSHOT_DELETE(Place.SNAPSHOT_STORE, "delete", Spot.LAST, ""),
  BEFORE_CHUNK(Place.INCOMING, "chunk", Spot.FIRST, ""),
  AFTER_CHUNK(Place.INCOMING, "chunk", Spot.LAST, ""),
  BEFORE_INSTALL_PUBLISH(Place.INCOMING, "publish", Spot.FIRST, ""),
  AFTER_INSTALL_PUBLISH(Place.INCOMING, "publish", Spot.LAST, ""),
  BEFORE_RELOAD(Place.MACHINE, "reinitialize", Spot.FIRST, ""),
  AFTER_RELOAD(Place.MACHINE, "reinitialize", Spot.LAST, "");

  private final String type;
  private final String method;
  private final Spot spot;
  private final String call;

  FailPoint(String type, String method, Spot spot, String call) {
    this.type = type;
    this.method = method;
    this.spot = spot;
    this.call = call;
  }

  /// As reports and orders name it: `before-log-fsync`.
  public String place() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static FailPoint at(String place) {
    return Arrays.stream(values())
        .filter(point -> point.place().equals(place))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "no such fail point: place=%s; there are: %s".formatted(place, places())));
  }

  private static String places() {
    return Arrays.stream(values()).map(FailPoint::place).collect(Collectors.joining(", "));
  }

  static List<Patch> patches() {
    return Arrays.stream(values()).map(FailPoint::patch).toList();
  }

  private Patch patch() {
    Edit edit =
        switch (spot) {
          case FIRST -> Edit.failsFirst(place());
          case LAST -> Edit.failsLast(place());
          case BEFORE -> Edit.failsBefore(call, place());
          case AFTER -> Edit.failsAfter(call, place());
        };
    return new Patch(type, method, edit);
  }

  /// Where in a method: at its ends, or beside a call it makes.
  private enum Spot {
    FIRST,
    LAST,
    BEFORE,
    AFTER
  }

  private static final class Place {
    static final String RATIS_LOG = "org.apache.ratis.server.raftlog.segmented.";
    static final String WRITE_LOG = RATIS_LOG + "SegmentedRaftLogWorker$WriteLog";
    static final String ROLL_LOG = RATIS_LOG + "SegmentedRaftLogWorker$FinalizeLogSegment";
    static final String PURGE_LOG = RATIS_LOG + "SegmentedRaftLogWorker$PurgeLog";
    static final String LOG_CHANNEL = RATIS_LOG + "BufferedWriteChannel";
    static final String RAFT_META = "org.apache.ratis.server.storage.RaftStorageMetadataFileImpl";
    static final String MACHINE = "io.vxmeta.raft.ratis.GroupMachine";
    static final String GROUP_FILES = "io.vxmeta.raft.GroupFiles";
    static final String STATE = "io.vxmeta.statemachine.GroupState";
    static final String SNAPSHOT = "io.vxmeta.statemachine.snapshot.";
    static final String SNAPSHOT_WRITER = SNAPSHOT + "SnapshotWriter";
    static final String SNAPSHOT_STORE = SNAPSHOT + "SnapshotStore";
    static final String CHECKSUM = SNAPSHOT + "Checksum";
    static final String INCOMING = SNAPSHOT + "IncomingSnapshot";
  }
}
