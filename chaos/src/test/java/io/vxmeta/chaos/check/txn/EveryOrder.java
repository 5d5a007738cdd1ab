package io.vxmeta.chaos.check.txn;

import io.vxmeta.chaos.check.txn.Tiny.Step;
import io.vxmeta.chaos.check.txn.Tiny.Transaction;
import io.vxmeta.chaos.history.Operation;
import java.util.List;

/// The judge of the checker: tries every order in which a tiny history may have happened.
///
/// It knows nothing of versions, dependencies or cycles.
final class EveryOrder {
  /* Failed transactions never happened; unknown ones may be left out, and their answers do not count.
   * Serializable: each transaction runs alone on what those before it left. Snapshot isolation (Berenson, Adya): it reads
   * from what some prefix of the order left, and nobody between that prefix and its own place wrote what it wrote. */

  private final Tiny tiny;
  private final Model model;
  private final List<Transaction> candidates;

  /// By candidate the keys it wrote, a bit each.
  private final int[] written;

  private final boolean[] placed;
  private final int[] order;
  private final long[][] states;

  private EveryOrder(Tiny tiny, Model model) {
    this.tiny = tiny;
    this.model = model;
    this.candidates =
        tiny.transactions().stream().filter(one -> one.type() != Operation.Type.FAIL).toList();
    this.written = new int[candidates.size()];
    for (int i = 0; i < written.length; i++) {
      for (Step step : candidates.get(i).steps()) {
        written[i] |= step.writes() ? 1 << step.key() : 0;
      }
    }
    this.placed = new boolean[candidates.size()];
    this.order = new int[candidates.size()];
    this.states = new long[candidates.size() + 1][tiny.keys()];
  }

  /// Whether some order explains every answer under the model.
  static boolean explains(Tiny tiny, Model model) {
    return new EveryOrder(tiny, model).extend(0);
  }

  private boolean extend(int length) {
    if (done()) {
      return true;
    }
    for (int next = 0; next < candidates.size(); next++) {
      if (!placed[next] && mayFollow(next) && fits(next, length)) {
        place(next, length);
        if (extend(length + 1)) {
          return true;
        }
        placed[next] = false;
      }
    }
    return false;
  }

  /// What is unknown need not have happened.
  private boolean done() {
    for (int i = 0; i < placed.length; i++) {
      if (!placed[i] && candidates.get(i).ok()) {
        return false;
      }
    }
    return true;
  }

  private void place(int next, int length) {
    placed[next] = true;
    order[length] = next;
    System.arraycopy(states[length], 0, states[length + 1], 0, states[length].length);
    for (Step step : candidates.get(next).steps()) {
      if (step.writes()) {
        states[length + 1][step.key()] = tiny.written(states[length + 1][step.key()], step.value());
      }
    }
  }

  /// Whether everything that must come before it has its place.
  private boolean mayFollow(int next) {
    for (int i = 0; i < placed.length; i++) {
      if (!placed[i] && i != next && precedes(candidates.get(i), candidates.get(next))) {
        return false;
      }
    }
    return true;
  }

  private boolean precedes(Transaction a, Transaction b) {
    boolean session = a.process() == b.process() && b.ok();
    return a.ok()
        && a.ended() < b.called()
        && (model == Model.STRICT_SERIALIZABLE
            || (model == Model.STRONG_SESSION_SERIALIZABLE && session));
  }

  private boolean fits(int next, int length) {
    Transaction transaction = candidates.get(next);
    if (model != Model.SNAPSHOT_ISOLATION) {
      return !transaction.ok() || answersFrom(transaction, states[length]);
    }
    for (int snapshot = length; snapshot >= 0; snapshot--) {
      if (snapshot < length && (written[next] & written[order[snapshot]]) != 0) {
        return false;
      }
      if (!transaction.ok() || answersFrom(transaction, states[snapshot])) {
        return true;
      }
    }
    return false;
  }

  private boolean answersFrom(Transaction transaction, long[] state) {
    long[] own = state.clone();
    for (Step step : transaction.steps()) {
      if (step.writes()) {
        own[step.key()] = tiny.written(own[step.key()], step.value());
      } else if (own[step.key()] != step.value()) {
        return false;
      }
    }
    return true;
  }
}
