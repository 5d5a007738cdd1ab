package io.vxmeta.chaos.check.linear;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.chaos.check.linear.CounterAdds.Sequence;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A counter that counts each sequence once is believed, and one that does not is found out.
class CounterAddsTest {
  /* A simulated counter takes each call at one moment between its invocation and its answer; the calls overlap. */

  private static final int HISTORIES = Integer.getInteger("vx.tiny.histories", 1_500);

  /// What the counter does wrong, once.
  enum Lie {
    NONE,
    /// Counts a repeated sequence again, and says the first number.
    COUNTS_TWICE,
    /// Says the next number for a repeated sequence, and does not count it.
    SAYS_NEXT,
    /// Answers an add and does not count it.
    FORGETS,
    /// Refuses an add and counts it.
    REFUSED_COUNTS,
    /// Answers a read with the number before the last one.
    STALE_READ
  }

  /// Stands for the number of a sequence that is refused for ever.
  private static final long REFUSED = -1;

  private record Event(long at, Runnable told) {}

  private final CounterAdds counter = new CounterAdds();
  private final List<Event> events = new ArrayList<>();
  private final Map<Sequence, Long> first = new HashMap<>();
  private long number;
  private long lastAnswered;
  private boolean lied;

  @Test
  void counterThatCountsOnceIsNeverAccused() {
    for (int seed = 0; seed < HISTORIES; seed++) {
      assertEquals(new Verdict.Holds(), new CounterAddsTest().play(seed, Lie.NONE), "seed=" + seed);
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void everyLieIsFoundOut(Lie lie) {
    int told = 0;
    for (int seed = 0; seed < HISTORIES; seed++) {
      CounterAddsTest game = new CounterAddsTest();
      Verdict verdict = game.play(seed, lie);
      if (game.lied) {
        assertInstanceOf(Verdict.Broken.class, verdict, "seed=" + seed);
        told++;
      }
    }
    assertTrue(told > HISTORIES / 10, "told=" + told);
  }

  private static Sequence sequence(long producer, long epoch, long number) {
    return new Sequence(producer, epoch, number);
  }

  /// Adds of these sequences, each of which has ended when the next one begins.
  private Verdict inTurn(Sequence... adds) {
    long at = 0;
    for (Sequence add : adds) {
      counter.sent(add, at++);
      counter.answered(add, ++number, at++);
    }
    counter.read(number, at, at + 1);
    return counter.judge();
  }

  @Test
  void addOfAnOlderEpochAfterANewerOneIsAccused() {
    Verdict verdict = inTurn(sequence(7, 1, 1), sequence(7, 2, 1), sequence(7, 1, 2));
    Verdict.Broken broken = assertInstanceOf(Verdict.Broken.class, verdict);
    assertTrue(broken.proof().contains("the newer epoch fences the older one"), broken.proof());
    assertEquals(List.of(2L, 3L, 4L, 5L), broken.events());
  }

  @Test
  void epochsOfTwoProducersAndNewerOnesAreNotAccused() {
    assertEquals(
        new Verdict.Holds(),
        inTurn(
            sequence(7, 1, 1),
            sequence(7, 1, 2),
            sequence(7, 2, 1),
            sequence(8, 1, 1),
            sequence(7, 2, 2),
            sequence(8, 2, 1)));
  }

  @Test
  void lostAddsAreCounted() {
    counter.sent(sequence(1), 0);
    counter.answered(sequence(1), 1, 1);
    counter.sent(sequence(2), 2);
    counter.answered(sequence(2), 2, 3);
    counter.read(2, 4, 5);
    assertEquals(0, counter.lost());
    counter.read(0, 6, 7);
    assertEquals(2, counter.lost());
  }

  @Test
  void answerToASequenceThatWasNeverSentIsBroken() {
    counter.answered(sequence(1), 1, 1);
    counter.read(1, 4, 5);
    broken(sequence(1) + " was answered and never sent");
  }

  @Test
  void contradictionNamesTheEventsItRestsOn() {
    add(1, 0, 1, 1);
    counter.answered(sequence(1), 2, 9);
    counter.answered(sequence(7), 2, 10);
    counter.read(1, 4, 5);
    assertEquals(List.of(0L, 1L, 9L), events(counter));
    CounterAdds twins = new CounterAdds();
    for (int number = 1; number <= 2; number++) {
      twins.sent(sequence(number), number);
      twins.answered(sequence(number), 1, number + 2);
    }
    twins.read(2, 6, 7);
    assertEquals(List.of(1L, 2L, 3L, 4L), events(twins));
    CounterAdds falling = new CounterAdds();
    falling.sent(sequence(1), 0);
    falling.answered(sequence(1), 1, 1);
    falling.read(0, 2, 3);
    assertEquals(List.of(0L, 1L, 2L, 3L), events(falling));
    CounterAdds early = new CounterAdds();
    early.sent(sequence(1), 1);
    early.answered(sequence(1), 0, 2);
    early.read(0, 4, 5);
    assertEquals(List.of(1L, 2L), events(early));
  }

  private static List<Long> events(CounterAdds counter) {
    return assertInstanceOf(Verdict.Broken.class, counter.judge()).events();
  }

  @Test
  void counterWithoutAReadIsUndecided() {
    assertInstanceOf(Verdict.Undecided.class, counter.judge());
  }

  @Test
  void twoAnswersToOneSequenceAreBroken() {
    add(1, 0, 1, 1);
    counter.answered(sequence(1), 1, 2);
    counter.read(1, 4, 5);
    assertEquals(new Verdict.Holds(), counter.judge());
    counter.answered(sequence(1), 2, 3);
    counter.answered(sequence(9), 2, 3);
    broken(sequence(1) + " was answered with 1 and, repeated, with 2: it was applied twice");
  }

  @Test
  void twoSequencesWithOneNumberAreBroken() {
    add(1, 0, 5, 1);
    add(2, 0, 5, 1);
    counter.read(2, 6, 7);
    assertTrue(broken().endsWith("both made the counter 1"));
  }

  @Test
  void refusalOfASequenceThatWasNeverSentSaysNothing() {
    counter.refused(sequence(1));
    counter.read(0, 0, 1);
    assertEquals(new Verdict.Holds(), counter.judge());
  }

  @Test
  void numbersRiseInRealTime() {
    counter.sent(sequence(1), 0);
    counter.read(1, 2, 3);
    add(2, 3, 5, 1);
    assertEquals(new Verdict.Holds(), counter.judge());
  }

  @Test
  void addIsAboveWhatWasSeenBeforeIt() {
    counter.sent(sequence(1), 0);
    counter.read(1, 2, 3);
    counter.read(1, 2, 3);
    add(2, 4, 5, 1);
    broken(
        "the counter stood at 1 at 3 for a read, and at 1 for "
            + sequence(2)
            + ", which began at 4");
  }

  @Test
  void readIsNotBelowWhatWasSeenBeforeIt() {
    counter.sent(sequence(1), 0);
    counter.sent(sequence(2), 0);
    counter.read(2, 1, 2);
    counter.read(1, 1, 3);
    counter.read(2, 4, 5);
    assertEquals(new Verdict.Holds(), counter.judge());
    counter.read(1, 4, 5);
    broken("the counter stood at 2 at 2 for a read, and at 1 for a read, which began at 4");
  }

  @Test
  void readThatBeginsAsTheAnswerComesMayMissTheAdd() {
    add(1, 0, 3, 1);
    counter.read(0, 3, 4);
    counter.read(1, 4, 5);
    assertEquals(new Verdict.Holds(), counter.judge());
  }

  @Test
  void readThatEndsBeforeTheAddIsSentDoesNotSeeIt() {
    counter.sent(sequence(1), 5);
    counter.read(1, 4, 6);
    assertEquals(new Verdict.Holds(), counter.judge());
    counter.read(1, 3, 5);
    broken(
        "a read from 3 to 5 found 1; the sequences answered before make it 0 at least, those sent and not refused 0"
            + " at most");
  }

  @Test
  void sequenceCountsUnlessEverySendingWasRefused() {
    counter.sent(sequence(1), 0);
    counter.sent(sequence(1), 1);
    counter.refused(sequence(1));
    counter.read(1, 4, 5);
    assertEquals(new Verdict.Holds(), counter.judge());
    counter.refused(sequence(1));
    assertTrue(broken().contains("those sent and not refused 0 at most"));
  }

  @Test
  void addCountsItselfAndWhatWasAnsweredBefore() {
    add(1, 0, 1, 1);
    add(2, 2, 3, 3);
    counter.read(2, 1, 4);
    broken(
        sequence(2)
            + " from 2 to 3 found 3; the sequences answered before make it 2 at least, those sent and not refused 2"
            + " at most");
  }

  @Test
  void readIsNotBelowTheNumberOfAnswers() {
    counter.sent(sequence(0), 0);
    add(1, 0, 1, 1);
    add(2, 0, 1, 2);
    counter.read(2, 2, 3);
    assertEquals(new Verdict.Holds(), counter.judge());
  }

  @Test
  void nothingIsLostWithoutAReadOrWhereMoreIsFound() {
    add(1, 0, 1, 1);
    assertEquals(0, counter.lost());
    counter.sent(sequence(2), 0);
    counter.read(2, 2, 3);
    assertEquals(0, counter.lost());
    counter.read(0, 1, 9);
    assertEquals(0, counter.lost());
  }

  private void add(long number, long sent, long answered, long counted) {
    counter.sent(sequence(number), sent);
    counter.answered(sequence(number), counted, answered);
  }

  private void broken(String proof) {
    assertEquals(proof, broken());
  }

  private String broken() {
    return assertInstanceOf(Verdict.Broken.class, counter.judge()).proof();
  }

  private static Sequence sequence(long number) {
    return new Sequence(1, 1, number);
  }

  /// Doubts are only sown where nothing is lied about, since they are what a liar could hide
  /// behind.
  private Verdict play(int seed, Lie lie) {
    Random random = new Random(seed);
    int calls = 4 + random.nextInt(20);
    for (int i = 0; i < calls; i++) {
      long moment = 10L * i + 50;
      long from = moment - random.nextInt(30);
      long to = moment + 1 + random.nextInt(30);
      if (random.nextInt(4) == 0) {
        read(from, to, !lied && lie == Lie.STALE_READ && isSettled(from));
      } else {
        Sequence sequence = sequence(random.nextInt(calls));
        add(random, sequence, from, to, lie);
      }
    }
    long end = 10L * calls + 200;
    read(end, end + 1, false);
    events.sort(Comparator.comparingLong(Event::at));
    events.forEach(event -> event.told.run());
    return counter.judge();
  }

  /// Whether every number was answered before this, so that reading less is stale.
  private boolean isSettled(long from) {
    return number > 0 && lastAnswered < from;
  }

  private void read(long from, long to, boolean stale) {
    long seen = stale ? number - 1 : number;
    lied |= stale;
    events.add(new Event(to, () -> counter.read(seen, from, to)));
  }

  private void add(Random random, Sequence sequence, long from, long to, Lie lie) {
    events.add(new Event(from, () -> counter.sent(sequence, from)));
    Long before = first.get(sequence);
    if (lie == Lie.NONE && random.nextInt(5) == 0) {
      doubt(random, sequence, before, to);
      return;
    }
    if (before != null && before == REFUSED) {
      events.add(new Event(to, () -> counter.refused(sequence)));
      return;
    }
    if (lie == Lie.REFUSED_COUNTS && !lied && before == null) {
      lied = true;
      number++;
      first.put(sequence, REFUSED);
      events.add(new Event(to, () -> counter.refused(sequence)));
      return;
    }
    if (before == null) {
      boolean forgets = lie == Lie.FORGETS && !lied && random.nextInt(3) == 0;
      long said = number + 1;
      number = forgets ? number : said;
      lied |= forgets;
      first.put(sequence, said);
      answer(sequence, said, to);
    } else if (!lied && lie == Lie.COUNTS_TWICE) {
      lied = true;
      number++;
      answer(sequence, before, to);
    } else if (!lied && lie == Lie.SAYS_NEXT) {
      lied = true;
      answer(sequence, number + 1, to);
    } else {
      answer(sequence, before, to);
    }
  }

  private void answer(Sequence sequence, long said, long to) {
    lastAnswered = Math.max(lastAnswered, to);
    events.add(new Event(to, () -> counter.answered(sequence, said, to)));
  }

  /// Refused without effect, or not answered with or without one.
  private void doubt(Random random, Sequence sequence, @Nullable Long before, long to) {
    int fate = random.nextInt(3);
    if (fate == 0) {
      events.add(new Event(to, () -> counter.refused(sequence)));
    } else if (fate == 1 && before == null) {
      first.put(sequence, ++number);
    }
  }
}
