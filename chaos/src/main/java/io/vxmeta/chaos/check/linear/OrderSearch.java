package io.vxmeta.chaos.check.linear;

import static io.vxmeta.chaos.check.linear.RegisterOperation.ABSENT;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Searches, key by key, for an order of the operations that explains every answer.
///
/// Wing and Gong's search with Lowe's memory of (operations done, value) pairs: exact, exponential
/// in the concurrency at worst, so bounded by a budget of remembered pairs per key.
public final class OrderSearch {
  /* Threads: none shared; one instance searches one key.
   * Layout: a doubly linked list of events; 0 is its head, 1 + i the call of operation i, 1 + n + i its answer. An operation
   *   that is chosen is lifted out with both events. Calls up to the first answer in the list are the candidates.
   * Unanswered writes have no answer event: they may be chosen at any time after their call, or never.
   */

  /// Pairs remembered for one key, about 120 bytes each for small windows.
  public static final int BUDGET_DEFAULT = 1_000_000;

  private static final int END = -1;

  private final RegisterHistory history;
  private final int[] places;
  private final int budget;
  private final int[] next;
  private final int[] previous;
  private final Set<Done> seen = new HashSet<>();
  private final BitSet done = new BitSet();
  private final int[] chosen;
  private final long[] valuesBefore;
  private int depth;
  private long value = ABSENT;
  private int answersLeft;
  private int fewestLeft = Integer.MAX_VALUE;
  private int blocked;
  private List<Integer> longest = List.of();
  private long longestValue = ABSENT;

  private OrderSearch(RegisterHistory history, int[] places, int budget) {
    this.history = history;
    this.places = places;
    this.budget = budget;
    next = new int[2 * places.length + 1];
    previous = new int[2 * places.length + 1];
    chosen = new int[places.length];
    valuesBefore = new long[places.length];
    link();
  }

  /// Judges every key; an empty history is undecided.
  public static Verdict judge(RegisterHistory history, int budgetPerKey) {
    if (history.size() == 0) {
      return new Verdict.Undecided("expected at least one operation; the history is empty");
    }
    Verdict verdict = new Verdict.Holds();
    for (int[] places : history.placesByKey().values()) {
      verdict = verdict.and(judgeKey(history, places, budgetPerKey));
    }
    return verdict;
  }

  static Verdict judgeKey(RegisterHistory history, int[] places, int budget) {
    return new OrderSearch(history, places, budget).search();
  }

  private void link() {
    int n = places.length;
    long[] answers = new long[n];
    Integer[] byAnswer = new Integer[n];
    for (int i = 0; i < n; i++) {
      answers[i] = history.finished(places[i]);
      byAnswer[i] = i;
    }
    Arrays.sort(byAnswer, (a, b) -> Long.compare(answers[a], answers[b]));
    int last = 0;
    int call = 0;
    for (int answer : byAnswer) {
      while (call < n && history.invoked(places[call]) <= answers[answer]) {
        last = append(last, 1 + call++);
      }
      if (history.answered(places[answer])) {
        last = append(last, 1 + n + answer);
        answersLeft++;
      }
    }
    next[last] = END;
  }

  private int append(int last, int event) {
    next[last] = event;
    previous[event] = last;
    return event;
  }

  private Verdict search() {
    int event = next[0];
    while (answersLeft > 0) {
      if (event <= places.length) {
        event = choose(event - 1) ? next[0] : next[event];
        if (seen.size() > budget) {
          return new Verdict.Undecided(
              "expected to decide within the budget: key=%d operations=%d pairs=%d; raise the budget or shorten the window"
                  .formatted(history.key(places[0]), places.length, budget));
        }
      } else {
        noteBlocked(event);
        if (depth == 0) {
          return broken();
        }
        event = next[1 + undo()];
      }
    }
    return new Verdict.Holds();
  }

  /// Whether the operation fits here and leads to a pair not seen before; it is then done.
  private boolean choose(int operation) {
    int place = places[operation];
    if (!fits(place)) {
      return false;
    }
    long after = valueAfter(place);
    done.set(operation);
    if (!seen.add(new Done((BitSet) done.clone(), after))) {
      done.clear(operation);
      return false;
    }
    chosen[depth] = operation;
    valuesBefore[depth++] = value;
    value = after;
    lift(1 + operation);
    if (history.answered(place)) {
      lift(1 + places.length + operation);
      answersLeft--;
    }
    return true;
  }

  private int undo() {
    int operation = chosen[--depth];
    value = valuesBefore[depth];
    done.clear(operation);
    if (history.answered(places[operation])) {
      putBack(1 + places.length + operation);
      answersLeft++;
    }
    putBack(1 + operation);
    return operation;
  }

  private boolean fits(int place) {
    return switch (history.kind(place)) {
      case WRITE -> true;
      case READ -> history.result(place) == value;
      case COMPARE_AND_SET ->
          !history.answered(place)
              || (history.result(place) == RegisterOperation.ACCEPTED)
                  == (history.expected(place) == value);
    };
  }

  private long valueAfter(int place) {
    return switch (history.kind(place)) {
      case WRITE -> history.argument(place);
      case READ -> value;
      case COMPARE_AND_SET -> history.expected(place) == value ? history.argument(place) : value;
    };
  }

  private void lift(int event) {
    next[previous[event]] = next[event];
    if (next[event] != END) {
      previous[next[event]] = previous[event];
    }
  }

  private void putBack(int event) {
    next[previous[event]] = event;
    if (next[event] != END) {
      previous[next[event]] = event;
    }
  }

  private void noteBlocked(int event) {
    if (answersLeft >= fewestLeft) {
      return;
    }
    fewestLeft = answersLeft;
    blocked = places[event - 1 - places.length];
    longestValue = value;
    longest = new ArrayList<>(depth);
    for (int i = 0; i < depth; i++) {
      longest.add(places[chosen[i]]);
    }
  }

  private Verdict broken() {
    String before = longest.isEmpty() ? "the initial state" : history.words(longest.getLast());
    String proof =
        "No order of key %d explains every answer. The longest that was found does %d operations, the last of them %s, and leaves the value at %s; %s was answered by then but can not take effect next, whatever is chosen before it."
            .formatted(
                history.key(places[0]),
                longest.size(),
                before,
                RegisterOperation.value(longestValue),
                history.words(blocked));
    return new Verdict.Broken(
        proof, longest.isEmpty() ? List.of(blocked) : List.of(longest.getLast(), blocked));
  }

  /// What has been done, a copy that is never changed, and the value it leaves.
  private record Done(BitSet operations, long value) {}
}
