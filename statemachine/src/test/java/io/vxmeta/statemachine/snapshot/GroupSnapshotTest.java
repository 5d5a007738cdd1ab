package io.vxmeta.statemachine.snapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.statemachine.AnswerSink;
import io.vxmeta.statemachine.GroupState;
import io.vxmeta.statemachine.Groups;
import io.vxmeta.statemachine.Seeded;
import io.vxmeta.statemachine.SoundAtEnd;
import io.vxmeta.statemachine.StateDigest;
import io.vxmeta.statemachine.Workload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class GroupSnapshotTest {
  private static final int KEYS = 2_000;

  @TempDir Path root;

  /// Ends a write where the power went: nothing is cleaned up behind it.
  private static final class PowerCut extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  @Test
  void groupRestoredInTheMiddleEndsWithTheSameDigest() {
    Seeded.runs(
        1,
        4,
        random -> {
          List<byte[]> log = log(random, 400);
          Path run = root.resolve("run-" + random.nextLong());
          StateDigest expected = replay(run.resolve("straight"), log);
          SnapshotStore store = store(run);
          int middle = 1 + random.nextInt(398);
          try (GroupState before = GroupState.create(Groups.config(run.resolve("before")));
              SoundAtEnd _ = new SoundAtEnd(before)) {
            apply(before, log, 0, middle);
            new SnapshotWriter(store, Optional.empty()).write(before.cut(1));
          }
          Snapshot snapshot = store.newestValid().valid().orElseThrow();
          try (GroupState after =
                  GroupState.restore(Groups.config(run.resolve("after")), snapshot);
              SoundAtEnd _ = new SoundAtEnd(after)) {
            assertEquals(middle, after.appliedIndex());
            apply(after, log, middle, log.size());
            assertEquals(expected, after.digest());
          }
        });
  }

  @Test
  void snapshotHoldsTheCutWhileApplyGoesOn() {
    Seeded.runs(
        1,
        4,
        random -> {
          List<byte[]> log = log(random, 600);
          Path run = root.resolve("run-" + random.nextLong());
          SnapshotStore store = store(run);
          try (GroupState group = GroupState.create(Groups.config(run.resolve("live")));
              SoundAtEnd _ = new SoundAtEnd(group);
              ExecutorService background = Executors.newSingleThreadExecutor()) {
            SnapshotWriter writer = new SnapshotWriter(store, Optional.empty());
            int applied = 0;
            for (int round = 0; round < 4; round++) {
              apply(group, log, applied, applied + 100);
              applied += 100;
              StateDigest atCut = group.digest();
              SnapshotCut cut = group.cut(2);
              Future<WrittenSnapshot> writing = background.submit(() -> writer.write(cut));
              apply(group, log, applied, applied + 50);
              applied += 50;
              Snapshot snapshot = writing.get().snapshot();
              store.verify(snapshot);
              try (GroupState restored =
                      GroupState.restore(Groups.config(run.resolve("restored")), snapshot);
                  SoundAtEnd _ = new SoundAtEnd(restored)) {
                assertEquals(atCut, restored.digest());
              }
            }
          }
        });
  }

  @Test
  void unchangedSegmentsAreLinkedAlsoAfterARestart() throws Exception {
    SnapshotStore store = store(root);
    Snapshot first;
    try (GroupState group = GroupState.create(Groups.config(root.resolve("live")));
        SoundAtEnd _ = new SoundAtEnd(group)) {
      apply(group, log(new Random(1), 600), 0, 600);
      SnapshotWriter writer = new SnapshotWriter(store, Optional.empty());
      WrittenSnapshot whole = writer.write(group.cut(1));
      first = whole.snapshot();
      assertEquals(first.manifest().bytes(), whole.copiedBytes());
      assertEquals(0, writer.write(group.cut(1)).copiedBytes(), "nothing was applied since");
    }
    try (GroupState group = GroupState.restore(Groups.config(root.resolve("live")), first);
        SoundAtEnd _ = new SoundAtEnd(group)) {
      byte[] entry = log(new Random(9), 1).getFirst();
      group.apply(entry, 0, entry.length, 601, AnswerSink.NONE);
      SnapshotWriter writer = new SnapshotWriter(store, Optional.of(first));
      WrittenSnapshot second = writer.write(group.cut(1));
      assertTrue(second.copiedBytes() < first.manifest().bytes() * 3 / 4);
      int linked = 0;
      for (SnapshotFile file : second.snapshot().manifest().files()) {
        if (Files.exists(first.file(file.name()))
            && Files.isSameFile(first.file(file.name()), second.snapshot().file(file.name()))) {
          linked++;
        }
      }
      assertTrue(linked > 0);
      writer.distrustBase();
      group.skip(700);
      WrittenSnapshot third = writer.write(group.cut(1));
      assertEquals(third.snapshot().manifest().bytes(), third.copiedBytes());
    }
  }

  @Test
  void powerCutAtAnyStepLeavesTheOldOrTheNewSnapshot() throws IOException {
    List<byte[]> log = log(new Random(5), 300);
    // Nothing is replaced here: SnapshotStoreTest does that.
    for (SnapshotStep step : EnumSet.complementOf(EnumSet.of(SnapshotStep.REPLACED_RENAMED))) {
      for (int occurrence = 1;
          occurrence <= (step == SnapshotStep.SEGMENT_WRITTEN ? 3 : 1);
          occurrence++) {
        Path run = root.resolve(step + "-" + occurrence);
        powerCutAt(step, occurrence, run, log);
      }
    }
  }

  private static void powerCutAt(SnapshotStep step, int occurrence, Path run, List<byte[]> log)
      throws IOException {
    SnapshotStore store = store(run);
    StateDigest old;
    StateDigest young;
    try (GroupState group = GroupState.create(Groups.config(run.resolve("live")));
        SoundAtEnd _ = new SoundAtEnd(group)) {
      apply(group, log, 0, 150);
      old = group.digest();
      int[] left = {0};
      SnapshotSteps steps =
          reached -> {
            if (reached == step && --left[0] == 0) {
              throw new PowerCut();
            }
          };
      SnapshotWriter writer = new SnapshotWriter(store, Optional.empty(), steps);
      writer.write(group.cut(1));
      apply(group, log, 150, 300);
      young = group.digest();
      left[0] = occurrence;
      assertThrows(PowerCut.class, () -> writer.write(group.cut(1)));
    }
    boolean published = step == SnapshotStep.RENAMED || step == SnapshotStep.PUBLISHED;
    SnapshotStore reopened = store(run);
    Snapshot found = reopened.newestValid().valid().orElseThrow();
    assertEquals(published ? 300 : 150, found.index(), step::toString);
    try (Stream<Path> left = Files.list(run.resolve("snapshots"))) {
      assertEquals(published ? 2 : 1, left.count(), "leftovers are removed");
    }
    try (GroupState group = GroupState.restore(Groups.config(run.resolve("live")), found);
        SoundAtEnd _ = new SoundAtEnd(group)) {
      assertEquals(published ? young : old, group.digest());
      apply(group, log, (int) found.index(), 300);
      assertEquals(young.entireDigest(), group.digest().entireDigest());
    }
  }

  @Test
  void failedWriteLosesNothingOfTheNext() throws IOException {
    List<byte[]> log = log(new Random(6), 300);
    SnapshotStore store = store(root);
    try (GroupState group = GroupState.create(Groups.config(root.resolve("live")));
        SoundAtEnd _ = new SoundAtEnd(group)) {
      boolean[] failing = new boolean[1];
      SnapshotSteps steps =
          reached -> {
            if (failing[0] && reached == SnapshotStep.MANIFEST_WRITTEN) {
              throw new PowerCut();
            }
          };
      SnapshotWriter writer = new SnapshotWriter(store, Optional.empty(), steps);
      apply(group, log, 0, 100);
      writer.write(group.cut(1));
      apply(group, log, 100, 200);
      failing[0] = true;
      assertThrows(PowerCut.class, () -> writer.write(group.cut(1)));
      failing[0] = false;
      apply(group, log, 200, 300);
      StateDigest expected = group.digest();
      Snapshot snapshot = writer.write(group.cut(1)).snapshot();
      try (GroupState restored =
              GroupState.restore(Groups.config(root.resolve("restored")), snapshot);
          SoundAtEnd _ = new SoundAtEnd(restored)) {
        assertEquals(expected, restored.digest());
      }
    }
  }

  @Test
  void aSnapshotWithoutRoomIsRefusedBeforeAnythingIsWritten() throws IOException {
    List<byte[]> log = log(new Random(12), 300);
    long[] roomBytes = {Long.MAX_VALUE};
    List<Long> taken = new ArrayList<>();
    SnapshotRoom room =
        bytes -> {
          if (bytes > roomBytes[0]) {
            throw new NoRoomForSnapshot(bytes, roomBytes[0], 0);
          }
          taken.add(bytes);
          return () -> taken.remove(bytes);
        };
    SnapshotStore store = SnapshotStore.open(root.resolve("snapshots"), MadeSnapshots.OWNER, room);
    try (GroupState group = GroupState.create(Groups.config(root.resolve("live")));
        SoundAtEnd _ = new SoundAtEnd(group)) {
      List<Long> during = new ArrayList<>();
      SnapshotWriter writer =
          new SnapshotWriter(store, Optional.empty(), reached -> during.addAll(taken));
      apply(group, log, 0, 100);
      WrittenSnapshot first = writer.write(group.cut(1));
      assertTrue(
          during.getFirst() + first.snapshot().producersFile().toFile().length()
              >= first.copiedBytes(),
          "what is copied was asked for");
      apply(group, log, 100, 200);
      roomBytes[0] = 1_000;
      assertThrows(NoRoomForSnapshot.class, () -> writer.write(group.cut(1)));
      try (Stream<Path> left = Files.list(root.resolve("snapshots"))) {
        assertEquals(List.of(first.snapshot().directory()), left.toList());
      }
      roomBytes[0] = Long.MAX_VALUE;
      assertEquals(200, writer.write(group.cut(1)).snapshot().index());
      assertEquals(List.of(), taken, "all room is given back");
    }
  }

  @Test
  void snapshotWithAFlippedBitFallsBackAndReplayCatchesUp() throws IOException {
    List<byte[]> log = log(new Random(7), 300);
    SnapshotStore store = store(root);
    StateDigest expected;
    try (GroupState group = GroupState.create(Groups.config(root.resolve("live")));
        SoundAtEnd _ = new SoundAtEnd(group)) {
      SnapshotWriter writer = new SnapshotWriter(store, Optional.empty());
      apply(group, log, 0, 150);
      writer.write(group.cut(1));
      apply(group, log, 150, 300);
      expected = group.digest();
      Snapshot newest = writer.write(group.cut(1)).snapshot();
      MadeSnapshots.flipBit(newest.producersFile(), 777);
    }
    SnapshotSearch found = store(root).newestValid();
    assertEquals(1, found.bad().size());
    try (GroupState group =
            GroupState.restore(Groups.config(root.resolve("live")), found.valid().orElseThrow());
        SoundAtEnd _ = new SoundAtEnd(group)) {
      assertEquals(150, group.appliedIndex());
      apply(group, log, 150, 300);
      assertEquals(expected, group.digest());
    }
  }

  @Test
  void damageThatTheChecksumsMissIsFoundByTheDigest() throws IOException {
    SnapshotStore store = store(root);
    try (GroupState group = GroupState.create(Groups.config(root.resolve("live")));
        SoundAtEnd _ = new SoundAtEnd(group)) {
      apply(group, log(new Random(8), 50), 0, 50);
      Snapshot good = new SnapshotWriter(store, Optional.empty()).write(group.cut(1)).snapshot();
      SnapshotMoment moment = good.manifest().moment();
      SnapshotManifest wrong =
          new SnapshotManifest(
              good.manifest().owner(),
              new SnapshotMoment(
                  moment.term(),
                  moment.index(),
                  moment.revision(),
                  moment.digest() ^ 1,
                  moment.records()),
              good.manifest().shards(),
              good.manifest().files());
      Snapshot snapshot = new Snapshot(good.directory(), wrong);
      SnapshotFormatException refusal =
          assertThrows(
              SnapshotFormatException.class,
              () -> GroupState.restore(Groups.config(root.resolve("other")), snapshot));
      assertTrue(refusal.toString().contains("manifest"), refusal.toString());
    }
  }

  @Test
  void snapshotTravelsToAnotherReplica() throws IOException {
    List<byte[]> log = log(new Random(10), 200);
    StateDigest expected;
    Snapshot sent;
    try (GroupState group = GroupState.create(Groups.config(root.resolve("donor-live")));
        SoundAtEnd _ = new SoundAtEnd(group)) {
      apply(group, log, 0, 200);
      expected = group.digest();
      sent =
          new SnapshotWriter(store(root.resolve("donor")), Optional.empty())
              .write(group.cut(4))
              .snapshot();
    }
    SnapshotStore receiver = store(root.resolve("receiver"));
    try (IncomingSnapshot incoming = receiver.receive()) {
      for (String file : sent.transferOrder()) {
        IncomingSnapshotTest.send(sent, file, incoming, 50_000);
      }
      Snapshot published = incoming.publish();
      try (GroupState group =
              GroupState.restore(Groups.config(root.resolve("receiver-live")), published);
          SoundAtEnd _ = new SoundAtEnd(group)) {
        assertEquals(expected, group.digest());
        assertEquals(4, published.term());
      }
    }
  }

  @Test
  void digestTellsStatesApart() throws IOException {
    List<byte[]> log = log(new Random(11), 20);
    StateDigest whole = replay(root.resolve("a"), log);
    StateDigest half = replay(root.resolve("b"), new ArrayList<>(log.subList(0, 10)));
    assertNotEquals(whole.digest(), half.digest());
    // The last entry may have changed no record, but never leaves the whole state as it was.
    StateDigest less = replay(root.resolve("d"), new ArrayList<>(log.subList(0, 19)));
    assertNotEquals(whole.entireDigest(), less.entireDigest());
    assertEquals(whole, replay(root.resolve("c"), log));
  }

  private static SnapshotStore store(Path run) throws IOException {
    return SnapshotStore.open(run.resolve("snapshots"), MadeSnapshots.OWNER);
  }

  private static List<byte[]> log(Random random, int entries) {
    Workload workload = new Workload(random, Groups.SHARDS, KEYS);
    List<byte[]> log = new ArrayList<>();
    for (int i = 0; i < entries; i++) {
      log.add(workload.entry());
    }
    return log;
  }

  private static StateDigest replay(Path live, List<byte[]> log) throws IOException {
    try (GroupState group = GroupState.create(Groups.config(live));
        SoundAtEnd _ = new SoundAtEnd(group)) {
      apply(group, log, 0, log.size());
      return group.digest();
    }
  }

  /// Entry `i` of the list has index `i + 1`.
  private static void apply(GroupState group, List<byte[]> log, int from, int to) {
    for (int i = from; i < to; i++) {
      byte[] entry = log.get(i);
      group.apply(entry, 0, entry.length, i + 1L, AnswerSink.NONE);
    }
  }
}
