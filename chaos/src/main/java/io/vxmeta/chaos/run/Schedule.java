package io.vxmeta.chaos.run;

import io.vxmeta.chaos.nemesis.Fault;
import io.vxmeta.chaos.nemesis.FaultFamily;
import io.vxmeta.chaos.nemesis.Faults;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

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

  private Schedule(long seed, List<String> faults) {
    this.random = new Random(seed);
    this.kinds = faults.size();
    this.firstOfFamilies = new ArrayDeque<>(oneOfEach(faults, random));
    this.faults = new Deck<>(faults, random);
    this.counts = new Deck<>(COUNTS, random);
  }

  private static List<String> oneOfEach(List<String> faults, Random random) {
    List<String> shuffled = new ArrayList<>(faults);
    Collections.shuffle(shuffled, random);
    Map<FaultFamily, String> firsts = new LinkedHashMap<>();
    shuffled.forEach(fault -> firsts.putIfAbsent(Faults.named(fault).family(), fault));
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

    /// To be drawn next.
    void putBack(List<T> drawn) {
      drawn.reversed().forEach(left::addFirst);
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
      boolean isFirst = place != calm && !schedule.firstOfFamilies.isEmpty();
      Duration most = isFirst ? shortest.plus(longest).dividedBy(2) : longest;
      Duration length = schedule.length(shortest, most, left);
      periods.add(
          new Period(
              length, place == calm ? List.of() : schedule.deal(), schedule.random.nextLong()));
      left = left.minus(length);
    }
    return periods;
  }

  /// How many of the periods it takes until each family has had its first fault.
  static int firstRound(List<Period> periods, List<String> faults) {
    long families = faults.stream().map(name -> Faults.named(name).family()).distinct().count();
    int round = 0;
    for (int first = 0; round < periods.size() && first < families; round++) {
      first += periods.get(round).calm() ? 0 : 1;
    }
    return round;
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
    int count = Math.min(counts.draw(), kinds);
    List<String> dealt = new ArrayList<>();
    List<String> later = new ArrayList<>();
    for (int drawn = 0; dealt.size() < count && drawn < 2 * kinds; drawn++) {
      String fault = faults.draw();
      if (meetsItself(fault, dealt)) {
        later.add(fault);
      } else {
        dealt.add(fault);
      }
    }
    faults.putBack(later);
    return dealt;
  }

  /// One that is there already, or a second one after which a node needs the others to come back.
  private static boolean meetsItself(String fault, List<String> dealt) {
    boolean needsOthers = needsOthers(fault);
    return dealt.contains(fault) || (needsOthers && dealt.stream().anyMatch(Schedule::needsOthers));
  }

  private static boolean needsOthers(String fault) {
    return Faults.named(fault).turn() == Fault.Turn.FIRST;
  }
}
