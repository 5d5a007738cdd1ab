package io.vxmeta.statemachine.snapshot;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads the snapshots of a store again, a few files at a time and for ever, so that rot is found
/// while there is help.
public final class SnapshotScrub {
  /* Threads: one at a time; the counters may be asked by any.
   * A round goes over all snapshots, newest first. One that is deleted meanwhile is left; while its files are read it is
   *   pinned. A file that two snapshots share is read for each: one of them may be all that is left.
   */
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotScrub.class);

  private final SnapshotStore store;
  private final ArrayDeque<Long> snapshots = new ArrayDeque<>();
  private final ArrayDeque<SnapshotFile> files = new ArrayDeque<>();
  private Optional<Snapshot> current = Optional.empty();
  private final AtomicLong verifiedBytes = new AtomicLong();
  private final AtomicLong damaged = new AtomicLong();

  public SnapshotScrub(SnapshotStore store) {
    this.store = store;
  }

  /// Verifies the next files, about so many bytes of them.
  ///
  /// @return what was found damaged; it is passed over from now on, and the next snapshot replaces
  ///   it
  public synchronized Optional<BadSnapshot> step(long bytes) throws IOException {
    if (files.isEmpty()) {
      Optional<BadSnapshot> unreadable = next();
      if (unreadable.isPresent() || current.isEmpty()) {
        return unreadable;
      }
    }
    Snapshot snapshot = current.orElseThrow();
    try (SnapshotStore.Pin _ = store.pin(snapshot)) {
      for (long read = 0; read < bytes && !files.isEmpty(); ) {
        SnapshotFile file = files.remove();
        Checksum.verify(snapshot.directory(), file);
        read += file.length();
        long _ = verifiedBytes.addAndGet(file.length());
      }
      return Optional.empty();
    } catch (SnapshotFormatException e) {
      files.clear();
      return Optional.of(found(snapshot.index(), String.valueOf(e.getMessage())));
    } catch (SnapshotStore.Gone e) {
      LOG.debug("a snapshot was deleted before it was scrubbed", e);
      files.clear();
      return Optional.empty();
    }
  }

  /// Goes to the next snapshot of the round, or begins a new one.
  private Optional<BadSnapshot> next() throws IOException {
    if (snapshots.isEmpty()) {
      snapshots.addAll(store.indexes());
    }
    Long index = snapshots.poll();
    current = Optional.empty();
    if (index == null) {
      return Optional.empty();
    }
    try {
      Snapshot snapshot = store.read(store.place(index));
      files.addAll(snapshot.manifest().files());
      current = Optional.of(snapshot);
      return Optional.empty();
    } catch (SnapshotFormatException e) {
      // Deleted since the round began: no damage.
      return store.indexes().contains(index)
          ? Optional.of(found(index, String.valueOf(e.getMessage())))
          : Optional.empty();
    }
  }

  private BadSnapshot found(long index, String reason) {
    long _ = damaged.incrementAndGet();
    store.distrust(index);
    return new BadSnapshot(index, store.place(index), reason);
  }

  /// Since the process began.
  public long verifiedBytes() {
    return verifiedBytes.get();
  }

  /// Damaged snapshots found since the process began.
  public long damaged() {
    return damaged.get();
  }
}
