package io.vxmeta.chaos.run;

import io.vxmeta.chaos.nemesis.FaultFamily;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;

/// Makes the periods of a run from its seed: the same seed and faults give the same periods.
final class Schedule {
  /* First comes one fault of each family, alone, so that a short run sees something of everything and can tell what did what.
   * From then on faults are dealt from a shuffled deck, so that every kind comes before any comes again; so is how many there
   * are at a time.
   * Of four periods in a row one is calm, at a random place: trouble that only shows while nothing is broken needs it. */

  /// Of so many periods one is calm.
  private static final int CALM_OF = 4;

  /// Faults at the same time, in four periods that have any. More than three, and nothing is up
  /// often enough to show an anomaly.
  private static final List<Integer> COUNTS = List.of(1, 1, 2, 3);

  private final Random random;
  private final int kinds;
  private final Deque<String> firstOfFamilies;
  private final Deck<String> faults;
  private final Deck<Integer> counts;

  private Schedule(long seed, List<String> faults, Function<String, FaultFamily> familyOf) {
    this.random = new Random(seed);
    this.kinds = faults.size();
    this.firstOfFamilies = new ArrayDeque<>(oneOfEach(faults, familyOf, random));
    this.faults = new Deck<>(faults, random);
    this.counts = new Deck<>(COUNTS, random);
  }

  private static List<String> oneOfEach(
      List<String> faults, Function<String, FaultFamily> familyOf, Random random) {
    List<String> shuffled = new ArrayList<>(faults);
    Collections.shuffle(shuffled, random);
    Map<FaultFamily, String> firsts = new LinkedHashMap<>();
    shuffled.forEach(fault -> firsts.putIfAbsent(familyOf.apply(fault), fault));
    List<String> ones = new ArrayList<>(firsts.values());
    Collections.shuffle(ones, random);
    return ones;
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
      long seed,
      List<String> faults,
      Function<String, FaultFamily> familyOf,
      Duration time,
      Duration shortest,
      Duration longest) {
    Schedule schedule = new Schedule(seed, List.copyOf(faults), familyOf);
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

  /// A family's first fault alone; later one fault in half of the periods, two or three in the
  /// others.
  private List<String> deal() {
    if (!firstOfFamilies.isEmpty()) {
      return List.of(firstOfFamilies.remove());
    }
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
