package io.vxmeta.shardmap.plan;

import static io.vxmeta.shardmap.plan.Draft.NONE;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What was done in a draft, step by step, and why.
final class DraftLog {
  private final int nodes;
  private final List<Turn> turns = new ArrayList<>();
  private final Map<Long, Decision> decisions = new HashMap<>();
  private int decisionsMade;

  DraftLog(int nodes) {
    this.nodes = nodes;
  }

  /// One step: a voter placed, a replica dropped, or one for the other; [Draft#NONE] for what is
  /// not part of it.
  record Turn(int group, int add, int remove) {}

  /// Why a group came to a node; decisions are numbered. `fromWords` is about the node it came
  /// from.
  record Decision(int order, Cause cause, int from, String words, String fromWords) {}

  void placed(int group, int node) {
    turns.add(new Turn(group, node, NONE));
  }

  /// Belongs to the turn before it if that placed a voter of the same group.
  void dropped(int group, int node) {
    int last = turns.size() - 1;
    if (last >= 0
        && turns.get(last).group() == group
        && turns.get(last).add() != NONE
        && turns.get(last).remove() == NONE) {
      turns.set(last, new Turn(group, turns.get(last).add(), node));
    } else {
      turns.add(new Turn(group, NONE, node));
    }
  }

  /// All steps so far.
  List<Turn> turns() {
    return turns;
  }

  /// Remembers why the group came to the node; the last reason counts.
  void note(int group, int node, Cause cause, int from, String words, String fromWords) {
    decisionsMade++;
    decisions.put(key(group, node), new Decision(decisionsMade, cause, from, words, fromWords));
  }

  Optional<Decision> decision(int group, int node) {
    return Optional.ofNullable(decisions.get(key(group, node)));
  }

  private long key(int group, int node) {
    return (long) group * nodes + node;
  }
}
