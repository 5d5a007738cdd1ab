package io.vxmeta.chaos.run;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Random;

/// Makes the periods of a run from its seed: the same seed and faults give the same periods.
final class Schedule {
  /* Faults are dealt from a shuffled deck, so that every kind comes before any comes again and a short run still sees many;
   * so is how many there are at a time, so that no seed makes a run of single faults.
   * Of four periods in a row one is calm, at a random place: trouble that only shows while nothing is broken needs it. */

  /// Of so many periods one is calm.
  private static final int CALM_OF = 4;

  /// Faults at the same time, in four periods that have any. More than three, and nothing is up
  /// often enough to show an anomaly.
  private static final List<Integer> COUNTS = List.of(1, 1, 2, 3);

  private final Random random;
  private final int kinds;
  private final Deck<String> faults;
  private final Deck<Integer> counts;

  private Schedule(long seed, List<String> faults) {
    this.random = new Random(seed);
    this.kinds = faults.size();
    this.faults = new Deck<>(faults, random);
    this.counts = new Deck<>(COUNTS, random);
  }

  /// Gives all of its cards in a random order before it gives one again.
  private record Deck<T>(List<T> cards, Random random, Deque<T> left) {
    Deck(List<T> cards, Random random) {
      this(cards, random, new ArrayDeque<>());
    }

    T draw() {
      if (left.isEmpty()) {
        List<T> shuffled = new ArrayList<>(cards);
        Collections.shuffle(shuffled, random);
        left.addAll(shuffled);
      }
      return left.remove();
    }
  }

  /// Periods between `shortest` and `longest` that fill the time; the last one takes what is left.
  static List<Period> of(
      long seed, List<String> faults, Duration time, Duration shortest, Duration longest) {
    Schedule schedule = new Schedule(seed, List.copyOf(faults));
    List<Period> periods = new ArrayList<>();
    Duration left = time;
    int calm = 0;
    while (left.isPositive()) {
      int place = periods.size() % CALM_OF;
      calm = place == 0 ? schedule.random.nextInt(CALM_OF) : calm;
      Duration length = schedule.length(shortest, longest, left);
      periods.add(
          new Period(
              length, place == calm ? List.of() : schedule.deal(), schedule.random.nextLong()));
      left = left.minus(length);
    }
    return periods;
  }

  private Duration length(Duration shortest, Duration longest, Duration left) {
    long spread = longest.toMillis() - shortest.toMillis();
    Duration length = shortest.plusMillis(spread == 0 ? 0 : random.nextLong(spread));
    return left.minus(length).compareTo(shortest) < 0 ? left : length;
  }

  /// One fault in half of the periods, two or three in the others.
  private List<String> deal() {
    int count = counts.draw();
    List<String> dealt = new ArrayList<>();
    while (dealt.size() < Math.min(count, kinds)) {
      String fault = faults.draw();
      if (!dealt.contains(fault)) {
        dealt.add(fault);
      }
    }
    return dealt;
  }
}
