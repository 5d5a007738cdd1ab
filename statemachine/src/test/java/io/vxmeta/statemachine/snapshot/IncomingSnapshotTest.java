package io.vxmeta.statemachine.snapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.statemachine.Seeded;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class IncomingSnapshotTest {
  private final Path root;

  private final SnapshotStore donor;
  private final SnapshotStore receiver;

  IncomingSnapshotTest(@TempDir Path root) throws IOException {
    this.root = root;
    donor = SnapshotStore.open(root.resolve("donor"), MadeSnapshots.OWNER);
    receiver = SnapshotStore.open(root.resolve("receiver"), MadeSnapshots.OWNER);
  }

  @Test
  void filesInAnyOrderBecomeTheSameSnapshot() {
    AtomicLong last = new AtomicLong();
    Seeded.runs(
        1,
        20,
        random -> {
          long index = last.addAndGet(1 + random.nextInt(1_000_000));
          Snapshot sent = MadeSnapshots.publish(donor, index, 4);
          List<String> order = new ArrayList<>(sent.transferOrder());
          Collections.shuffle(order, random);
          try (IncomingSnapshot incoming = receiver.receive()) {
            for (String file : order) {
              send(sent, file, incoming, 1 + random.nextInt(2_000));
            }
            Snapshot published = incoming.publish();
            assertEquals(sent.manifest(), published.manifest());
            receiver.verify(published);
          }
          assertFalse(Files.exists(root.resolve("receiver/incoming")));
        });
  }

  @Test
  void onlyFilesThatDifferAreReceived() throws IOException {
    Snapshot sent = MadeSnapshots.publish(donor, 50, 4);
    Path own = Files.createDirectories(root.resolve("receiver/00000000000000000040"));
    List<SnapshotFile> ownFiles = new ArrayList<>();
    for (SnapshotFile file : sent.manifest().files()) {
      Files.copy(sent.file(file.name()), own.resolve(file.name()));
      ownFiles.add(file.name().endsWith("2") ? new SnapshotFile(file.name(), 3_000, 1) : file);
    }
    SnapshotManifest manifest =
        new SnapshotManifest(MadeSnapshots.OWNER, sent.manifest().moment(), List.of(7), ownFiles);
    try (IncomingSnapshot incoming = receiver.receive()) {
      Set<String> missing = incoming.reuse(sent.manifest(), new Snapshot(own, manifest));
      assertEquals(Set.of("shard-007.heap.000002", "producers"), missing);
      for (String file : missing) {
        send(sent, file, incoming, 1_000);
      }
      send(sent, "MANIFEST", incoming, 1_000);
      receiver.verify(incoming.publish());
    }
  }

  @Test
  void aBrokenTransferGoesOnWithWhatCameWholeAlsoFromANewerSnapshot() throws IOException {
    Snapshot first = MadeSnapshots.publish(donor, 50, 4);
    Snapshot newer = MadeSnapshots.publish(donor, 60, 4);
    IncomingSnapshot incoming = receiver.receive();
    send(first, "shard-007.heap.000000", incoming, 1_000);
    send(first, "shard-007.heap.000001", incoming, 1_000);
    incoming.chunk(
        "shard-007.heap.000002",
        0,
        3_000,
        crc(MadeSnapshots.content(7, 10)),
        MadeSnapshots.content(7, 10));
    incoming.interrupt();
    assertEquals(
        Set.of("shard-007.heap.000000", "shard-007.heap.000001"),
        Set.copyOf(incoming.received().stream().map(SnapshotFile::name).toList()));
    assertTrue(first.manifest().files().containsAll(incoming.received()));

    for (String file : newer.transferOrder()) {
      send(newer, file, incoming, 1_000);
    }
    assertEquals(60, incoming.manifest().moment().index());
    receiver.verify(incoming.publish());
    incoming.close();
  }

  @Test
  void damageOnTheWayOrAtTheDonorIsNeverPublished() throws IOException {
    Snapshot before = MadeSnapshots.publish(receiver, 10, 2);
    Snapshot sent = MadeSnapshots.publish(donor, 50, 4);
    MadeSnapshots.flipBit(sent.file("shard-007.heap.000003"), 99);
    try (IncomingSnapshot incoming = receiver.receive()) {
      for (String file : sent.transferOrder()) {
        send(sent, file, incoming, 1_000);
      }
      assertThrows(SnapshotFormatException.class, incoming::publish);
    }
    assertEquals(before, receiver.newestValid().valid().orElseThrow());
  }

  @Test
  void anyMissingFileIsNoticed() throws IOException {
    Snapshot sent = MadeSnapshots.publish(donor, 50, 3);
    for (String left : sent.transferOrder()) {
      try (IncomingSnapshot incoming = receiver.receive()) {
        for (String file : sent.transferOrder()) {
          if (!file.equals(left)) {
            send(sent, file, incoming, 4_000);
          }
        }
        assertThrows(SnapshotFormatException.class, incoming::publish, left);
      }
    }
    assertTrue(receiver.newestValid().valid().isEmpty());
  }

  @Test
  void foreignSnapshotIsRefused() throws IOException {
    SnapshotStore other = SnapshotStore.open(root.resolve("other"), new SnapshotOwner("other", 2));
    Snapshot sent = MadeSnapshots.publish(donor, 50, 1);
    try (IncomingSnapshot incoming = other.receive()) {
      for (String file : sent.transferOrder()) {
        send(sent, file, incoming, 4_000);
      }
      assertThrows(IOException.class, incoming::publish);
    }
  }

  @Test
  void chunksThatDoNotFitAreRefusedBeforeAnythingIsWritten() throws IOException {
    String file = "shard-007.heap.000000";
    byte[] data = MadeSnapshots.content(1, 10);
    try (IncomingSnapshot incoming = receiver.receive()) {
      refused(incoming, "../../etc/passwd", 0, 10, data);
      refused(incoming, "/tmp/x", 0, 10, data);
      refused(incoming, "doomed-1", 0, 10, data);
      refused(incoming, file, 5, 20, data);
      refused(incoming, file, 0, -1, data);
      refused(incoming, file, 0, Long.MAX_VALUE, data);
      assertThrows(
          SnapshotFormatException.class, () -> incoming.chunk(file, 0, 10, crc(data) + 1, data));
      incoming.chunk(file, 0, 15, crc(data), data);
      refused(incoming, file, 0, 15, data);
      refused(incoming, file, 10, 15, data);
      refused(incoming, "producers", 0, 10, data);
      assertThrows(SnapshotFormatException.class, incoming::publish);
    }
    assertFalse(Files.exists(root.resolve("receiver/incoming")));
  }

  @Test
  void unfinishedTransferIsDroppedByTheNext() throws IOException {
    Snapshot sent = MadeSnapshots.publish(donor, 50, 2);
    IncomingSnapshot unfinished = receiver.receive();
    send(sent, "producers", unfinished, 10);
    try (IncomingSnapshot incoming = receiver.receive()) {
      for (String file : sent.transferOrder()) {
        send(sent, file, incoming, 4_000);
      }
      assertEquals(50, incoming.publish().index());
    }
  }

  @Test
  void randomChunksNeverEscapeTheirDirectory() {
    Seeded.runs(
        1,
        200,
        random -> {
          try (IncomingSnapshot incoming = receiver.receive()) {
            for (int i = 0; i < 20; i++) {
              byte[] data = MadeSnapshots.content(i, random.nextInt(20));
              try {
                incoming.chunk(
                    name(random), random.nextInt(3) * 7L, random.nextInt(30), crc(data), data);
              } catch (SnapshotFormatException _) {
                // Refused, which is all that may happen to a bad one.
              }
            }
          }
          try (var left = Files.list(root.resolve("receiver"))) {
            assertEquals(0, left.count());
          }
        });
  }

  private static String name(Random random) {
    List<String> names =
        List.of("producers", "MANIFEST", "shard-001.heap.000000", "../x", "shard-1.heap.0", "a/b");
    return names.get(random.nextInt(names.size()));
  }

  private static void refused(
      IncomingSnapshot incoming, String file, long offset, long fileLength, byte[] data) {
    assertThrows(
        SnapshotFormatException.class,
        () -> incoming.chunk(file, offset, fileLength, crc(data), data));
  }

  static void send(Snapshot from, String file, IncomingSnapshot to, int chunkBytes)
      throws IOException {
    byte[] bytes = Files.readAllBytes(from.file(file));
    for (int at = 0; at < bytes.length; at += chunkBytes) {
      byte[] chunk = Arrays.copyOfRange(bytes, at, Math.min(at + chunkBytes, bytes.length));
      to.chunk(file, at, bytes.length, crc(chunk), chunk);
    }
  }

  private static int crc(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }
}
