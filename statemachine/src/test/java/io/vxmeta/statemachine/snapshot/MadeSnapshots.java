package io.vxmeta.statemachine.snapshot;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Makes snapshots of arbitrary bytes: what a store must handle whatever is inside.
final class MadeSnapshots {
  static final SnapshotOwner OWNER = new SnapshotOwner("test-1", 2);

  private MadeSnapshots() {}

  /// Publishes a snapshot with the given number of segment files.
  static Snapshot publish(SnapshotStore store, long index, int segments) throws IOException {
    return publish(store, index, segments, SnapshotSteps.UNOBSERVED);
  }

  static Snapshot publish(SnapshotStore store, long index, int segments, SnapshotSteps steps)
      throws IOException {
    Path directory = store.freshDirectory(SnapshotNames.WRITING + SnapshotNames.directory(index));
    List<SnapshotFile> files = new ArrayList<>();
    for (int i = 0; i < segments; i++) {
      byte[] content = content(index * 1_000 + i, 3_000);
      Path file = directory.resolve(String.format("shard-007.heap.%06d", i));
      files.add(Checksum.write(file, out -> out.write(content)));
    }
    byte[] producers = content(index, 100);
    files.add(
        Checksum.write(directory.resolve(SnapshotNames.PRODUCERS), out -> out.write(producers)));
    SnapshotManifest manifest =
        new SnapshotManifest(
            OWNER, new SnapshotMoment(3, index, index / 2, index * 31, 5), List.of(7, 9), files);
    byte[] encoded = manifest.encode();
    Checksum.write(directory.resolve(SnapshotNames.MANIFEST), out -> out.write(encoded));
    return store.publish(new Snapshot(directory, manifest), steps);
  }

  static byte[] content(long seed, int length) {
    byte[] content = new byte[length];
    new Random(seed).nextBytes(content);
    return content;
  }

  static void flipBit(Path file, long bit) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[(int) (bit / 8 % bytes.length)] ^= (byte) (1 << bit % 8);
    Files.write(file, bytes);
  }
}
