package io.vxmeta.raft.backup;

import io.vxmeta.raft.backup.BackupManifest.BackupFile;
import io.vxmeta.statemachine.os.Directories;
import io.vxmeta.statemachine.snapshot.Snapshot;
import io.vxmeta.statemachine.snapshot.SnapshotFile;
import io.vxmeta.statemachine.snapshot.SnapshotOwner;
import io.vxmeta.statemachine.snapshot.SnapshotStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// The directory of one backup.
///
/// @param root the directory
record BackupFiles(Path root) {
  /* Layout: MANIFEST, and for each group group-<n>/<index>/ with the files of one snapshot, as a node stores it.
   * MANIFEST is written last and renamed into place, so a directory without it is no backup.
   */
  static final String MANIFEST = "MANIFEST";

  private static final String UNFINISHED = MANIFEST + ".tmp";
  private static final String GROUP = "group-";

  /// Begins a backup: makes the directory, or takes an empty one.
  ///
  /// @throws NotEmpty if something is there
  static BackupFiles begin(Path root) throws IOException {
    Directories.create(root);
    List<String> found;
    try (Stream<Path> files = Files.list(root)) {
      found = files.map(file -> String.valueOf(file.getFileName())).sorted().toList();
    }
    if (!found.isEmpty()) {
      throw new NotEmpty(
          "expected an empty directory or none; dir=" + root + "; " + whatToDo(found));
    }
    return new BackupFiles(root);
  }

  private static String whatToDo(List<String> found) {
    if (found.contains(MANIFEST)) {
      return "it holds a backup: name another one";
    }
    return found.stream().allMatch(name -> name.startsWith(GROUP) || name.equals(UNFINISHED))
        ? "it holds a backup whose creation did not finish: delete it, or name another one"
        : "name another one";
  }

  /// The directory holds something.
  static final class NotEmpty extends IOException {
    private static final long serialVersionUID = 1L;

    NotEmpty(String message) {
      super(message);
    }
  }

  Path group(int group) {
    return root.resolve(GROUP + group);
  }

  /// What was received of a group, as the manifest lists it; reads all of it back.
  List<BackupFile> list(Snapshot snapshot) throws IOException {
    List<BackupFile> files = new ArrayList<>();
    for (String name : snapshot.transferOrder()) {
      String path = root.relativize(snapshot.file(name)).toString().replace('\\', '/');
      files.add(read(path));
    }
    return files;
  }

  /// Makes the backup one; durable when it returns.
  void finish(BackupManifest manifest) throws IOException {
    Path written = root.resolve(UNFINISHED);
    try (FileChannel channel =
        FileChannel.open(written, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(manifest.encode());
      while (bytes.hasRemaining()) {
        int _ = channel.write(bytes);
      }
      channel.force(true);
    }
    Directories.sync(root);
    Path _ = Files.move(written, root.resolve(MANIFEST), StandardCopyOption.ATOMIC_MOVE);
    Directories.sync(root);
  }

  /// The manifest, its own checksum verified.
  ///
  /// @throws DamagedBackup if it is damaged, or there is none
  BackupManifest manifest() throws IOException {
    Path file = root.resolve(MANIFEST);
    try {
      long size = Files.size(file);
      if (size > BackupManifest.BYTES_MAX) {
        throw new DamagedBackup(
            "damaged file "
                + MANIFEST
                + ": expected at most "
                + BackupManifest.BYTES_MAX
                + " bytes; bytes="
                + size
                + "; use another backup");
      }
      return BackupManifest.decode(Files.readAllBytes(file));
    } catch (NoSuchFileException _) {
      throw new DamagedBackup(
          "not a whole backup: expected file "
              + MANIFEST
              + ", which is written last; dir="
              + root
              + "; its creation did not finish: make another backup");
    }
  }

  /// @throws DamagedBackup if the file is not as the manifest says
  void verify(BackupFile expected) throws IOException {
    BackupFile found;
    try {
      found = read(expected.path());
    } catch (NoSuchFileException _) {
      throw new DamagedBackup("missing file " + expected.path() + "; use another backup");
    }
    if (!found.equals(expected)) {
      throw new DamagedBackup(
          String.format(
              "damaged file %s: length=%d manifestLength=%d crc32c=%08x manifestCrc32c=%08x; use another backup",
              expected.path(),
              found.length(),
              expected.length(),
              found.crc32c(),
              expected.crc32c()));
    }
  }

  private BackupFile read(String path) throws IOException {
    SnapshotFile found = SnapshotFile.read(root.resolve(path));
    return new BackupFile(path, found.length(), found.crc32c());
  }

  /// The one snapshot of a group, which must be that of the manifest.
  Snapshot snapshot(BackupManifest manifest, BackupManifest.Group group) throws IOException {
    SnapshotStore store =
        SnapshotStore.toRead(
            group(group.group()), new SnapshotOwner(manifest.clusterId(), group.group()));
    Snapshot snapshot =
        store
            .newestListed()
            .orElseThrow(() ->
                new DamagedBackup(
                    "no snapshot with a sound manifest in "
                        + group(group.group())
                        + "; use another backup"));
    if (!snapshot.manifest().moment().equals(group.moment())) {
      throw new DamagedBackup(
          "expected the snapshot that "
              + MANIFEST
              + " names in "
              + group(group.group())
              + "; expected="
              + group.moment()
              + " found="
              + snapshot.manifest().moment()
              + "; use another backup");
    }
    return snapshot;
  }
}
