package io.vxmeta.chaos.check.linear;

import static io.vxmeta.chaos.check.linear.RegisterOperation.ABSENT;

import io.vxmeta.chaos.check.linear.RegisterOperation.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Judges keys whose values are unique from values and times alone, without believing a revision.
///
/// After Gibbons and Korach: the operations of one value must stand together, so the values can be
/// ordered unless two of them must each precede the other. A value set by an accepted compare
/// stands directly after the value it compared with; such a chain moves as one block.
public final class Zones {
  /* Threads: none shared; one instance judges one key. O(n log n).
   * Block X must precede block Y when some operation of X finished before one of Y began: minFinish(X) < maxStart(Y).
   *   A cycle of this relation contains a cycle of two: the block with the largest maxStart is preceded by all blocks of the
   *   cycle, its own successor among them. So pairs suffice.
   * Unanswered writes count when their value was read or compared with by an operation that counts.
   * Refused compares are judged last, see [Refusals].
   */

  private final RegisterHistory history;
  private final int[] places;
  private final Map<Long, Segment> segments = new HashMap<>();
  private final Map<Long, Integer> sources = new HashMap<>();
  private final List<Block> blocks = new ArrayList<>();

  private Zones(RegisterHistory history, int[] places) {
    this.history = history;
    this.places = places;
  }

  /// Judges every key; an empty history is undecided.
  public static Verdict judge(RegisterHistory history) {
    if (history.size() == 0) {
      return new Verdict.Undecided("expected at least one operation; the history is empty");
    }
    Verdict verdict = new Verdict.Holds();
    for (int[] places : history.placesByKey().values()) {
      verdict = verdict.and(judgeKey(history, places));
    }
    return verdict;
  }

  static Verdict judgeKey(RegisterHistory history, int[] places) {
    return new Zones(history, places).judgeKey();
  }

  private Verdict judgeKey() {
    try {
      findSources();
      linkSegments();
      buildBlocks();
      compareBlocks();
      new Refusals(history, places, segments, blocks).judge();
      return new Verdict.Holds();
    } catch (Decided decided) {
      return decided.verdict();
    }
  }

  private void findSources() throws Decided {
    for (int place : places) {
      if (!history.wrote(place) && !history.mayHaveWritten(place)) {
        continue;
      }
      Integer other = sources.putIfAbsent(history.argument(place), place);
      if (other != null || history.argument(place) == ABSENT) {
        throw undecided(
            "expected values that are written once: %s; write unique values, or search for an order"
                .formatted(history.words(place)));
      }
    }
  }

  /// Makes a segment of every value that certainly was there, with its readers and its successor.
  private void linkSegments() throws Decided {
    segments.put(ABSENT, new Segment(-1));
    for (int place : places) {
      if (history.wrote(place)) {
        require(history.argument(place), place);
      } else if (history.kind(place) == Kind.READ) {
        require(history.result(place), place).add(place, history);
      }
    }
  }

  private Segment require(long value, int witness) throws Decided {
    Segment first = segments.get(value);
    if (first != null) {
      return first;
    }
    Segment required = segmentOf(value, witness);
    Segment segment = required;
    while (history.kind(segment.writer) == Kind.COMPARE_AND_SET) {
      long expected = history.expected(segment.writer);
      Segment before = segments.get(expected);
      boolean known = before != null;
      if (before == null) {
        before = segmentOf(expected, segment.writer);
      }
      follow(before, segment);
      if (known) {
        return required;
      }
      segment = before;
    }
    return required;
  }

  private Segment segmentOf(long value, int witness) throws Decided {
    Integer source = sources.get(value);
    if (source == null) {
      throw broken(
          "%s answers with a value that nobody wrote.".formatted(history.words(witness)), witness);
    }
    Segment segment = new Segment(source);
    segment.add(source, history);
    segments.put(value, segment);
    return segment;
  }

  private void follow(Segment before, Segment after) throws Decided {
    if (before.next != null) {
      throw broken(
          "Both %s and %s replaced one value that was written once."
              .formatted(history.words(before.next.writer), history.words(after.writer)),
          before.next.writer,
          after.writer);
    }
    before.next = after;
  }

  private void buildBlocks() throws Decided {
    int reached = 0;
    for (Segment segment : segments.values()) {
      if (segment.writer < 0 || history.kind(segment.writer) == Kind.WRITE) {
        Block block = Block.from(segment);
        sweep(block);
        blocks.add(block);
        reached += block.segments;
      }
    }
    if (reached < segments.size()) {
      throw broken("Accepted compares replaced each other's values in a circle.", circle());
    }
  }

  private int[] circle() {
    Set<Segment> reached = new HashSet<>();
    for (Block block : blocks) {
      for (Segment segment = block.first; segment != null; segment = segment.next) {
        reached.add(segment);
      }
    }
    return segments.values().stream()
        .filter(segment -> !reached.contains(segment))
        .mapToInt(segment -> segment.writer)
        .sorted()
        .toArray();
  }

  /// Nothing later in the block may have finished before something earlier in it began.
  private void sweep(Block block) throws Decided {
    Deque<Segment> backwards = new ArrayDeque<>();
    for (Segment segment = block.first; segment != null; segment = segment.next) {
      backwards.push(segment);
    }
    int earliest = -1;
    for (Segment segment : backwards) {
      for (int i = segment.members.size() - 1; i >= 0; i--) {
        int place = segment.members.get(i);
        if (earliest >= 0 && history.finished(earliest) < history.invoked(place)) {
          throw broken(
              "Let A = %s and B = %s. A < B because A finished before B began; B < A because A builds on the value that B belongs to: a contradiction."
                  .formatted(history.words(earliest), history.words(place)),
              earliest,
              place);
        }
        if (earliest < 0 || history.finished(place) < history.finished(earliest)) {
          earliest = place;
        }
      }
    }
  }

  private void compareBlocks() throws Decided {
    List<Block> forward = new ArrayList<>();
    for (Block block : blocks) {
      if (block.minFinish < block.maxStart) {
        forward.add(block);
      }
    }
    forward.sort(Comparator.comparingLong(block -> block.minFinish));
    for (int i = 1; i < forward.size(); i++) {
      requireApart(forward.get(i - 1), forward.get(i));
    }
    long[] begins = forward.stream().mapToLong(block -> block.minFinish).toArray();
    for (Block block : blocks) {
      if (block.minFinish >= block.maxStart) {
        int found = Arrays.binarySearch(begins, block.maxStart);
        int before = (found >= 0 ? found : -found - 1) - 1;
        if (before >= 0) {
          requireApart(forward.get(before), block);
        }
      }
    }
  }

  private void requireApart(Block one, Block other) throws Decided {
    if (one.minFinish < other.maxStart && other.minFinish < one.maxStart) {
      throw broken(
          "Let X = %s and Y = %s. X < Y because an operation on X finished at %d, before one on Y began at %d; Y < X because one on Y finished at %d, before one on X began at %d: a contradiction."
              .formatted(
                  words(one),
                  words(other),
                  one.minFinish,
                  other.maxStart,
                  other.minFinish,
                  one.maxStart),
          members(one, other));
    }
  }

  private String words(Block block) {
    return block.first.writer < 0
        ? "the initial state"
        : "the value of " + history.words(block.first.writer);
  }

  private static int[] members(Block one, Block other) {
    List<Integer> members = new ArrayList<>();
    for (Block block : List.of(one, other)) {
      for (Segment segment = block.first; segment != null; segment = segment.next) {
        members.addAll(segment.members);
      }
    }
    return members.stream().mapToInt(place -> place).sorted().toArray();
  }

  static Decided undecided(String reason) {
    return new Decided(new Verdict.Undecided(reason));
  }

  static Decided broken(String proof, int... operations) {
    return new Decided(new Verdict.Broken(proof, Arrays.stream(operations).boxed().toList()));
  }
}
