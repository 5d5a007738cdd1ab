package io.vxmeta.chaos.check.txn;

import io.vxmeta.chaos.history.Operation;
import java.util.Arrays;

/// The transactions of a history that may have happened, each under a small number, and those that
/// certainly did not.
final class Transactions {
  /* A vertex is an outcome: ok, or unknown (info, and a call whose outcome the history does not hold, these last). Failed
   * ones are kept apart: they only convict readers. An unknown transaction never ends: real time leads to it, never from it. */

  static final int NOBODY = -1;

  private static final int NEVER = Integer.MAX_VALUE;

  private final Journal journal;
  private int[] eventOf;
  private final int[] vertexOf;
  private final int[] failed;
  private int count;
  private int failures;

  Transactions(Journal journal) {
    this.journal = journal;
    int events = journal.events();
    eventOf = new int[events];
    vertexOf = new int[events];
    failed = new int[events];
    Arrays.fill(vertexOf, NOBODY);
    for (int event = 0; event < events; event++) {
      switch (journal.type(event)) {
        case OK, INFO -> vertex(event);
        case FAIL -> failed[failures++] = event;
        case INVOKE -> {}
      }
    }
    for (int event = 0; event < events; event++) {
      if (journal.type(event) == Operation.Type.INVOKE && journal.partner(event) == Calls.NONE) {
        vertex(event);
      }
    }
    eventOf = Arrays.copyOf(eventOf, count);
  }

  private void vertex(int event) {
    vertexOf[event] = count;
    int call = journal.partner(event);
    if (call != Calls.NONE) {
      vertexOf[call] = count;
    }
    eventOf[count++] = event;
  }

  int count() {
    return count;
  }

  boolean ok(int id) {
    return journal.type(eventOf[id]) == Operation.Type.OK;
  }

  /// The event whose steps are the transaction's: its outcome, or its call when there is none.
  int event(int id) {
    return eventOf[id];
  }

  /// When it was called.
  int called(int id) {
    int partner = journal.partner(eventOf[id]);
    return partner == Calls.NONE ? eventOf[id] : partner;
  }

  /// When it was certainly over.
  private int ended(int id) {
    return ok(id) ? eventOf[id] : NEVER;
  }

  /// The transaction of a call or an outcome; [#NOBODY] for one that failed.
  int at(int event) {
    return vertexOf[event];
  }

  int firstStep(int id) {
    return journal.firstStep(eventOf[id]);
  }

  int endStep(int id) {
    return journal.endStep(eventOf[id]);
  }

  /// How many certainly did not happen.
  int failures() {
    return failures;
  }

  int failedEvent(int number) {
    return failed[number];
  }

  long index(int id) {
    return journal.index(eventOf[id]);
  }

  Steps steps() {
    return journal.steps();
  }

  Journal journal() {
    return journal;
  }

  /// Whether `label`, one of the two orders, puts the one before the other.
  boolean precedes(int a, int b, int label) {
    return switch (label) {
      case Label.PROCESS ->
          ok(a)
              && ok(b)
              && eventOf[a] < eventOf[b]
              && journal.process(eventOf[a]) == journal.process(eventOf[b]);
      case Label.REALTIME -> ended(a) < called(b);
      default -> false;
    };
  }

  /// Adds the order clients rely on besides the data; returns how many vertices the graph then has.
  int order(int label, Edges edges) {
    return switch (label) {
      case Label.PROCESS -> processOrder(edges);
      case Label.REALTIME -> realTimeOrder(edges);
      default -> count;
    };
  }

  private int processOrder(Edges edges) {
    int[] previous = new int[journal.processes()];
    Arrays.fill(previous, NOBODY);
    for (int id = 0; id < count; id++) {
      if (ok(id)) {
        int process = journal.process(eventOf[id]);
        if (previous[process] != NOBODY) {
          edges.add(previous[process], id, Label.PROCESS);
        }
        previous[process] = id;
      }
    }
    return count;
  }

  /// Real time needs one moment for each run of outcomes: what ended leads to the moment, the
  /// moment to what was called after it and to the next moment. So edges are as many as events,
  /// whatever the concurrency.
  private int realTimeOrder(Edges edges) {
    int moment = count - 1;
    boolean used = true;
    for (int event = 0; event < journal.events(); event++) {
      int id = vertexOf[event];
      if (id == NOBODY) {
        continue;
      }
      if (journal.type(event) == Operation.Type.OK) {
        if (used) {
          moment++;
          if (moment > count) {
            edges.order(moment - 1, moment, Label.REALTIME);
          }
          used = false;
        }
        edges.order(id, moment, Label.REALTIME);
      } else if (event == called(id) && moment >= count) {
        edges.add(moment, id, Label.REALTIME);
        used = true;
      }
    }
    return moment + 1;
  }
}
