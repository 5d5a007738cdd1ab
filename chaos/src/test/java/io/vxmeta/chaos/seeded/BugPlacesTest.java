package io.vxmeta.chaos.seeded;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Every bug and every fail point finds its place in the classes that would run, and leaves code
/// that verifies.
class BugPlacesTest {
  private static final ClassLoader CLASSES = BugPlacesTest.class.getClassLoader();

  @TestFactory
  Stream<DynamicTest> everyBugFindsItsPlace() {
    return Bugs.all().stream().map(bug -> place(bug.name(), bug.patches()));
  }

  @TestFactory
  Stream<DynamicTest> everyTuningFindsItsPlace() {
    return Arrays.stream(Tuning.values()).map(tuning -> place(tuning.title(), tuning.patches()));
  }

  @Test
  void allFailPointsFindTheirPlacesAtOnce() {
    new Rewriter(FailPoint.patches(), CLASSES).rehearse();
  }

  @TestFactory
  Stream<DynamicTest> everyBugOfANodeGoesWithFailPointsAndTunings() {
    return Bugs.all().stream()
        .filter(bug -> bug.seat() == SeededBug.Seat.NODES)
        .map(bug ->
            place(
                bug.name(),
                Stream.concat(FailPoint.patches().stream(), bug.patches().stream()).toList()));
  }

  @Test
  void aPlaceThatIsGoneIsNamed() {
    Patch gone = new Patch("io.vxmeta.raft.ratis.GroupMachine", "gone", Edit.doesNothing());
    PlaceMissing missing =
        assertThrows(PlaceMissing.class, () -> new Rewriter(List.of(gone), CLASSES).rehearse());
    assertTrue(("" + missing.getMessage()).contains("GroupMachine.gone"), missing::toString);
  }

  @Test
  void namesAreUnique() {
    List<String> names = Bugs.all().stream().map(SeededBug::name).toList();
    assertEquals(names.stream().distinct().toList(), names);
    assertTrue(names.size() >= 24, () -> "at least 24 bugs: " + names.size());
  }

  private static DynamicTest place(String name, List<Patch> patches) {
    return DynamicTest.dynamicTest(
        name, () -> assertDoesNotThrow(() -> new Rewriter(patches, CLASSES).rehearse()));
  }
}
