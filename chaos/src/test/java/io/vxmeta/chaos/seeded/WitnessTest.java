package io.vxmeta.chaos.seeded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A bug whose code was never executed is not taken for one that was missed.
class WitnessTest {
  private static final SeededBug BUG =
      SeededBug.inNodes(
          "half",
          "",
          "",
          "digests",
          new Patch("a.First", "one", Edit.doesNothing()),
          new Patch("a.Second", "two", Edit.doesNothing()));
  private static final List<String> PLACES = List.of("half 1 a.First.one", "half 2 a.Second.two");
  private static final Finding ALARM = new Finding("digests", "replicas differ");

  @TempDir Path folder;

  @Test
  void aPlaceIsWrittenDownOnce() throws Exception {
    Witness.writeTo(folder);
    Witness.ran("some place");
    Witness.ran("some place");
    Witness.ran("another");
    assertEquals(
        List.of("some place", "another"), Files.readAllLines(folder.resolve(Witness.FILE)));
  }

  @Test
  void evidenceOfAllNodesIsCollected() throws Exception {
    assertEquals(Set.of(), Witness.seen(folder));
    for (String node : List.of("node-1", "node-2", "node-3")) {
      Files.createDirectories(folder.resolve(node));
    }
    Files.writeString(folder.resolve("node-1").resolve(Witness.FILE), "one\ntwo\none\n");
    Files.writeString(folder.resolve("node-3").resolve(Witness.FILE), "three\n");
    Files.writeString(folder.resolve(Witness.FILE), "of a child\n");
    assertEquals(Set.of("one", "two", "three", "of a child"), Witness.seen(folder));
  }

  @Test
  void whatAChildIsGivenNamesItsFolder() {
    assertEquals(
        Path.of("/a b/c"),
        ChildTrial.folder(ChildTrial.class.getName() + " checker-drops-rw 1 /a b/c"));
  }

  @Test
  void bugsKnowTheirPlaces() {
    assertEquals(PLACES, BUG.places());
  }

  @Test
  void quietIsAMissOnlyWhenAllOfTheBugRan() {
    assertEquals(Finding.NONE, Trial.weighed(BUG, Finding.NONE, Set.copyOf(PLACES)));
    Finding half = Trial.weighed(BUG, Finding.NONE, Set.of(PLACES.getFirst()));
    assertTrue(new Trial(half, 1).notPlayed());
    assertTrue(half.proof().contains("never_executed=[" + PLACES.getLast() + "]"), half::proof);
  }

  @Test
  void anAlarmCountsOnceSomeOfTheBugRan() {
    assertEquals(ALARM, Trial.weighed(BUG, ALARM, Set.of(PLACES.getLast())));
    Trial sound = new Trial(Trial.weighed(BUG, ALARM, Set.of()), 1);
    assertTrue(sound.notPlayed());
    assertFalse(sound.caught(BUG));
    assertTrue(sound.finding().proof().contains("replicas differ"), sound::toString);
  }
}
