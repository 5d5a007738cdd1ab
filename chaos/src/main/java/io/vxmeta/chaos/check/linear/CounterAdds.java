package io.vxmeta.chaos.check.linear;

import static io.vxmeta.chaos.check.linear.RegisterOperation.NEVER;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/// Judges a counter that is raised by one at a time under sequences that may be sent more than
/// once: each sequence counts once.
public final class CounterAdds {
  /* Threads: one. O(n log n).
   * A sequence happened if any sending of it was answered, did not happen if every sending was refused, and may have
   *   happened otherwise, even when a later sending was refused.
   * Claims:
   *   1. every answer to one sequence is the same number, and no two sequences share a number;
   *   2. in real time numbers rise: what was seen before a sequence was first sent is below its number, and not above what a
   *      later read finds;
   *   3. the counter stands at no less than the sequences answered before and no more than those sent since;
   *   4. a producer's epoch is a fencing token: once the counter took an add of one, it takes none of an older one, so an older
   *      epoch's numbers lie below a newer one's. */

  /// What a producer numbers its transactions by.
  public record Sequence(long producer, long epoch, long number) {}

  /// A sequence and everything that became of it.
  private static final class Fate {
    private final long sent;
    private long answered = NEVER;
    private long number;
    private int sendings;
    private int refusals;

    Fate(long sent) {
      this.sent = sent;
    }
  }

  /// The counter stood at `number` at some moment between the two; only an add saw it first.
  private record Seen(long number, long from, long to, String words, long above) {}

  private final Map<Sequence, Fate> fates = new HashMap<>();
  private final List<Seen> reads = new ArrayList<>();
  private String contradiction = "";
  private List<Long> events = List.of();

  /// A sequence is sent, for the first time or again.
  public void sent(Sequence sequence, long at) {
    fates.computeIfAbsent(sequence, _ -> new Fate(at)).sendings++;
  }

  /// A sending was answered with the counter's number after it.
  public void answered(Sequence sequence, long number, long at) {
    Fate fate = fates.get(sequence);
    if (fate == null) {
      contradict("%s was answered and never sent".formatted(sequence), at);
    } else if (fate.answered == NEVER) {
      fate.answered = at;
      fate.number = number;
    } else if (fate.number != number) {
      contradict(
          "%s was answered with %d and, repeated, with %d: it was applied twice"
              .formatted(sequence, fate.number, number),
          fate.sent,
          fate.answered,
          at);
    }
  }

  /// A sending certainly did nothing.
  public void refused(Sequence sequence) {
    Fate fate = fates.get(sequence);
    if (fate != null) {
      fate.refusals++;
    }
  }

  /// The first counts, with the events it rests on.
  private void contradict(String words, Long... at) {
    if (contradiction.isEmpty()) {
      contradiction = words;
      events = List.of(at);
    }
  }

  /// A linearizable read of the counter.
  public void read(long value, long invoked, long finished) {
    reads.add(new Seen(value, invoked, finished, "a read", 0));
  }

  /// Needs at least one read.
  public Verdict judge() {
    if (reads.isEmpty()) {
      return new Verdict.Undecided("expected at least one read of the counter; add a final read");
    }
    if (contradiction.isEmpty()) {
      uniqueNumbers();
      numbersRise();
      numbersFit();
      newerEpochsFence();
    }
    return contradiction.isEmpty()
        ? new Verdict.Holds()
        : new Verdict.Broken(contradiction, List.of(), events);
  }

  private void uniqueNumbers() {
    Map<Long, Seen> owners = new HashMap<>();
    for (Seen seen : answers()) {
      Seen other = owners.putIfAbsent(seen.number, seen);
      if (other != null) {
        contradict(
            "%s and %s both made the counter %d".formatted(other.words, seen.words, seen.number),
            other.from,
            other.to,
            seen.from,
            seen.to);
      }
    }
  }

  private List<Seen> all() {
    List<Seen> all = new ArrayList<>(reads);
    all.addAll(answers());
    return all;
  }

  private List<Seen> answers() {
    List<Seen> answers = new ArrayList<>();
    fates.forEach((sequence, fate) -> {
      if (fate.answered != NEVER) {
        answers.add(new Seen(fate.number, fate.sent, fate.answered, "" + sequence, 1));
      }
    });
    return answers;
  }

  private void numbersRise() {
    List<Seen> byStart = all();
    byStart.sort(Comparator.comparingLong(Seen::from));
    List<Seen> byEnd = new ArrayList<>(byStart);
    byEnd.sort(Comparator.comparingLong(Seen::to));
    int ended = 0;
    Seen highest = new Seen(0, 0, 0, "the start", 0);
    for (Seen seen : byStart) {
      for (; byEnd.get(ended).to < seen.from; ended++) {
        highest = byEnd.get(ended).number > highest.number ? byEnd.get(ended) : highest;
      }
      if (seen.number < highest.number + seen.above) {
        contradict(
            "the counter stood at %d at %d for %s, and at %d for %s, which began at %d"
                .formatted(
                    highest.number, highest.to, highest.words, seen.number, seen.words, seen.from),
            highest.number == 0 ? NEVER : highest.from,
            highest.number == 0 ? NEVER : highest.to,
            seen.from,
            seen.to);
      }
    }
  }

  private void numbersFit() {
    long[] answered = moments(fate -> fate.answered);
    long[] sent = moments(fate -> fate.refusals == fate.sendings ? NEVER : fate.sent);
    for (Seen seen : all()) {
      long least = before(answered, seen.from) + seen.above;
      long most = before(sent, seen.to);
      if (seen.number < least || seen.number > most) {
        contradict(
            "%s from %d to %d found %d; the sequences answered before make it %d at least, those sent and not refused %d at most"
                .formatted(seen.words, seen.from, seen.to, seen.number, least, most),
            seen.from,
            seen.to);
      }
    }
  }

  private void newerEpochsFence() {
    List<Map.Entry<Sequence, Fate>> byNumber =
        fates.entrySet().stream()
            .filter(each -> each.getValue().answered != NEVER)
            .sorted(Comparator.comparingLong(each -> each.getValue().number))
            .toList();
    Map<Long, Map.Entry<Sequence, Fate>> newest = new HashMap<>();
    for (Map.Entry<Sequence, Fate> each : byNumber) {
      Map.Entry<Sequence, Fate> other = newest.get(each.getKey().producer);
      if (other == null || other.getKey().epoch <= each.getKey().epoch) {
        newest.put(each.getKey().producer, each);
      } else {
        contradict(
            "%s made the counter %d, after %s had made it %d: the newer epoch fences the older one"
                .formatted(
                    each.getKey(), each.getValue().number, other.getKey(), other.getValue().number),
            other.getValue().sent,
            other.getValue().answered,
            each.getValue().sent,
            each.getValue().answered);
      }
    }
  }

  private long[] moments(ToLongFunction<Fate> moment) {
    return fates.values().stream().mapToLong(moment).sorted().toArray();
  }

  /// How many moments lie before this one; all are different.
  private static long before(long[] ascending, long moment) {
    int found = Arrays.binarySearch(ascending, moment);
    return found >= 0 ? found : -found - 1;
  }

  /// Acknowledged sequences that the read that began last lacks.
  public long lost() {
    long[] answered = moments(fate -> fate.answered);
    return reads.stream()
        .max(Comparator.comparingLong(Seen::from))
        .map(last -> Math.max(0, before(answered, last.from) - last.number))
        .orElse(0L);
  }
}
