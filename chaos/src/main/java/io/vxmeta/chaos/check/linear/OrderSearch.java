package io.vxmeta.chaos.check.linear;

import io.vxmeta.chaos.history.Operation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/// Searches, object by object, for an order of the operations that explains every answer.
///
/// Wing and Gong's search with Lowe's memory of (operations done, state) pairs: exact for any
/// [SequentialModel], exponential in the concurrency at worst, so bounded by a budget of remembered
/// pairs per object.
public final class OrderSearch {
  /* Threads: none shared; one instance searches one object.
   * Layout: a doubly linked list of events; 0 is its head, 1 + i the call of operation i, 1 + n + i its answer. An operation
   *   that is chosen is lifted out with both events. Calls up to the first answer in the list are the candidates.
   * Unanswered operations have no answer event: they may be chosen at any time after their call, or never.
   * States are numbers: a register's is its value, any other model's are numbered by its window.
   * A proof names the last answer at which the search was ever stuck: what was called after it could not have helped.
   */

  /// Pairs remembered for one object, about 120 bytes each for small windows.
  public static final int BUDGET_DEFAULT = 1_000_000;

  private static final int END = -1;

  private final Window window;
  private final int budget;
  private final int[] next;
  private final int[] previous;
  private final Set<Done> seen = new HashSet<>();
  private final BitSet done = new BitSet();
  private final int[] chosen;
  private final long[] statesBefore;
  private int depth;
  private long state;
  private int answersLeft;
  private long farthest = -1;
  private int fewestLeft;
  private int blocked;
  private List<Integer> longest = List.of();
  private long longestState;

  private OrderSearch(Window window, int budget) {
    this.window = window;
    this.budget = budget;
    int n = window.size();
    next = new int[2 * n + 1];
    previous = new int[2 * n + 1];
    chosen = new int[n];
    statesBefore = new long[n];
    state = window.initial();
    longestState = state;
    link();
  }

  /// Judges every key; an empty history is undecided.
  public static Verdict judge(RegisterHistory history, int budgetPerKey) {
    Verdict verdict = new Verdict.Holds();
    for (int[] places : history.placesByKey().values()) {
      verdict = verdict.and(judgeKey(history, places, budgetPerKey));
    }
    return history.size() == 0 ? empty() : verdict;
  }

  /// Judges every object of a recorded history by what such an object does; one without a call that
  /// says anything is undecided. Each event of a verdict is an index.
  ///
  /// @throws IllegalArgumentException for a history of something else
  public static <S> Verdict judge(
      SequentialModel<S> model, Iterable<Operation> history, int budgetPerObject) {
    Map<Object, List<ObjectCalls.Call>> objects = ObjectCalls.byKey(history);
    Verdict verdict = new Verdict.Holds();
    for (Map.Entry<Object, List<ObjectCalls.Call>> object : objects.entrySet()) {
      Window window = new ModelWindow<>(model, object.getKey(), object.getValue());
      verdict = verdict.and(located(window, new OrderSearch(window, budgetPerObject).search()));
    }
    return objects.isEmpty() ? empty() : verdict;
  }

  private static Verdict empty() {
    return new Verdict.Undecided("expected at least one operation; the history is empty");
  }

  private static Verdict located(Window window, Verdict verdict) {
    if (!(verdict instanceof Verdict.Broken broken)) {
      return verdict;
    }
    List<Long> events = new ArrayList<>();
    for (int operation = 0; operation < window.size(); operation++) {
      if (broken.operations().contains(window.place(operation))) {
        events.add(window.invoked(operation));
        events.add(window.finished(operation));
      }
    }
    return new Verdict.Broken(broken.proof(), broken.operations(), events);
  }

  static Verdict judgeKey(RegisterHistory history, int[] places, int budget) {
    return new OrderSearch(new RegisterWindow(history, places), budget).search();
  }

  private void link() {
    int n = window.size();
    long[] answers = new long[n];
    Integer[] byAnswer = new Integer[n];
    for (int i = 0; i < n; i++) {
      answers[i] = window.finished(i);
      byAnswer[i] = i;
    }
    Arrays.sort(byAnswer, (a, b) -> Long.compare(answers[a], answers[b]));
    int last = 0;
    int call = 0;
    for (int answer : byAnswer) {
      while (call < n && window.invoked(call) <= answers[answer]) {
        last = append(last, 1 + call++);
      }
      if (window.answered(answer)) {
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
      if (event <= window.size()) {
        event = choose(event - 1) ? next[0] : next[event];
        if (seen.size() > budget) {
          return new Verdict.Undecided(
              "expected to decide within the budget: %s operations=%d pairs=%d; raise the budget or shorten the window"
                  .formatted(window.subject().replace(' ', '='), window.size(), budget));
        }
      } else {
        noteBlocked(event - 1 - window.size());
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
    if (!window.fits(operation, state)) {
      return false;
    }
    long after = window.after(operation, state);
    done.set(operation);
    if (!seen.add(new Done((BitSet) done.clone(), after))) {
      done.clear(operation);
      return false;
    }
    chosen[depth] = operation;
    statesBefore[depth++] = state;
    state = after;
    lift(1 + operation);
    if (window.answered(operation)) {
      lift(1 + window.size() + operation);
      answersLeft--;
    }
    return true;
  }

  private int undo() {
    int operation = chosen[--depth];
    state = statesBefore[depth];
    done.clear(operation);
    if (window.answered(operation)) {
      putBack(1 + window.size() + operation);
      answersLeft++;
    }
    putBack(1 + operation);
    return operation;
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

  /// Stuck at an answer that nobody left can come before. The latest such answer is told, with an
  /// order that explains most of the others, and guesses least of what became of unanswered ones.
  private void noteBlocked(int operation) {
    long answer = window.finished(operation);
    boolean further = answer > farthest;
    boolean better =
        answersLeft < fewestLeft || (answersLeft == fewestLeft && depth < longest.size());
    if (further || (answer == farthest && better)) {
      farthest = answer;
      fewestLeft = answersLeft;
      blocked = operation;
      longestState = state;
      longest = Arrays.stream(chosen, 0, depth).boxed().toList();
    }
  }

  private Verdict broken() {
    String before = longest.isEmpty() ? "the initial state" : window.words(longest.getLast());
    String proof =
        "No order of %s explains every answer. The one that goes farthest does %d operations, the last of them %s, and leaves the value at %s; %s was answered by then but can not take effect next, whatever is chosen before it."
            .formatted(
                window.subject(),
                longest.size(),
                before,
                window.stateWords(longestState),
                window.words(blocked));
    Stream<Integer> named =
        longest.isEmpty() ? Stream.of(blocked) : Stream.of(longest.getLast(), blocked);
    return new Verdict.Broken(proof, named.map(window::place).toList());
  }

  /// What has been done, a copy that is never changed, and the state it leaves.
  private record Done(BitSet operations, long state) {}
}
