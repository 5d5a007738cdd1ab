package io.vxmeta.chaos.check.linear;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.chaos.check.linear.FreshReads.Found;
import io.vxmeta.chaos.check.linear.FreshReads.Point;
import io.vxmeta.chaos.check.linear.FreshReads.Promise;
import io.vxmeta.chaos.check.linear.FreshReads.Read;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A store that keeps every level's promise is believed, and one that breaks one is found out.
class FreshReadsTest {
  /* A simulated group applies each write at one moment, and remembers every state. Reads pick any state their level allows.
   * A position is a millisecond. */

  private static final int HISTORIES = Integer.getInteger("vx.tiny.histories", 1_500);
  private static final int KEYS = 3;
  private static final long MILLISECOND = Duration.ofMillis(1).toNanos();

  /// What the store does wrong, once.
  enum Lie {
    NONE,
    /// Answers with an older state than the level allows, and says so.
    TOO_OLD,
    /// Answers one key from the state before its last change.
    TORN,
    /// Answers with a value that was refused.
    REFUSED_VALUE,
    /// Says that the answer is younger than it is.
    FLATTERS_ITSELF
  }

  /// A key's version and value in a state.
  private record Cell(long version, long value) {}

  private final FreshReads checker = new FreshReads();
  private final List<Map<Long, Cell>> states = new ArrayList<>(List.of(Map.of()));
  private final Map<Long, Long> acknowledgedAt = new HashMap<>();
  private long highestRead;
  private long highestReadAt = Long.MAX_VALUE;
  private long refused = -1;
  private long refusedKey;
  private boolean lied;

  @Test
  void storeThatKeepsItsPromisesIsNeverAccused() {
    for (int seed = 0; seed < HISTORIES; seed++) {
      Verdict verdict = new FreshReadsTest().play(seed, Lie.NONE);
      assertEquals(new Verdict.Holds(), verdict, "seed=" + seed);
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void everyLieIsFoundOut(Lie lie) {
    int told = 0;
    for (int seed = 0; seed < HISTORIES; seed++) {
      FreshReadsTest game = new FreshReadsTest();
      Verdict verdict = game.play(seed, lie);
      if (game.lied) {
        assertInstanceOf(Verdict.Broken.class, verdict, "seed=" + seed);
        told++;
      }
    }
    assertTrue(told > HISTORIES / 10, "told=" + told);
  }

  @Test
  void historyWithoutReadsIsUndecided() {
    assertInstanceOf(Verdict.Undecided.class, checker.judge());
  }

  @Test
  void keysWhoseLastWriteIsGoneAreCounted() {
    checker.attempted(1, 10, 0);
    checker.acknowledged(1, 10, point(1, 1));
    checker.attempted(2, 20, 2);
    checker.acknowledged(2, 20, point(2, 3));
    assertEquals(0, checker.lost());
    read(new FreshReads.Everything(), 1, 4, List.of(found(1, 10, 1), absent(2)));
    assertEquals(1, checker.lost());
    read(new FreshReads.Everything(), 2, 6, List.of(found(1, 10, 1), found(2, 20, 2)));
    assertEquals(0, checker.lost());
    read(new FreshReads.Whatever(), 1, 8, List.of(absent(2)));
    assertEquals(0, checker.lost());
  }

  /// The other group knows nothing of the write but what came with the key.
  @Test
  void writeObligesReadsOfItsKeyInWhateverGroupItIs() {
    write(1, 10, 5, 1);
    write(1, 11, 8, 2);
    List<Found> older = List.of(found(1, 10, 5));
    checker.read(
        new Read(
            new FreshReads.Point(8, 7, 9, 9 * MILLISECOND),
            10,
            new FreshReads.Whatever(),
            OptionalLong.empty(),
            older));
    assertEquals(new Verdict.Holds(), checker.judge());
    checker.read(
        new Read(
            new FreshReads.Point(8, 7, 9, 9 * MILLISECOND),
            10,
            new FreshReads.Everything(),
            OptionalLong.empty(),
            older));
    assertTrue(broken().contains("of group 8"), broken());
    assertTrue(broken().contains("is too old: revision 8 was acknowledged before"), broken());
  }

  @Test
  void versionHasOneValue() {
    write(1, 10, 5, 1);
    write(1, 11, 5, 2);
    read(new FreshReads.Whatever(), 0, 9, List.of(absent(1)));
    broken(
        "key 1 has two values at version 5: 10, and 11 by the acknowledgement; 1 findings in all");
  }

  @Test
  void valueIsFoundOnlyWhereAndAfterItWasWritten() {
    checker.attempted(1, 10, 6);
    read(new FreshReads.Whatever(), 1, 5, List.of(found(1, 10, 1)));
    assertEquals(new Verdict.Holds(), checker.judge());
    read(new FreshReads.Whatever(), 1, 4, List.of(found(1, 10, 1)));
    assertTrue(broken().contains("the read from 4 to 5 at revision 1 of group 7"));
    assertTrue(broken().contains("found 10 under key 1, which nobody had written there"));
  }

  @Test
  void valueIsNotFoundUnderAnotherKey() {
    checker.attempted(2, 10, 0);
    read(new FreshReads.Whatever(), 1, 4, List.of(found(1, 10, 1)));
    assertTrue(broken().contains("found 10 under key 1, which nobody had written there"));
  }

  @Test
  void acknowledgedWriteHasTheVersionOfItsAcknowledgement() {
    write(1, 10, 5, 1);
    read(new FreshReads.Whatever(), 6, 4, List.of(found(1, 10, 6)));
    assertTrue(broken().contains("with version 6, which is not the revision its write"));
  }

  @Test
  void answerIsTheStateOfItsRevision() {
    write(1, 10, 2, 1);
    write(1, 11, 4, 3);
    read(new FreshReads.Whatever(), 1, 9, List.of(absent(1)));
    read(new FreshReads.Whatever(), 2, 9, List.of(found(1, 10, 2)));
    read(new FreshReads.Whatever(), 3, 9, List.of(found(1, 10, 2)));
    read(new FreshReads.Whatever(), 4, 9, List.of(found(1, 11, 4)));
    assertEquals(new Verdict.Holds(), checker.judge());
    read(new FreshReads.Whatever(), 4, 9, List.of(found(1, 10, 2)));
    read(new FreshReads.Whatever(), 3, 9, List.of(absent(1)));
    assertTrue(
        broken()
            .endsWith(
                "found version 2 of key 1, whose newest write up to that revision is version 4; 2 findings in all"));
  }

  @Test
  void absentKeyHasNoVersion() {
    checker.attempted(1, 10, 0);
    read(new FreshReads.Whatever(), 3, 9, List.of(found(1, 10, 0)));
    assertTrue(broken().contains("found version 0 of key 1"));
  }

  @Test
  void deletedKeyWithAVersionIsBroken() {
    write(1, 10, 2, 1);
    read(new FreshReads.Whatever(), 3, 9, List.of(new Found(1, OptionalLong.empty(), 2)));
    assertTrue(broken().contains("found version 2 of key 1"));
  }

  @Test
  void firstFindingIsToldWithTheEventsOfItsRead() {
    write(1, 10, 2, 1);
    read(new FreshReads.Whatever(), 3, 9, List.of(absent(1)));
    read(new FreshReads.Whatever(), 3, 19, List.of(absent(1)));
    assertEquals(List.of(9L, 10L), events());
  }

  @Test
  void secondValueOfAVersionIsToldWithItsAcknowledgement() {
    write(1, 10, 2, 1);
    write(1, 11, 2, 5);
    read(new FreshReads.Whatever(), 3, 9, List.of());
    assertTrue(broken().startsWith("key 1 has two values at version 2: 10, and 11 by the acknow"));
    assertEquals(List.of(5L), events());
  }

  private List<Long> events() {
    return assertInstanceOf(Verdict.Broken.class, checker.judge()).events();
  }

  @Test
  void linearizableReadShowsWhatWasAcknowledgedBefore() {
    write(1, 10, 5, 3);
    write(1, 11, 4, 4);
    read(new FreshReads.Everything(), 0, 3, List.of());
    read(new FreshReads.Whatever(), 0, 9, List.of());
    read(new FreshReads.Everything(), 5, 5, List.of());
    assertEquals(new Verdict.Holds(), checker.judge());
  }

  @Test
  void linearizableReadOlderThanAnAcknowledgementIsTooOld() {
    write(1, 10, 5, 3);
    write(1, 11, 4, 4);
    read(new FreshReads.Everything(), 4, 5, List.of());
    assertTrue(broken().contains("is too old: revision 5 was acknowledged before"));
  }

  @Test
  void linearizableReadsNeverGoBack() {
    assertEquals(new Verdict.Holds(), new FreshReadsTest().twice(4, 4));
    assertInstanceOf(Verdict.Broken.class, new FreshReadsTest().twice(4, 5));
    assertEquals(new Verdict.Holds(), new FreshReadsTest().twice(5, 5));
  }

  /// Two linearizable reads, the first at revision 5 from 3 to 4.
  private Verdict twice(long revision, long at) {
    read(new FreshReads.Everything(), 5, 3, List.of());
    read(new FreshReads.Everything(), revision, at, List.of());
    return checker.judge();
  }

  @Test
  void otherGroupsObligeToNothing() {
    write(1, 10, 5, 3);
    checker.read(
        new Read(
            new Point(8, 1, 9, 9 * MILLISECOND),
            10,
            new FreshReads.Everything(),
            OptionalLong.empty(),
            List.of()));
    assertEquals(new Verdict.Holds(), checker.judge());
  }

  @Test
  void tokenIsTheLeastRevision() {
    read(new FreshReads.AtLeast(5), 5, 3, List.of());
    assertEquals(new Verdict.Holds(), checker.judge());
    read(new FreshReads.AtLeast(6), 5, 3, List.of());
    assertTrue(broken().contains("is too old: revision 6 is the token"));
  }

  @Test
  void boundForgivesWhatIsYounger() {
    write(1, 10, 5, 10);
    read(new FreshReads.Within(Duration.ofMillis(2)), 0, 12, List.of());
    assertEquals(new Verdict.Holds(), checker.judge());
    read(new FreshReads.Within(Duration.ofMillis(2)), 0, 13, List.of());
    assertTrue(broken().contains("was acknowledged earlier than the bound allows to miss"));
  }

  @Test
  void answerIsAsYoungAsItSays() {
    write(1, 10, 5, 10);
    aged(new FreshReads.Whatever(), 12, 2);
    aged(new FreshReads.Within(Duration.ofMillis(2)), 12, 2);
    assertEquals(new Verdict.Holds(), checker.judge());
    aged(new FreshReads.Whatever(), 13, 2);
    assertTrue(broken().contains("longer ago than the answer says it may be old: staleness_ms=2"));
  }

  @Test
  void answerThatSaysItMayBeOlderThanTheBoundIsBroken() {
    aged(new FreshReads.Within(Duration.ofMillis(2)), 12, 3);
    assertTrue(broken().contains("says that it may be 3 ms old"));
  }

  private void aged(Promise promise, long at, long stalenessMs) {
    checker.read(new Read(point(0, at), at + 1, promise, OptionalLong.of(stalenessMs), List.of()));
  }

  @Test
  void newestWriteOfAKeyIsLostWhereTheLastReadLacksIt() {
    write(1, 11, 4, 2);
    write(1, 10, 3, 1);
    read(new FreshReads.Everything(), 4, 6, List.of(found(1, 10, 3)));
    read(new FreshReads.Everything(), 4, 5, List.of(found(1, 11, 4)));
    assertEquals(1, checker.lost());
    read(new FreshReads.Everything(), 4, 7, List.of(found(1, 11, 4)));
    assertEquals(0, checker.lost());
  }

  @Test
  void writeAcknowledgedAsTheLastReadBeganIsNotLost() {
    write(1, 10, 3, 5);
    read(new FreshReads.Everything(), 0, 5, List.of(absent(1)));
    assertEquals(0, checker.lost());
    read(new FreshReads.Everything(), 0, 6, List.of(absent(2), absent(1)));
    assertEquals(1, checker.lost());
  }

  private void write(long key, long value, long revision, long at) {
    checker.attempted(key, value, 0);
    checker.acknowledged(key, value, point(revision, at));
  }

  private void broken(String proof) {
    assertEquals(proof, broken());
  }

  private String broken() {
    return assertInstanceOf(Verdict.Broken.class, checker.judge()).proof();
  }

  private static Found found(long key, long value, long version) {
    return new Found(key, OptionalLong.of(value), version);
  }

  private static Found absent(long key) {
    return new Found(key, OptionalLong.empty(), 0);
  }

  private static Point point(long revision, long position) {
    return new Point(7, revision, position, position * MILLISECOND);
  }

  private void read(Promise promise, long revision, long at, List<Found> found) {
    checker.read(new Read(point(revision, at), at + 1, promise, OptionalLong.empty(), found));
  }

  private Verdict play(int seed, Lie lie) {
    Random random = new Random(seed);
    int calls = 6 + random.nextInt(20);
    for (int i = 0; i < calls; i++) {
      long from = 20L * i;
      long to = from + 1 + random.nextInt(60);
      if (random.nextInt(2) == 0) {
        write(random, i, from, to);
      } else {
        read(random, from, to, lie);
      }
    }
    long end = 20L * calls + 100;
    List<Found> found = new ArrayList<>();
    for (long key = 0; key < KEYS; key++) {
      found.add(in(states.getLast(), key));
    }
    read(new FreshReads.Everything(), states.size() - 1L, end, found);
    return checker.judge();
  }

  private void write(Random random, long value, long from, long to) {
    long key = random.nextInt(KEYS);
    checker.attempted(key, value, from);
    int fate = random.nextInt(6);
    if (fate == 0) {
      checker.failed(key, value);
      refused = value;
      refusedKey = key;
      return;
    }
    if (fate == 1) {
      return;
    }
    Map<Long, Cell> next = new HashMap<>(states.getLast());
    long revision = states.size();
    next.put(key, new Cell(revision, value));
    states.add(next);
    if (fate > 2) {
      acknowledgedAt.put(revision, to);
      checker.acknowledged(key, value, point(revision, to));
    }
  }

  private static Found in(Map<Long, Cell> state, long key) {
    Cell cell = state.get(key);
    return cell == null ? absent(key) : found(key, cell.value, cell.version);
  }

  private long acknowledgedBefore(long moment) {
    return acknowledgedAt.entrySet().stream()
        .filter(each -> each.getValue() < moment)
        .mapToLong(Map.Entry::getKey)
        .max()
        .orElse(0);
  }

  private void read(Random random, long from, long to, Lie lie) {
    long newest = states.size() - 1L;
    long bound = 1L + random.nextInt(60);
    long token = random.nextInt((int) newest + 1);
    Promise promise =
        switch (random.nextInt(4)) {
          case 0 -> new FreshReads.Everything();
          case 1 -> new FreshReads.AtLeast(token);
          case 2 -> new FreshReads.Within(Duration.ofMillis(bound));
          default -> new FreshReads.Whatever();
        };
    long least =
        switch (promise) {
          case FreshReads.Everything _ ->
              Math.max(acknowledgedBefore(from), highestReadAt < from ? highestRead : 0);
          case FreshReads.AtLeast _ -> token;
          case FreshReads.Within _ -> acknowledgedBefore(from - bound);
          case FreshReads.Whatever _ -> 0;
        };
    long revision = least + random.nextInt((int) (newest - least) + 1);
    if (promise instanceof FreshReads.Everything) {
      // The newest, so that it is never older than what an earlier one showed.
      revision = newest;
      highestRead = newest;
      highestReadAt = to;
    }
    OptionalLong staleness = OptionalLong.empty();
    if (lie == Lie.TOO_OLD && !lied && least > 0) {
      lied = true;
      revision = least - 1;
    } else if (lie == Lie.FLATTERS_ITSELF && !lied && revision < acknowledgedBefore(from - bound)) {
      lied = true;
      staleness = OptionalLong.of(bound);
    } else if (revision >= acknowledgedBefore(from - bound)) {
      staleness = OptionalLong.of(bound);
    }
    checker.read(
        new Read(point(revision, from), to, promise, staleness, answer(random, revision, lie)));
  }

  private List<Found> answer(Random random, long revision, Lie lie) {
    Map<Long, Cell> state = states.get((int) revision);
    List<Found> answer = new ArrayList<>();
    for (long key = 0; key < KEYS; key++) {
      Found honest = in(state, key);
      Found older = revision == 0 ? honest : in(states.get((int) revision - 1), key);
      boolean known = acknowledgedAt.containsKey(honest.version());
      if (lie == Lie.TORN && !lied && known && !older.equals(honest)) {
        lied = true;
        answer.add(older);
      } else if (lie == Lie.REFUSED_VALUE && !lied && refused >= 0 && refusedKey == key) {
        lied = true;
        answer.add(found(key, refused, Math.max(1, honest.version())));
      } else if (random.nextInt(4) > 0) {
        answer.add(honest);
      }
    }
    return answer;
  }
}
