package io.vxmeta.statemachine.table;

import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vxmeta.statemachine.os.LiveMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.random.RandomGenerator;

/// A table whose process dies now and then, with the twin that knows what must come back.
final class MortalTable {
  /* A crash leaves the live files as they were, or, as after a power cut, with any of their pages missing; now and then they are
   * another table's. They are laid where the next table will be. The last whole cut is what the next process has; no cut yet:
   * it begins empty. A cut that was being copied at the end is refused. The log's replay is simulated by more writes. */

  private static final int PAGE_BYTES = 4096;
  private static final int LEFT_BYTES_MAX = 1 << 20;
  private static final int PAGES_LOST_MAX = 20;
  private static final int STRANGERS_RECORDS = 500;
  private static final List<String> LIVE = List.of("shard-012.live-index", "shard-012.live-heap");

  private final TableFixture fixture;
  private final LiveMemory memory;
  private final Path home;
  private final RandomGenerator random;
  private Path place;
  private Table table;
  private TwinTable twin = new TwinTable();
  private TwinTable atCut = new TwinTable();
  private List<SegmentImage> images = List.of();
  private int cuts;
  private int deaths;

  MortalTable(TableFixture fixture, LiveMemory memory, Path home, RandomGenerator random)
      throws IOException {
    this.fixture = fixture;
    this.memory = memory;
    this.home = home;
    this.random = random;
    place = home.resolve("life-0");
    table = fixture.create(place, memory);
  }

  /// Another one after each death.
  Table table() {
    return table;
  }

  /// As it was at the last whole cut, after each death.
  TwinTable twin() {
    return twin;
  }

  /// Where the live files are.
  Path place() {
    return place;
  }

  /// Copies a cut, with a write after each segment.
  void cut(Runnable write) throws IOException {
    TwinTable then = twin.copy();
    List<SegmentImage> before = images;
    images = copy(IntUnaryOperator.identity(), write);
    atCut = then;
    delete(before);
  }

  private List<SegmentImage> copy(IntUnaryOperator segmentsOf, Runnable write) throws IOException {
    Path to = Files.createDirectories(home.resolve("cut-" + ++cuts));
    List<SegmentImage> copied = new ArrayList<>();
    try (TableCut cut = table.cut()) {
      int segments = segmentsOf.applyAsInt(cut.segmentCount());
      for (int i = 0; i < segments; i++) {
        Path file = to.resolve(cut.name(i).fileName());
        try (FileChannel channel =
            FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
          int _ = cut.copyTo(i, channel);
        }
        copied.add(new SegmentImage(cut.name(i), file));
        write.run();
      }
    }
    return copied;
  }

  private static void delete(List<SegmentImage> copied) throws IOException {
    for (SegmentImage image : copied) {
      Files.delete(image.file());
    }
  }

  /// The process dies while it copies a cut, at any byte of it, with a write after each segment.
  void dieWhileCopying(Runnable write) throws IOException {
    List<SegmentImage> half = copy(segments -> 1 + random.nextInt(segments), write);
    try (FileChannel last = FileChannel.open(half.getLast().file(), StandardOpenOption.WRITE)) {
      FileChannel _ = last.truncate(random.nextLong(last.size()));
    }
    Path refused = home.resolve("refused-" + cuts);
    assertThrows(
        IOException.class,
        () -> Table.restore(refused, TableFixture.SHARD, half, TableFixture.SMALL, memory));
    delete(half);
    die();
  }

  /// The process dies, and the next one makes the table of the last whole cut.
  void die() throws IOException {
    Path next = home.resolve("life-" + ++deaths);
    leaveBehind(random.nextInt(4) == 0 ? stranger() : place, next);
    fixture.end(table);
    table =
        images.isEmpty()
            ? fixture.create(next, memory)
            : fixture.keep(
                Table.restore(next, TableFixture.SHARD, images, TableFixture.SMALL, memory));
    atCut.assertSameAs(table);
    twin = atCut.copy();
    place = next;
  }

  /// The place of a table with other records under some of the same keys.
  private Path stranger() throws IOException {
    Path strangers = home.resolve("stranger");
    if (Files.notExists(strangers)) {
      Table other = fixture.create(strangers);
      for (int i = 0; i < STRANGERS_RECORDS; i++) {
        byte[] key = ByteBuffer.allocate(5).putInt(i).array();
        other.put(key, 0, key.length, new byte[i], 0, i, i + 1, 7, 0);
      }
    }
    return strangers;
  }

  /// Lays the live files of `from` at `to`, as a crash may have left them.
  private void leaveBehind(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    for (String name : LIVE) {
      if (Files.exists(from.resolve(name))) { // Memory of the process leaves nothing.
        Files.write(to.resolve(name), left(from.resolve(name)));
      }
    }
  }

  private byte[] left(Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(LEFT_BYTES_MAX);
    try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
      while (bytes.hasRemaining() && in.read(bytes) >= 0) {}
    }
    for (int lost = random.nextInt(PAGES_LOST_MAX); lost > 0; lost--) {
      int page = random.nextInt(bytes.capacity() / PAGE_BYTES) * PAGE_BYTES;
      bytes.put(page, new byte[PAGE_BYTES]);
    }
    return bytes.array();
  }
}
