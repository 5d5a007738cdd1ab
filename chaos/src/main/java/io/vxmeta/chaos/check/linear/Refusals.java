package io.vxmeta.chaos.check.linear;

import static io.vxmeta.chaos.check.linear.RegisterOperation.ACCEPTED;
import static io.vxmeta.chaos.check.linear.RegisterOperation.NEVER;

import io.vxmeta.chaos.check.linear.RegisterOperation.Kind;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/// Judges the refused compares of one key, once it is known which values stood there.
final class Refusals {
  /* A refused compare is convicted when it lies where its value certainly stood, acquitted when it reaches beyond it in every
   * order, and leaves the key undecided otherwise. */

  private final RegisterHistory history;
  private final int[] places;
  private final Map<Long, Segment> segments;
  private final List<Block> blocks;

  Refusals(RegisterHistory history, int[] places, Map<Long, Segment> segments, List<Block> blocks) {
    this.history = history;
    this.places = places;
    this.segments = segments;
    this.blocks = blocks;
  }

  void judge() throws Decided {
    Followers followers = new Followers(blocks);
    for (int place : places) {
      Segment segment = segments.get(history.expected(place));
      boolean refused =
          history.kind(place) == Kind.COMPARE_AND_SET
              && history.answered(place)
              && history.result(place) != ACCEPTED;
      if (refused && segment != null && !reachesBeyond(place, segment, followers)) {
        judgeRefusal(place, segment);
      }
    }
  }

  /// Whether the refusal fits before its value was written or after it was replaced, in any order.
  private boolean reachesBeyond(int place, Segment segment, Followers followers) {
    if (segment.writer >= 0 && history.invoked(place) < history.invoked(segment.writer)) {
      return true;
    }
    long end = history.finished(place);
    if (segment.next != null && history.finished(segment.next.writer) <= end) {
      return true;
    }
    return followers.earliestAfter(segment.block()) <= end;
  }

  private void judgeRefusal(int place, Segment segment) throws Decided {
    long stoodUntil =
        segment.next == null
            ? segment.maxStart
            : Math.max(segment.maxStart, history.invoked(segment.next.writer));
    boolean stoodBefore = segment.minFinish < history.invoked(place);
    if (stoodBefore && (history.finished(place) < stoodUntil || nothingFollows(place, segment))) {
      String since =
          segment.writer < 0 ? "from the beginning" : "by " + history.words(segment.writer);
      throw Zones.broken(
          "%s was refused although the register certainly held that value then: it was set %s and nothing can have replaced it before the answer."
              .formatted(history.words(place), since),
          segment.writer < 0 ? new int[] {place} : new int[] {segment.writer, place});
    }
    throw Zones.undecided(
        "expected every refused compare to lie clearly outside or inside its value: %s; search for an order"
            .formatted(history.words(place)));
  }

  private boolean nothingFollows(int refusal, Segment segment) {
    if (segment.next != null) {
      return false;
    }
    long end = history.finished(refusal);
    for (int place : places) {
      boolean unseen =
          history.mayHaveWritten(place) && !segments.containsKey(history.argument(place));
      if (unseen && history.invoked(place) <= end) {
        return false;
      }
    }
    Block own = segment.block();
    return blocks.stream()
        .allMatch(block ->
            block == own
                || block.minFinish < own.maxStart
                || history.invoked(block.first.writer) > end);
  }

  /// For each block, when the first block that must follow it was certainly there.
  private static final class Followers {
    private final long[] starts;
    private final long[] earliest;
    private final long[] second;

    Followers(List<Block> blocks) {
      Block[] byStart = blocks.toArray(Block[]::new);
      Arrays.sort(byStart, Comparator.comparingLong(block -> block.maxStart));
      starts = Arrays.stream(byStart).mapToLong(block -> block.maxStart).toArray();
      earliest = new long[byStart.length + 1];
      second = new long[byStart.length + 1];
      earliest[byStart.length] = NEVER;
      second[byStart.length] = NEVER;
      for (int i = byStart.length - 1; i >= 0; i--) {
        long finish = byStart[i].minFinish;
        earliest[i] = Math.min(earliest[i + 1], finish);
        second[i] = Math.min(second[i + 1], Math.max(earliest[i + 1], finish));
      }
    }

    /// A block that starts again after its own first answer is among those counted, and left out.
    long earliestAfter(Block block) {
      int after = firstAbove(starts, block.minFinish);
      boolean itself = block.minFinish < block.maxStart;
      return itself && earliest[after] == block.minFinish ? second[after] : earliest[after];
    }

    private static int firstAbove(long[] ascending, long bound) {
      int low = 0;
      int high = ascending.length;
      while (low < high) {
        int middle = (low + high) >>> 1;
        if (ascending[middle] > bound) {
          high = middle;
        } else {
          low = middle + 1;
        }
      }
      return low;
    }
  }
}
