package io.vxmeta.statemachine.snapshot;

import io.vxmeta.statemachine.table.SegmentName;
import io.vxmeta.statemachine.table.TableCut;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Writes the cuts of one group state as snapshots, copying only what changed since the last one
/// that became durable.
public final class SnapshotWriter {
  /* Threads: one background thread writes one cut at a time; the apply thread only takes the cuts.
   * The base is the last durable snapshot of THIS group state, or the one it was restored from, with the number of each table's
   *   cut at that moment (0 = as restored). A table that took the place of another one shares nothing with the base. A segment that is not dirty since that cut has the same bytes as the base's file and
   *   is linked to it. A write that failed leaves the base as it was, so what it would have held is copied next time.
   * A new group state needs a new writer: cut numbers begin again.
   */

  private static final SnapshotFile NO_FILE = new SnapshotFile("", 0, 0);

  private final SnapshotStore store;
  private final SnapshotSteps steps;
  private final CopyPace pace;
  private Optional<Snapshot> base = Optional.empty();
  private Map<String, SnapshotFile> baseFiles = Map.of();
  private Map<Integer, TableCut.Name> baseCuts = Map.of();

  /// @param restoredFrom the snapshot that the group state was restored from; empty if it was
  ///   created
  public SnapshotWriter(SnapshotStore store, Optional<Snapshot> restoredFrom) {
    this(store, restoredFrom, SnapshotSteps.UNOBSERVED);
  }

  SnapshotWriter(SnapshotStore store, Optional<Snapshot> restoredFrom, SnapshotSteps steps) {
    this(store, restoredFrom, steps, CopyPace.UNPACED);
  }

  private SnapshotWriter(
      SnapshotStore store, Optional<Snapshot> restoredFrom, SnapshotSteps steps, CopyPace pace) {
    this.store = store;
    this.steps = steps;
    this.pace = pace;
    restoredFrom.ifPresent(snapshot -> rebase(snapshot, Map.of()));
  }

  /// One that copies no faster than the pace lets it.
  public static SnapshotWriter paced(
      SnapshotStore store, Optional<Snapshot> restoredFrom, CopyPace pace) {
    return new SnapshotWriter(store, restoredFrom, SnapshotSteps.UNOBSERVED, pace);
  }

  /// Writes a cut; returns when the snapshot is durable. Closes the cut in any case. Nothing is
  /// written if nothing was applied since the last one.
  ///
  /// @throws NoRoomForSnapshot if it would leave the log too little room; nothing was written
  /// @throws IOException if it could not be made durable; the earlier snapshots are as before
  public WrittenSnapshot write(SnapshotCut cut) throws IOException {
    try (cut) {
      Optional<Snapshot> same =
          base.filter(snapshot -> snapshot.manifest().moment().equals(cut.moment()));
      if (same.isPresent()) {
        return new WrittenSnapshot(same.get(), 0);
      }
      Path directory =
          store.freshDirectory(
              SnapshotNames.WRITING + SnapshotNames.directory(cut.moment().index()));
      Snapshot complete;
      long copiedBytes;
      try (SnapshotRoom.Taken _ = store.room().take(bytesToCopy(cut))) {
        steps.reached(SnapshotStep.BEGUN);
        List<SnapshotFile> files = new ArrayList<>();
        copiedBytes = writeContent(cut, directory, files);
        SnapshotManifest manifest =
            new SnapshotManifest(store.owner(), cut.moment(), cut.shards(), files);
        byte[] encoded = manifest.encode();
        Checksum.write(directory.resolve(SnapshotNames.MANIFEST), out -> out.write(encoded));
        steps.reached(SnapshotStep.MANIFEST_WRITTEN);
        complete = store.publish(new Snapshot(directory, manifest), steps);
      } catch (IOException e) {
        SnapshotStore.deleteTree(directory);
        throw e;
      }
      rebase(complete, cutNames(cut));
      store.prune();
      return new WrittenSnapshot(complete, copiedBytes);
    }
  }

  /// Copies every segment next time: after a scrub found a file of the base damaged, so that the
  /// damage is not linked on.
  public void distrustBase() {
    base = Optional.empty();
    baseFiles = Map.of();
  }

  /// About: the producers count as they were.
  private long bytesToCopy(SnapshotCut cut) {
    long bytes = baseFiles.getOrDefault(SnapshotNames.PRODUCERS, NO_FILE).length();
    for (TableCut table : cut.tables()) {
      for (int segment = 0; segment < table.segmentCount(); segment++) {
        if (unchangedInBase(table, segment).equals(NO_FILE)) {
          bytes += table.length(segment);
        }
      }
    }
    return bytes;
  }

  private long writeContent(SnapshotCut cut, Path directory, List<SnapshotFile> files)
      throws IOException {
    long copied = 0;
    for (TableCut table : cut.tables()) {
      for (int segment = 0; segment < table.segmentCount(); segment++) {
        SnapshotFile unchanged = unchangedInBase(table, segment);
        if (unchanged.equals(NO_FILE)) {
          files.add(copySegment(table, segment, directory));
          copied += table.length(segment);
          pace.copied(table.length(segment));
        } else {
          link(unchanged.name(), directory);
          table.skip(segment);
          files.add(unchanged);
        }
        steps.reached(SnapshotStep.SEGMENT_WRITTEN);
      }
    }
    SnapshotFile producers =
        Checksum.write(
            directory.resolve(SnapshotNames.PRODUCERS), out -> cut.producers().writeTo(out));
    files.add(producers);
    steps.reached(SnapshotStep.PRODUCERS_WRITTEN);
    return copied + producers.length();
  }

  /// The base's file with the segment's bytes, or [#NO_FILE].
  private SnapshotFile unchangedInBase(TableCut table, int segment) {
    SegmentName name = table.name(segment);
    SnapshotFile file = baseFiles.getOrDefault(name.fileName(), NO_FILE);
    boolean unchanged =
        file.length() == table.length(segment)
            && !table.dirtySince(
                segment, baseCuts.getOrDefault(name.shard(), TableCut.Name.first(name.shard())));
    return unchanged ? file : NO_FILE;
  }

  private void link(String name, Path directory) throws IOException {
    Files.createLink(directory.resolve(name), base.orElseThrow().file(name));
  }

  private static SnapshotFile copySegment(TableCut table, int segment, Path directory)
      throws IOException {
    Path file = directory.resolve(table.name(segment).fileName());
    return Checksum.writeChecked(file, channel -> table.copyTo(segment, channel));
  }

  private void rebase(Snapshot snapshot, Map<Integer, TableCut.Name> cuts) {
    Map<String, SnapshotFile> files = new HashMap<>();
    for (SnapshotFile file : snapshot.manifest().files()) {
      files.put(file.name(), file);
    }
    baseFiles = files;
    base = Optional.of(snapshot);
    baseCuts = cuts;
  }

  private static Map<Integer, TableCut.Name> cutNames(SnapshotCut cut) {
    Map<Integer, TableCut.Name> names = new HashMap<>();
    for (TableCut table : cut.tables()) {
      names.put(table.name().shard(), table.name());
    }
    return names;
  }
}
