package io.vxmeta.statemachine.snapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.statemachine.AnswerSink;
import io.vxmeta.statemachine.GroupState;
import io.vxmeta.statemachine.Groups;
import io.vxmeta.statemachine.SoundAtEnd;
import io.vxmeta.statemachine.batch.BatchWriter;
import io.vxmeta.statemachine.batch.Slice;
import io.vxmeta.statemachine.batch.TransactionEncoder;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A whole snapshot written by an earlier version, kept for ever, still comes to the state it was
/// taken of.
final class GoldenSnapshotTest {
  private static final SnapshotOwner OWNER = new SnapshotOwner("golden", 2);
  private static final String RESOURCE = "/golden/v1/snapshot.zip.hex";
  private static final int HEX_PER_LINE = 120;

  @TempDir private Path directory;

  @Test
  void aSnapshotOfFormatVersionOneIsStillRead() throws IOException {
    byte[] golden = golden();
    Path into =
        Files.createDirectories(directory.resolve("snapshots/" + SnapshotNames.directory(2)));
    try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(golden))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        Files.write(into.resolve(entry.getName()), zip.readAllBytes());
      }
    }
    Snapshot snapshot =
        SnapshotStore.open(directory.resolve("snapshots"), OWNER)
            .newestValid()
            .valid()
            .orElseThrow();
    try (GroupState restored = GroupState.restore(Groups.config(directory.resolve("a")), snapshot);
        SoundAtEnd _ = new SoundAtEnd(restored);
        GroupState made = made(directory.resolve("b"));
        SoundAtEnd _ = new SoundAtEnd(made)) {
      assertEquals(made.digest(), restored.digest());
      assertEquals(List.of(), restored.verify());
      assertTrue(restored.digest().records() > 100);
    }
  }

  /// The bytes of the resource; without it the test fails with what the resource should be.
  private byte[] golden() throws IOException {
    try (InputStream in = GoldenSnapshotTest.class.getResourceAsStream(RESOURCE)) {
      String hex = in == null ? "" : new String(in.readAllBytes(), StandardCharsets.US_ASCII);
      if (hex.isEmpty()) {
        throw new AssertionError("expected the resource " + RESOURCE + ":\n" + written());
      }
      return HexFormat.of().parseHex(hex.replaceAll("\\s", ""));
    }
  }

  private String written() throws IOException {
    SnapshotStore store = SnapshotStore.open(directory.resolve("new"), OWNER);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GroupState state = made(directory.resolve("c"));
        SoundAtEnd _ = new SoundAtEnd(state);
        ZipOutputStream zip = new ZipOutputStream(bytes)) {
      Snapshot snapshot =
          new SnapshotWriter(store, Optional.empty()).write(state.cut(7)).snapshot();
      for (String name : snapshot.transferOrder()) {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(Files.readAllBytes(snapshot.file(name)));
      }
    }
    return HexFormat.of()
        .formatHex(bytes.toByteArray())
        .replaceAll("(.{" + HEX_PER_LINE + "})", "$1\n");
  }

  /// Values of every shape: empty, small, in pieces, with flags, expiring, replaced, deleted, and
  /// counters.
  private static GroupState made(Path live) throws IOException {
    GroupState state = GroupState.create(Groups.config(live));
    TransactionEncoder encoder = new TransactionEncoder();
    BatchWriter batch = new BatchWriter();
    byte[] producer = new byte[16];
    for (int entry = 1; entry <= 2; entry++) {
      for (int i = 0; i < 45; i++) {
        int shard = Groups.SHARDS.get(i % Groups.SHARDS.size());
        producer[0] = (byte) (1 + i % 3);
        encoder.begin(1, producer, 1, 100L * entry + i);
        byte[] value = new byte[i % 7 == 0 ? 4_000 : i % 50];
        Arrays.fill(value, (byte) ('a' + i % 26));
        encoder.put(shard, key(entry, i), Slice.of(value), i % 5);
        encoder.putExpiring(shard, key(entry, 100 + i), Slice.of(value), 0, 2_000_000_000_000L);
        encoder.add(shard, key(9, i), i);
        if (i % 4 == 0) {
          encoder.delete(shard, key(entry, 100 + i));
        }
        assertTrue(batch.append(encoder.end()));
      }
      byte[] sealed = batch.seal(1_700_000_000_000L + entry);
      state.apply(sealed, 0, sealed.length, entry, AnswerSink.NONE);
    }
    return state;
  }

  private static Slice key(int entry, int i) {
    return Slice.of(("key/" + entry + "/" + i).getBytes(StandardCharsets.US_ASCII));
  }
}
