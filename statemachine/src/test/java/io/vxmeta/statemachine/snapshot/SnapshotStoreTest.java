package io.vxmeta.statemachine.snapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.statemachine.Golden;
import io.vxmeta.statemachine.Seeded;
import io.vxmeta.statemachine.batch.LittleEndian;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class SnapshotStoreTest {
  @TempDir Path root;

  @Test
  void emptyStoreHasNoSnapshot() throws IOException {
    SnapshotSearch found = open().newestValid();
    assertTrue(found.valid().isEmpty());
    assertTrue(found.bad().isEmpty());
  }

  @Test
  void newestIsFoundAgainAfterRestart() throws IOException {
    SnapshotStore store = open();
    MadeSnapshots.publish(store, 9, 3);
    Snapshot newest = MadeSnapshots.publish(store, 10, 3);
    assertEquals(newest, open().newestValid().valid().orElseThrow());
    assertEquals(10, newest.index());
    assertEquals(3, newest.term());
  }

  @Test
  void anyFlippedBitInAnyFileFallsBackToThePrevious() {
    Seeded.runs(
        1,
        30,
        random -> {
          Path directory = root.resolve("run-" + random.nextLong());
          SnapshotStore store = SnapshotStore.open(directory, MadeSnapshots.OWNER);
          Snapshot previous = MadeSnapshots.publish(store, 100, 3);
          Snapshot newest = MadeSnapshots.publish(store, 200, 3);
          List<String> files = newest.transferOrder();
          Path damaged = newest.file(files.get(random.nextInt(files.size())));
          MadeSnapshots.flipBit(damaged, random.nextInt(1 << 20));
          SnapshotSearch found = SnapshotStore.open(directory, MadeSnapshots.OWNER).newestValid();
          assertEquals(previous, found.valid().orElseThrow());
          assertEquals(newest.directory(), found.bad().getFirst().directory());
        });
  }

  @Test
  void anyTruncatedOrMissingFileFallsBackToThePrevious() {
    Seeded.runs(
        1,
        20,
        random -> {
          Path directory = root.resolve("run-" + random.nextLong());
          SnapshotStore store = SnapshotStore.open(directory, MadeSnapshots.OWNER);
          Snapshot previous = MadeSnapshots.publish(store, 100, 3);
          Snapshot newest = MadeSnapshots.publish(store, 200, 3);
          List<String> files = newest.transferOrder();
          Path damaged = newest.file(files.get(random.nextInt(files.size())));
          byte[] bytes = Files.readAllBytes(damaged);
          if (random.nextBoolean()) {
            Files.delete(damaged);
          } else {
            Files.write(damaged, Arrays.copyOf(bytes, random.nextInt(bytes.length)));
          }
          assertEquals(previous, store.newestValid().valid().orElseThrow());
        });
  }

  @Test
  void leftoversOfACrashAreIgnoredAndRemoved() throws IOException {
    Snapshot good = MadeSnapshots.publish(open(), 5, 2);
    for (String leftover : List.of("writing-00000000000000000009", "incoming", "doomed-x")) {
      Path directory = Files.createDirectory(root.resolve(leftover));
      for (String file : good.transferOrder()) {
        Files.copy(good.file(file), directory.resolve(file));
      }
    }
    Files.createDirectory(root.resolve("lost+found"));
    assertEquals(good, open().newestValid().valid().orElseThrow());
    assertEquals(List.of("00000000000000000005", "lost+found"), names());
  }

  @Test
  void snapshotsSetAsideAreNotUsedAndNotLostUntilThereIsSomethingBetter() throws IOException {
    SnapshotStore store = open();
    MadeSnapshots.publish(store, 5, 2);
    MadeSnapshots.publish(store, 6, 2);
    store.setAside();
    assertTrue(open().newestValid().valid().isEmpty());
    assertEquals(List.of("aside-00000000000000000005", "aside-00000000000000000006"), names());
    Snapshot unfinished = MadeSnapshots.publish(store, 6, 1);
    store.setAside();
    assertTrue(Files.notExists(unfinished.directory()));
    Snapshot better = MadeSnapshots.publish(store, 6, 1);
    store.dropAside();
    assertEquals(List.of("00000000000000000006"), names());
    assertEquals(better, open().newestValid().valid().orElseThrow());
  }

  @Test
  void twoAreKeptAndADamagedOneIsNotCounted() throws IOException {
    SnapshotStore store = open();
    for (long index = 1; index <= 4; index++) {
      MadeSnapshots.publish(store, index, 1);
      store.prune();
    }
    assertEquals(List.of("00000000000000000003", "00000000000000000004"), names());
    MadeSnapshots.flipBit(root.resolve(names().getLast()).resolve("producers"), 3);
    assertEquals(3, store.newestValid().valid().orElseThrow().index());
    MadeSnapshots.publish(store, 5, 1);
    store.prune();
    assertEquals(List.of("00000000000000000003", "00000000000000000005"), names());
  }

  @Test
  void pinnedSnapshotOutlivesNewerOnes() throws IOException {
    SnapshotStore store = open();
    Snapshot pinned = MadeSnapshots.publish(store, 1, 1);
    try (SnapshotStore.Pin _ = store.pin(pinned);
        SnapshotStore.Pin _ = store.pin(pinned)) {
      for (long index = 2; index <= 4; index++) {
        MadeSnapshots.publish(store, index, 1);
        store.prune();
      }
      store.verify(pinned);
    }
    store.prune();
    assertFalse(Files.exists(pinned.directory()));
    assertThrows(IOException.class, () -> store.pin(pinned));
  }

  @Test
  void anotherClustersSnapshotIsRefusedNotSkipped() throws IOException {
    MadeSnapshots.publish(open(), 5, 1);
    SnapshotStore foreign = SnapshotStore.open(root, new SnapshotOwner("other", 2));
    IOException refusal = assertThrows(IOException.class, foreign::newestValid);
    assertTrue(refusal.toString().contains("cluster=test-1"), refusal.toString());
    SnapshotStore otherGroup = SnapshotStore.open(root, new SnapshotOwner("test-1", 3));
    assertThrows(IOException.class, otherGroup::newestValid);
  }

  @Test
  void newerFormatIsRefusedNotSkipped() throws Exception {
    SnapshotStore store = open();
    MadeSnapshots.publish(store, 4, 1);
    Path manifest = MadeSnapshots.publish(store, 5, 1).file("MANIFEST");
    byte[] bytes = Files.readAllBytes(manifest);
    LittleEndian.u16(bytes, 4, 2);
    MessageDigest sha = MessageDigest.getInstance("SHA-256");
    sha.update(bytes, 0, bytes.length - 32);
    System.arraycopy(sha.digest(), 0, bytes, bytes.length - 32, 32);
    Files.write(manifest, bytes);
    IOException refusal = assertThrows(IOException.class, store::newestValid);
    assertTrue(refusal.toString().contains("version=2"), refusal.toString());
  }

  @Test
  void snapshotOfTheSameIndexIsReplaced() throws IOException {
    SnapshotStore store = open();
    MadeSnapshots.publish(store, 5, 3);
    Snapshot second = MadeSnapshots.publish(store, 5, 1);
    assertEquals(second, store.newestValid().valid().orElseThrow());
    assertEquals(2, second.manifest().files().size());
  }

  /// Ends a publication where the power went.
  private static final class PowerCut extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  @ParameterizedTest
  @EnumSource(
      value = SnapshotStep.class,
      names = {"DIRECTORY_FLUSHED", "REPLACED_RENAMED", "RENAMED", "PUBLISHED"})
  void aPowerCutWhileASnapshotIsReplacedLeavesOneOfTheTwo(SnapshotStep step) throws IOException {
    Snapshot old = MadeSnapshots.publish(open(), 5, 3);
    SnapshotStore store = open();
    assertThrows(
        PowerCut.class,
        () ->
            MadeSnapshots.publish(
                store,
                5,
                1,
                reached -> {
                  if (reached == step) {
                    throw new PowerCut();
                  }
                }));
    Snapshot left = open().newestValid().valid().orElseThrow();
    boolean replaced = step == SnapshotStep.RENAMED || step == SnapshotStep.PUBLISHED;
    assertEquals(replaced ? 1 : 3, left.manifest().segments(7).size());
    assertEquals(replaced, !old.manifest().equals(left.manifest()));
    assertEquals(List.of("00000000000000000005"), names());
  }

  @Test
  void aFileThatTheDiskDoesNotGiveBackCountsAsDamaged() throws IOException {
    for (String name : List.of("MANIFEST", "producers", "shard-007.heap.000001")) {
      SnapshotStore store = open();
      Snapshot previous = MadeSnapshots.publish(store, 100, 2);
      Snapshot newest = MadeSnapshots.publish(store, 200, 2);
      Files.delete(newest.file(name));
      // Reading a directory fails as reading from a bad sector does, with another number.
      Files.createDirectory(newest.file(name));
      SnapshotSearch found = store.newestValid();
      assertEquals(previous, found.valid().orElseThrow(), name);
      assertEquals(200, found.bad().getFirst().index());
    }
  }

  @Test
  void aRejectedSnapshotCountsAsDamagedAfterARestartAndIsReplaced() throws IOException {
    SnapshotStore store = open();
    Snapshot previous = MadeSnapshots.publish(store, 100, 2);
    store.reject(MadeSnapshots.publish(store, 200, 2));
    for (SnapshotStore each : List.of(store, open())) {
      SnapshotSearch found = each.newestValid();
      assertEquals(previous, found.valid().orElseThrow());
      assertEquals(200, found.bad().getFirst().index());
      assertEquals(previous, each.newestListed().orElseThrow());
    }
    Snapshot again = MadeSnapshots.publish(store, 200, 2);
    assertEquals(again, open().newestValid().valid().orElseThrow());
  }

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  @EnabledOnOs(
      value = OS.LINUX,
      disabledReason = "a file that is read for long is a pipe of Linux'")
  void aSnapshotIsKeptFromBeforeItIsVerified() throws Exception {
    SnapshotStore store = open();
    Snapshot slow = MadeSnapshots.publish(store, 100, 1);
    byte[] producers = Files.readAllBytes(slow.producersFile());
    Files.delete(slow.producersFile());
    assertEquals(
        0, new ProcessBuilder("mkfifo", slow.producersFile().toString()).start().waitFor());
    FutureTask<KeptSnapshot> keeping =
        new FutureTask<>(() -> store.keepNewestValid(100).orElseThrow());
    Thread _ = Thread.ofVirtual().start(keeping);
    // Opened only when the other end is: the files are being read then.
    try (OutputStream pipe = Files.newOutputStream(slow.producersFile())) {
      for (long index = 101; index <= 103; index++) {
        MadeSnapshots.publish(store, index, 1);
        store.prune();
      }
      pipe.write(producers);
    }
    try (KeptSnapshot kept = keeping.get()) {
      assertEquals(slow, kept.snapshot());
      assertTrue(Files.isDirectory(slow.directory()));
    }
    store.prune();
    assertFalse(Files.exists(slow.directory()));
  }

  @Test
  void noSnapshotIsKeptThatEndsTooEarly() throws IOException {
    SnapshotStore store = open();
    MadeSnapshots.publish(store, 100, 1);
    assertTrue(store.keepNewestValid(101).isEmpty());
  }

  @Test
  void manifestComesBackAsItWasWritten() throws IOException {
    Snapshot snapshot = MadeSnapshots.publish(open(), 77, 4);
    SnapshotManifest manifest = snapshot.manifest();
    assertEquals(manifest, SnapshotManifest.decode(manifest.encode()));
    assertEquals(4, manifest.segments(7).size());
    assertTrue(manifest.segments(9).isEmpty());
    assertEquals(4 * 3_000 + 100, manifest.bytes());
  }

  @Test
  void formatVersionOneStaysAsItWas() throws IOException {
    SnapshotManifest manifest =
        new SnapshotManifest(
            new SnapshotOwner("demo-1", 2),
            new SnapshotMoment(3, 1_000, 900, 0x1122_3344_5566_7788L, 12_345),
            List.of(3, 40, 127),
            List.of(
                new SnapshotFile("shard-003.index.000000", 65_536, 0xCAFE_BABE),
                new SnapshotFile("producers", 32, 17)));
    byte[] golden = Golden.same("manifest", manifest.encode());
    assertEquals(manifest, SnapshotManifest.decode(golden));
  }

  @Test
  void mutilatedManifestUnderACorrectHashIsRefusedOrStaysInBounds() throws IOException {
    byte[] good = MadeSnapshots.publish(open(), 77, 4).manifest().encode();
    int[] refused = new int[1];
    Seeded.runs(
        1,
        3_000,
        random -> {
          byte[] bytes =
              random.nextInt(4) == 0
                  ? Arrays.copyOf(good, 32 + random.nextInt(good.length - 31))
                  : good.clone();
          int at = random.nextInt(bytes.length - 7);
          switch (random.nextInt(3)) {
            case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> LittleEndian.i32(bytes, at, random.nextBoolean() ? -1 : Integer.MAX_VALUE);
            default -> LittleEndian.u16(bytes, at, random.nextInt(100));
          }
          MessageDigest sha = MessageDigest.getInstance("SHA-256");
          sha.update(bytes, 0, bytes.length - 32);
          System.arraycopy(sha.digest(), 0, bytes, bytes.length - 32, 32);
          try {
            SnapshotManifest decoded = SnapshotManifest.decode(bytes);
            decoded.segments(7);
          } catch (IOException expected) {
            refused[0]++;
          }
        });
    assertTrue(refused[0] > 1_000, "refused " + refused[0]);
  }

  @Test
  void namesSortByIndexAndOnlyOursCount() {
    assertEquals("00000000000000000042", SnapshotNames.directory(42));
    assertEquals(42, SnapshotNames.index(Path.of("a/00000000000000000042")).orElseThrow());
    for (String other : List.of("42", "x", "99999999999999999999", "0000000000000000004x", "")) {
      assertTrue(SnapshotNames.index(Path.of(other)).isEmpty(), other);
    }
    for (String path : List.of("../x", "shard-001.heap.000001/..", "MANIFEST", "", "Producers")) {
      assertFalse(SnapshotNames.isContent(path), path);
    }
    assertTrue(SnapshotNames.isContent("shard-001.heap.000001"));
  }

  private SnapshotStore open() throws IOException {
    return SnapshotStore.open(root, MadeSnapshots.OWNER);
  }

  private List<String> names() throws IOException {
    try (Stream<Path> entries = Files.list(root)) {
      return entries
          .map(SnapshotNames::fileName)
          .map(name -> name.toLowerCase(Locale.ROOT))
          .sorted()
          .toList();
    }
  }
}
