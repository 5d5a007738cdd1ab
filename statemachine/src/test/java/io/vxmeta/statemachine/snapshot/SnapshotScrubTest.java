package io.vxmeta.statemachine.snapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Rot in a snapshot is found without a restart, and sound snapshots are never blamed.
final class SnapshotScrubTest {
  private static final long STEP_BYTES = 4_000;

  /// Enough steps for a whole round over two snapshots of five files each.
  private static final int ROUND = 20;

  @TempDir private Path directory;
  private SnapshotStore store;
  private SnapshotScrub scrub;

  @BeforeEach
  void open() throws IOException {
    store = SnapshotStore.open(directory.resolve("snapshots"), MadeSnapshots.OWNER);
    scrub = new SnapshotScrub(store);
  }

  private List<BadSnapshot> round() throws IOException {
    List<BadSnapshot> found = new ArrayList<>();
    for (int i = 0; i < ROUND; i++) {
      Optional<BadSnapshot> bad = scrub.step(STEP_BYTES);
      bad.ifPresent(found::add);
    }
    return found;
  }

  @Test
  void soundSnapshotsAreReadAgainAndAgain() throws IOException {
    assertEquals(List.of(), round());
    Snapshot one = MadeSnapshots.publish(store, 10, 4);
    Snapshot two = MadeSnapshots.publish(store, 20, 4);
    assertEquals(List.of(), round());
    assertTrue(scrub.verifiedBytes() >= one.manifest().bytes() + two.manifest().bytes());
    assertEquals(0, scrub.damaged());
  }

  @Test
  void aFlippedBitOfAnyFileIsFoundInOneRound() throws IOException {
    Snapshot sound = MadeSnapshots.publish(store, 10, 4);
    Snapshot rotten = MadeSnapshots.publish(store, 20, 4);
    for (String name : rotten.transferOrder()) {
      MadeSnapshots.flipBit(rotten.file(name), 333);
      List<BadSnapshot> found = round();
      assertTrue(found.stream().allMatch(bad -> bad.index() == 20), name);
      assertTrue(!found.isEmpty(), name);
      MadeSnapshots.flipBit(rotten.file(name), 333);
    }
    assertEquals(10, sound.index());
    assertTrue(scrub.damaged() >= rotten.transferOrder().size());
  }

  @Test
  void aRottenSnapshotDoesNotCountAmongThoseKept() throws IOException {
    Snapshot old = MadeSnapshots.publish(store, 10, 2);
    Snapshot rotten = MadeSnapshots.publish(store, 20, 2);
    MadeSnapshots.flipBit(rotten.file(rotten.transferOrder().getFirst()), 99);
    assertEquals(1, round().stream().map(BadSnapshot::index).distinct().count());
    Snapshot fresh = MadeSnapshots.publish(store, 30, 2);
    store.prune();
    assertEquals(List.of(fresh.index(), old.index()), store.indexes());
  }

  @Test
  void aSnapshotDeletedInTheMiddleIsNoDamage() throws IOException {
    MadeSnapshots.publish(store, 10, 4);
    assertEquals(Optional.empty(), scrub.step(1));
    MadeSnapshots.publish(store, 20, 4);
    MadeSnapshots.publish(store, 30, 4);
    store.prune();
    assertEquals(List.of(30L, 20L), store.indexes());
    assertEquals(List.of(), round());
    assertEquals(0, scrub.damaged());
  }
}
