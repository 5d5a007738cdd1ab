package io.vxmeta.chaos.check.txn;

import io.vxmeta.chaos.history.Operation;
import java.util.Arrays;

/// Pairs calls with their outcomes, and notices a history in which they can not be paired.
final class Calls {
  /* A process calls, then learns the outcome, then calls again; after an unknown outcome it never does, because what it
   * called may still happen. The first event that breaks this is kept as the reason why nothing may be concluded. */

  static final int NONE = -1;

  private static final int NEW = 0;
  private static final int IDLE = 1;
  private static final int ENDED = 2;

  /// An open call at event e is kept as e + CALLING.
  private static final int CALLING = 3;

  private final LongTable processes = new LongTable();
  private int[] state = new int[64];
  private String disorder = "";

  int number(long process) {
    int number = processes.number(process);
    if (number == state.length) {
      state = Arrays.copyOf(state, 2 * number);
    }
    return number;
  }

  int processes() {
    return processes.size();
  }

  long name(int process) {
    return processes.item(process);
  }

  /// The call whose outcome this event is; [#NONE] for a call. `index` names the event in messages.
  int pair(int process, int event, Operation.Type type, long index) {
    int before = state[process];
    if (before == ENDED) {
      disorder(process, "goes on after an unknown outcome", index);
      return NONE;
    }
    if (type == Operation.Type.INVOKE) {
      if (before >= CALLING) {
        disorder(process, "calls again before it learned the outcome of its last call", index);
      }
      state[process] = event + CALLING;
      return NONE;
    }
    state[process] = type == Operation.Type.INFO ? ENDED : IDLE;
    if (before < CALLING) {
      String what = before == NEW ? "that it never made" : "that it had learned before";
      disorder(process, "learns the outcome of a call " + what, index);
      return NONE;
    }
    return before - CALLING;
  }

  private void disorder(int process, String what, long index) {
    if (disorder.isEmpty()) {
      disorder =
          "expected each process to call, learn the outcome and call again, and to end when the outcome is unknown:"
              + " process="
              + processes.item(process)
              + " index="
              + index
              + " "
              + what
              + "; record calls and outcomes in order, under a new process after an unknown one";
    }
  }

  /// Empty while calls and outcomes fit together.
  String disorder() {
    return disorder;
  }
}
