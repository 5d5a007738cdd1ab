package io.vxmeta.shardmap.move;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/// Goes through all states of a model, the nearest first.
final class Exploration {
  /* Breadth first: the way to the first violation is a shortest one. States are numbered as they are found, so the followers
   * of each are one run of `edges`, and the way back leads over `parents` and `takenSteps`.
   * Progress: after all states were seen, those from which a settled one can be reached are found backwards; the search runs
   * over the states from the last to the first until it finds no more. Any other state is a place of no return.
   */
  static final String STUCK = "nothing that can follow settles it";

  private final Model model;
  private final int statesMax;
  private final Bits bits = new Bits();
  private final StateSet states = new StateSet();
  private final Ints parents = new Ints();
  private final Ints takenSteps = new Ints();
  private final Ints edges = new Ints();
  private final Ints edgesFrom = new Ints();
  private final BitSet settling = new BitSet();

  private Exploration(Model model, int statesMax) {
    this.model = model;
    this.statesMax = statesMax;
  }

  /// @param states different ones
  /// @param edges steps from one state to another
  record Outcome(int states, int edges, Optional<Counterexample> counterexample) {}

  /// @param steps from the first state to the violation
  record Counterexample(String violation, List<String> steps) {
    @Override
    public String toString() {
      StringBuilder text = new StringBuilder(violation);
      for (int i = 0; i < steps.size(); i++) {
        text.append(String.format("%n  %2d. %s", i + 1, steps.get(i)));
      }
      return text.toString();
    }
  }

  /// Begins at the state in which the model is.
  static Outcome of(Model model, int statesMax) {
    return new Exploration(model, statesMax).explore();
  }

  private Outcome explore() {
    numberOf(-1, -1);
    for (int from = 0; from < states.size(); from++) {
      edgesFrom.add(edges.size());
      Optional<Counterexample> wrong = follow(from);
      if (wrong.isPresent()) {
        return outcome(wrong);
      }
      if (states.size() > statesMax) {
        throw new IllegalStateException(
            "expected at most "
                + statesMax
                + " states; explored="
                + from
                + "; make the setup smaller");
      }
    }
    edgesFrom.add(edges.size());
    return outcome(findStuck());
  }

  private Outcome outcome(Optional<Counterexample> wrong) {
    return new Outcome(states.size(), edges.size(), wrong);
  }

  private Optional<Counterexample> follow(int from) {
    load(from);
    for (int step = 0; step < model.steps(); step++) {
      if (!model.take(step)) {
        continue;
      }
      Optional<String> violation = model.violation();
      if (violation.isPresent()) {
        return Optional.of(counterexample(violation.get(), from, step));
      }
      int to = numberOf(from, step);
      if (to != from) {
        edges.add(to);
      }
      load(from);
    }
    return Optional.empty();
  }

  private void load(int state) {
    bits.beginReading(states.high(state), states.low(state));
    model.load(bits);
  }

  /// The number of the state that the model is in, after a step from another.
  private int numberOf(int from, int step) {
    bits.beginWriting();
    model.store(bits);
    int before = states.size();
    int number = states.add(bits.high(), bits.low());
    if (number == before) {
      parents.add(from);
      takenSteps.add(step);
      settling.set(number, model.isSettled());
    }
    return number;
  }

  private Optional<Counterexample> findStuck() {
    boolean found = true;
    while (found) {
      found = false;
      for (int state = states.size() - 1; state >= 0; state--) {
        if (!settling.get(state) && leadsToSettling(state)) {
          settling.set(state);
          found = true;
        }
      }
    }
    int stuck = settling.nextClearBit(0);
    if (stuck == states.size()) {
      return Optional.empty();
    }
    return Optional.of(counterexample(STUCK, parents.at(stuck), takenSteps.at(stuck)));
  }

  private boolean leadsToSettling(int state) {
    for (int edge = edgesFrom.at(state); edge < edgesFrom.at(state + 1); edge++) {
      if (settling.get(edges.at(edge))) {
        return true;
      }
    }
    return false;
  }

  private Counterexample counterexample(String violation, int from, int lastStep) {
    Deque<String> names = new ArrayDeque<>();
    if (lastStep >= 0) {
      names.push(model.name(lastStep));
    }
    for (int state = from; state > 0; state = parents.at(state)) {
      names.push(model.name(takenSteps.at(state)));
    }
    return new Counterexample(violation, new ArrayList<>(names));
  }
}
