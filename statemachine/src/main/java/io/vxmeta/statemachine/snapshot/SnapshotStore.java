package io.vxmeta.statemachine.snapshot;

import io.vxmeta.statemachine.os.Directories;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The snapshots of one replica of a group: finds, verifies, publishes, keeps and deletes them.
public final class SnapshotStore {
  /* Layout: <directory>/<index, 20 digits>/{segments, producers, MANIFEST}. Everything else there is a leftover of a crash
   *   (SnapshotNames) and is removed when the store is opened: one process at a time owns the directory.
   * Threads: any; methods are short or synchronized where they change names. Files of a published snapshot never change.
   * Publishing: files flushed, their directory flushed, one rename, parent flushed. Only after that is a snapshot durable, and
   *   only then is an older one deleted. Deleting renames first, so that half a snapshot never has a snapshot's name. One that
   *   replaces another of the same index has that renamed first, and deleted last: a crash in between gives it its name back.
   * Verifying: a snapshot is pinned BEFORE its files are read, which takes long, so that it is not deleted meanwhile.
   * Hard links: an unchanged segment is one file in two snapshots. A bit that rots in it damages both, and then neither is
   *   used: the replica is restored from a peer.
   */

  /// Snapshots kept: the newest and, for when it turns out to be damaged, the one before.
  public static final int KEPT = 2;

  private static final Logger LOG = LoggerFactory.getLogger(SnapshotStore.class);

  private final Path directory;
  private final SnapshotOwner owner;
  private final SnapshotRoom room;
  private final Map<Long, Integer> pins = new TreeMap<>();
  private final Set<Long> bad = new HashSet<>();

  private SnapshotStore(Path directory, SnapshotOwner owner, SnapshotRoom room) {
    this.directory = directory;
    this.owner = owner;
    this.room = room;
  }

  /// Opens or creates a store that takes what room there is.
  public static SnapshotStore open(Path directory, SnapshotOwner owner) throws IOException {
    return open(directory, owner, SnapshotRoom.UNLIMITED);
  }

  /// Opens or creates a store and removes what a crash left behind.
  ///
  /// @param room asked before a snapshot is written or received
  public static SnapshotStore open(Path directory, SnapshotOwner owner, SnapshotRoom room)
      throws IOException {
    Directories.create(directory);
    SnapshotStore store = new SnapshotStore(directory, owner, room);
    for (Path leftover : store.entries()) {
      if (SnapshotNames.isLeftover(leftover)) {
        LOG.info("removing leftover of an unfinished snapshot: {}", leftover);
        deleteTree(leftover);
      }
    }
    store.settleReplaced();
    return store;
  }

  /// A store that is only read: nothing in it is made, removed or flushed.
  public static SnapshotStore toRead(Path directory, SnapshotOwner owner) {
    return new SnapshotStore(directory, owner, SnapshotRoom.UNLIMITED);
  }

  /// The newest snapshot whose every byte is as its manifest says; reads all of it. Bad ones are
  /// logged and tried no more.
  ///
  /// @throws IOException if the newest is of another cluster, another group or a newer format: then
  ///   none must be used
  public SnapshotSearch newestValid() throws IOException {
    List<BadSnapshot> rejected = new ArrayList<>();
    Optional<KeptSnapshot> found = search(0, rejected);
    found.ifPresent(KeptSnapshot::close);
    return new SnapshotSearch(found.map(KeptSnapshot::snapshot), rejected);
  }

  /// Like [#newestValid], but none that ends before an index, and kept from before it is read until
  /// it is closed.
  public Optional<KeptSnapshot> keepNewestValid(long atLeastIndex) throws IOException {
    return search(atLeastIndex, new ArrayList<>());
  }

  private Optional<KeptSnapshot> search(long atLeastIndex, List<BadSnapshot> rejected)
      throws IOException {
    for (long index : indexesNewestFirst()) {
      if (index < atLeastIndex) {
        break;
      }
      Path candidate = place(index);
      Pin pin;
      try {
        pin = pin(index, candidate);
      } catch (Gone deletedMeanwhile) {
        LOG.debug("looking for newer snapshots", deletedMeanwhile);
        return search(atLeastIndex, rejected);
      }
      try {
        Snapshot snapshot = read(candidate);
        verify(snapshot);
        return Optional.of(new KeptSnapshot(snapshot, pin));
      } catch (SnapshotFormatException e) {
        pin.close();
        LOG.warn("not using damaged snapshot {}: {}", candidate, e.getMessage());
        rejected.add(new BadSnapshot(index, candidate, String.valueOf(e.getMessage())));
        noteBad(index);
      } catch (IOException | RuntimeException e) {
        pin.close();
        throw e;
      }
    }
    return Optional.empty();
  }

  /// The newest snapshot whose manifest can be read, its files unread: to compare with another
  /// replica's.
  public Optional<Snapshot> newestListed() throws IOException {
    for (long index : indexesNewestFirst()) {
      try {
        return Optional.of(read(place(index)));
      } catch (SnapshotFormatException e) {
        LOG.debug("passing over a snapshot without a sound manifest: index={}", index, e);
      }
    }
    return Optional.empty();
  }

  /// Reads every file of a snapshot again, for scrubbing.
  ///
  /// @throws SnapshotFormatException if one is not as the manifest says
  public void verify(Snapshot snapshot) throws IOException {
    for (SnapshotFile file : snapshot.manifest().files()) {
      Checksum.verify(snapshot.directory(), file);
    }
  }

  /// Keeps a snapshot's files until the pin is closed, however many newer ones are published
  /// meanwhile.
  public Pin pin(Snapshot snapshot) throws IOException {
    return pin(snapshot.index(), snapshot.directory());
  }

  private synchronized Pin pin(long index, Path snapshot) throws Gone {
    if (!Files.isDirectory(snapshot)) {
      throw new Gone(
          "expected snapshot " + snapshot + "; it was deleted meanwhile; take the newest");
    }
    pins.merge(index, 1, Integer::sum);
    return () -> unpin(index);
  }

  /// A snapshot was deleted before it could be kept.
  static final class Gone extends IOException {
    private static final long serialVersionUID = 1L;

    Gone(String message) {
      super(message);
    }
  }

  /// Keeps a snapshot.
  @FunctionalInterface
  public interface Pin extends AutoCloseable {
    @Override
    void close();
  }

  /// Begins to receive a snapshot from another replica; one at a time, an unfinished earlier one is
  /// dropped.
  public IncomingSnapshot receive() throws IOException {
    return new IncomingSnapshot(this, freshDirectory(SnapshotNames.INCOMING));
  }

  SnapshotOwner owner() {
    return owner;
  }

  SnapshotRoom room() {
    return room;
  }

  /// A new, empty directory instead of whatever has that name.
  Path freshDirectory(String name) throws IOException {
    Path fresh = directory.resolve(name);
    deleteTree(fresh);
    return Files.createDirectory(fresh);
  }

  /// Reads and checks a manifest, not the files.
  Snapshot read(Path snapshot) throws IOException {
    SnapshotManifest manifest = readManifest(snapshot);
    if (!manifest.owner().equals(owner)) {
      throw new IOException(
          "cannot use snapshot "
              + snapshot
              + ": expected cluster="
              + owner.clusterId()
              + " group="
              + owner.group()
              + "; found cluster="
              + manifest.owner().clusterId()
              + " group="
              + manifest.owner().group()
              + "; give this node the data directory it was started with");
    }
    return new Snapshot(snapshot, manifest);
  }

  /// Gives a complete, flushed directory its final name; returns when that is durable. An older
  /// snapshot of the same index is replaced: there is one of the two whatever happens.
  synchronized Snapshot publish(Snapshot complete, SnapshotSteps steps) throws IOException {
    Directories.sync(complete.directory());
    steps.reached(SnapshotStep.DIRECTORY_FLUSHED);
    Path target = place(complete.index());
    Path replaced = SnapshotNames.replaced(target);
    if (Files.exists(target)) {
      rename(target, replaced);
      steps.reached(SnapshotStep.REPLACED_RENAMED);
    }
    try {
      Files.move(complete.directory(), target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      settleReplaced();
      throw e;
    }
    steps.reached(SnapshotStep.RENAMED);
    Directories.sync(directory);
    bad.remove(complete.index());
    steps.reached(SnapshotStep.PUBLISHED);
    if (Files.exists(replaced)) {
      delete(replaced);
    }
    return new Snapshot(target, complete.manifest());
  }

  /// Ends what `publish` did not: a snapshot that was to be replaced is deleted if the other one
  /// has its name, else it gets that back.
  private synchronized void settleReplaced() throws IOException {
    for (Path entry : entries()) {
      Optional<Path> target = SnapshotNames.replacedOf(entry);
      if (target.isPresent() && Files.exists(target.get())) {
        delete(entry);
      } else if (target.isPresent()) {
        LOG.info("a snapshot was not replaced and is used again: {}", target.get());
        rename(entry, target.get());
      }
    }
  }

  /// Durable when it returns.
  private void rename(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    Directories.sync(directory);
  }

  /// Deletes all but the newest [#KEPT] good ones; pinned ones stay for now.
  synchronized void prune() throws IOException {
    int kept = 0;
    for (long index : indexesNewestFirst()) {
      boolean keep = !bad.contains(index) && kept < KEPT;
      if (keep) {
        kept++;
      } else if (!pins.containsKey(index)) {
        delete(place(index));
        bad.remove(index);
      }
    }
  }

  /// Takes all snapshots out of use, because their content may be wrong, and loses none: nobody
  /// knows yet whether others have better ones. Nobody may be reading them.
  public synchronized void setAside() throws IOException {
    for (long index : indexesNewestFirst()) {
      Path snapshot = place(index);
      Path aside = directory.resolve(SnapshotNames.ASIDE + SnapshotNames.fileName(snapshot));
      if (Files.exists(aside)) {
        delete(snapshot);
      } else {
        Files.move(snapshot, aside, StandardCopyOption.ATOMIC_MOVE);
      }
    }
    Directories.sync(directory);
  }

  /// Deletes what was set aside: there is something better now.
  public synchronized void dropAside() throws IOException {
    for (Path entry : entries()) {
      if (SnapshotNames.fileName(entry).startsWith(SnapshotNames.ASIDE)) {
        delete(entry);
      }
    }
    Directories.sync(directory);
  }

  static void deleteTree(Path tree) throws IOException {
    if (!Files.isDirectory(tree)) {
      return;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(tree)) {
      for (Path file : files) {
        Files.delete(file);
      }
    }
    Files.delete(tree);
  }

  private void delete(Path snapshot) throws IOException {
    Path doomed = directory.resolve(SnapshotNames.DOOMED + SnapshotNames.fileName(snapshot));
    deleteTree(doomed);
    Files.move(snapshot, doomed, StandardCopyOption.ATOMIC_MOVE);
    deleteTree(doomed);
  }

  private static SnapshotManifest readManifest(Path snapshot) throws IOException {
    Path file = snapshot.resolve(SnapshotNames.MANIFEST);
    byte[] encoded;
    try {
      long size = Files.size(file);
      if (size > SnapshotManifest.BYTES_MAX) {
        throw new SnapshotFormatException(
            "expected a manifest of at most "
                + SnapshotManifest.BYTES_MAX
                + " bytes; bytes="
                + size);
      }
      encoded = Files.readAllBytes(file);
    } catch (IOException e) {
      throw Checksum.unreadable(file, e);
    }
    if (Files.exists(snapshot.resolve(SnapshotNames.REJECTED))) {
      throw new SnapshotFormatException(
          "expected the state its manifest describes; it was another one when it was loaded");
    }
    return SnapshotManifest.decode(encoded);
  }

  /// Remembers that a snapshot with sound checksums does not hold what its manifest says: it counts
  /// as damaged from then on, after a restart as well. Durable when it returns.
  public void reject(Snapshot snapshot) throws IOException {
    Files.createFile(snapshot.file(SnapshotNames.REJECTED));
    Directories.sync(snapshot.directory());
    noteBad(snapshot.index());
  }

  List<Long> indexes() throws IOException {
    return indexesNewestFirst();
  }

  Path place(long index) {
    return directory.resolve(SnapshotNames.directory(index));
  }

  /// The snapshot is damaged: it does not count among those that are kept.
  void distrust(long index) {
    noteBad(index);
  }

  private List<Long> indexesNewestFirst() throws IOException {
    List<Long> indexes = new ArrayList<>();
    for (Path entry : entries()) {
      SnapshotNames.index(entry).ifPresent(indexes::add);
    }
    indexes.sort(Collections.reverseOrder());
    return indexes;
  }

  private List<Path> entries() throws IOException {
    List<Path> entries = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
      stream.forEach(entries::add);
    }
    return entries;
  }

  private synchronized void noteBad(long index) {
    bad.add(index);
  }

  private synchronized void unpin(long index) {
    pins.computeIfPresent(index, (_, count) -> count > 1 ? count - 1 : null);
  }
}
