package io.vxmeta.chaos.seeded;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.constantpool.StringEntry;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Every bug and every fail point finds its place in the classes that would run, leaves code that
/// verifies, and reaches only what is there.
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

  @TestFactory
  Stream<DynamicTest> everyMemberThatSabotageReachesIsThere() {
    return Arrays.stream(Member.values())
        .map(member ->
            DynamicTest.dynamicTest(
                member.name(), () -> assertDoesNotThrow(() -> Inside.rehearse(member))));
  }

  @Test
  void aChangedSignatureIsNamedWithWhatIsThere() {
    String type = Member.TRANSACTIONS_PUT.type();
    PlaceMissing missing =
        assertThrows(
            PlaceMissing.class, () -> Inside.method(type, "boolean put(Table, BatchReader, long)"));
    String said = "" + missing.getMessage();
    assertTrue(said.contains("class=" + type), said);
    assertTrue(said.contains("declaration=boolean put(Table, BatchReader, long)"), said);
    assertTrue(said.contains(Member.TRANSACTIONS_PUT.declaration()), said);
  }

  @Test
  void aRenamedFieldIsNamed() {
    PlaceMissing missing =
        assertThrows(
            PlaceMissing.class, () -> Inside.field(Member.LIVE_REGION.type(), "LiveRegion gone"));
    assertTrue(("" + missing.getMessage()).contains("LiveRegion gone"), missing::toString);
  }

  /// Else a look-up would be rehearsed by nobody.
  @Test
  void sabotageReachesNothingButMembers() throws IOException {
    assertEquals(
        List.of(),
        entries(bytes(Sabotage.class), ClassEntry.class)
            .map(ClassEntry::asInternalName)
            .filter(name -> name.startsWith("java/lang/reflect/"))
            .toList());
    assertTrue(
        entries(bytes(Sabotage.class), MemberRefEntry.class)
            .noneMatch(call -> call.name().equalsString("forName")));
  }

  @TestFactory
  Stream<DynamicTest> everyPlaceOfABugTellsThatItRan() {
    return Bugs.all().stream()
        .map(bug -> DynamicTest.dynamicTest(bug.name(), () -> assertTells(bug)));
  }

  private static void assertTells(SeededBug bug) {
    Set<String> told =
        new Rewriter(bug.patches(), CLASSES)
            .rehearse().stream()
                .flatMap(rewritten -> entries(rewritten, StringEntry.class))
                .map(StringEntry::stringValue)
                .filter(text -> text.startsWith(bug.name() + " "))
                .collect(Collectors.toSet());
    assertEquals(Set.copyOf(bug.places()), told);
    assertEquals(bug.patches().size(), told.size());
  }

  private static <E extends PoolEntry> Stream<E> entries(byte[] type, Class<E> kind) {
    return StreamSupport.stream(ClassFile.of().parse(type).constantPool().spliterator(), false)
        .filter(kind::isInstance)
        .map(kind::cast);
  }

  private static byte[] bytes(Class<?> type) throws IOException {
    String resource = type.getName().replace('.', '/') + ".class";
    try (InputStream in = Objects.requireNonNull(CLASSES.getResourceAsStream(resource))) {
      return in.readAllBytes();
    }
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
