package io.vxmeta.raft;

import io.vxmeta.raft.ratis.GroupStore;
import io.vxmeta.raft.ratis.Replica.SnapshotPoint;
import io.vxmeta.raft.recover.DivergedMark;
import io.vxmeta.statemachine.GroupState;
import io.vxmeta.statemachine.GroupStateConfig;
import io.vxmeta.statemachine.snapshot.Snapshot;
import io.vxmeta.statemachine.snapshot.SnapshotCut;
import io.vxmeta.statemachine.snapshot.SnapshotFormatException;
import io.vxmeta.statemachine.snapshot.SnapshotSearch;
import io.vxmeta.statemachine.snapshot.SnapshotStore;
import io.vxmeta.statemachine.snapshot.SnapshotWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One group's files on this node: its state is restored from the newest valid snapshot, or begins
/// empty.
final class GroupFiles implements GroupStore {
  /* Threads: load and cut on the apply thread; a cut is written in the background, one at a time.
   * A state restored anew numbers its cuts anew, so it gets a new writer.
   * Log index: the state counts entries from 0, which Ratis uses for the first configuration; "nothing applied" is -1.
   */
  private static final Logger LOG = LoggerFactory.getLogger(GroupFiles.class);
  private static final long NOTHING_APPLIED = -1;

  private final GroupStateConfig config;
  private final SnapshotStore snapshots;
  private SnapshotWriter writer;
  private volatile boolean distrusted;
  private Optional<SnapshotSearch> verified = Optional.empty();

  GroupFiles(GroupStateConfig config, SnapshotStore snapshots) {
    this.config = config;
    this.snapshots = snapshots;
    this.writer = writer(snapshots, Optional.empty());
  }

  private static SnapshotWriter writer(SnapshotStore snapshots, Optional<Snapshot> restoredFrom) {
    return SnapshotWriter.paced(snapshots, restoredFrom, SnapshotPace.ofSystem());
  }

  /// Of a group's directory.
  static Path snapshots(Path group) {
    return group.resolve("snapshots");
  }

  /// Of a group's directory.
  static Path live(Path group) {
    return group.resolve("live");
  }

  /// The files that the next snapshot would link to may have rotted: it copies everything.
  void distrustBase() {
    distrusted = true;
  }

  /// Beside the live files and the snapshots.
  DivergedMark divergedMark() {
    return DivergedMark.in(Objects.requireNonNull(config.directory().toAbsolutePath().getParent()));
  }

  SnapshotStore snapshots() {
    return snapshots;
  }

  /// What was just read and found sound is not read again by the first load.
  void verified(SnapshotSearch search) {
    verified = Optional.of(search);
  }

  /// Without any sound snapshot the state is empty, which is right only where the log is whole from
  /// its first entry: made sure of before Raft starts.
  @Override
  public Loaded load() throws IOException {
    SnapshotSearch found = verified.isPresent() ? verified.get() : snapshots.newestValid();
    verified = Optional.empty();
    Optional<Snapshot> newest = found.valid();
    writer = writer(snapshots, newest);
    if (newest.isEmpty()) {
      return new Loaded(GroupState.create(config), 0, NOTHING_APPLIED, Optional.empty());
    }
    Snapshot snapshot = newest.get();
    GroupState state = restored(snapshot);
    LOG.info(
        "restored group={} from snapshot index={} revision={}",
        config.group(),
        snapshot.index(),
        state.revision());
    return new Loaded(
        state,
        snapshot.term(),
        snapshot.index(),
        Optional.of(new SnapshotPoint(snapshot.term(), snapshot.index())));
  }

  private GroupState restored(Snapshot snapshot) throws IOException {
    try {
      return GroupState.restore(config, snapshot);
    } catch (SnapshotFormatException e) {
      snapshots.reject(snapshot);
      throw new RejectedSnapshot(
          "cannot load a snapshot whose checksums are right: group="
              + config.group()
              + " index="
              + snapshot.index()
              + "; it is not used any more, start again",
          e);
    }
  }

  /// The newest snapshot turned out to be unusable when it was loaded, and is marked as such. What
  /// there is instead, the next start finds out: an older one may lie before the log.
  static final class RejectedSnapshot extends IOException {
    private static final long serialVersionUID = 1L;

    private RejectedSnapshot(String message, SnapshotFormatException why) {
      super(message, why);
    }

    static boolean isBehind(Throwable problem) {
      for (Throwable cause = problem; cause != null; cause = cause.getCause()) {
        if (cause instanceof RejectedSnapshot) {
          return true;
        }
      }
      return false;
    }
  }

  @Override
  public Cut cut(GroupState state, long term, long index) {
    if (state.appliedIndex() != index) {
      throw new IllegalStateException(
          "expected a cut at the applied index; group="
              + config.group()
              + " applied="
              + state.appliedIndex()
              + " index="
              + index);
    }
    SnapshotCut cut = state.cut(term, index);
    SnapshotWriter into = writer;
    return new Cut() {
      @Override
      public void write() throws IOException {
        if (distrusted) {
          into.distrustBase();
          distrusted = false;
        }
        var _ = into.write(cut);
      }

      @Override
      public void close() {
        cut.close();
      }
    };
  }
}
