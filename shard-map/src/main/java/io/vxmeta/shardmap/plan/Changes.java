package io.vxmeta.shardmap.plan;

import static io.vxmeta.shardmap.plan.Draft.NONE;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// What has to change between the placement there is and a drafted one, as replacements.
final class Changes {
  /// More than there are decisions.
  private static final int LAST = Integer.MAX_VALUE;

  private final Draft draft;
  private final Draft now;

  Changes(Draft draft, Draft now) {
    this.draft = draft;
    this.now = now;
  }

  /// Of two nodes.
  private interface Fit {
    boolean of(int add, int remove);
  }

  /// The differences alone, the most urgent first; what was moved twice is moved once.
  List<Change> direct() {
    List<Change> changes = new ArrayList<>();
    for (int group = 0; group < draft.groups(); group++) {
      addDirect(group, changes);
    }
    changes.sort(
        Comparator.comparing(Change::cause)
            .thenComparingInt(Change::living)
            .thenComparingInt(Change::order)
            .thenComparingInt(Change::group));
    return changes;
  }

  /// Every step of the draft, in its order.
  List<Change> asDrafted() {
    return draft.log().turns().stream()
        .map(turn -> change(turn.group(), turn.add(), turn.remove()))
        .toList();
  }

  /// Pairs what comes with what goes: by decision if it still holds, else within a zone, so that no
  /// pair crowds a zone until the next, else as it comes.
  private void addDirect(int group, List<Change> changes) {
    List<Integer> adds = except(draft.voters(group), now.voters(group));
    adds.sort(Comparator.comparingInt(add -> order(draft.log().decision(group, add))));
    List<Integer> removes = except(now.voters(group), draft.voters(group));
    pair(group, adds, removes, changes, (add, remove) -> isDecided(group, add, remove));
    pair(group, adds, removes, changes, this::areNeighbours);
    removes.addAll(except(now.listeners(group), draft.listeners(group)));
    removes.removeIf(remove -> draft.isOn(group, remove));
    pair(group, adds, removes, changes, (add, remove) -> true);
    adds.forEach(add -> changes.add(change(group, add, NONE)));
    removes.forEach(remove -> changes.add(change(group, NONE, remove)));
  }

  /// Makes changes of what fits, and takes it out of both lists.
  private void pair(
      int group, List<Integer> adds, List<Integer> removes, List<Change> changes, Fit fit) {
    for (Integer remove : List.copyOf(removes)) {
      Optional<Integer> add = adds.stream().filter(node -> fit.of(node, remove)).findFirst();
      if (add.isPresent()) {
        changes.add(change(group, add.get(), remove));
        adds.removeIf(add.get()::equals);
        removes.removeIf(remove::equals);
      }
    }
  }

  private boolean isDecided(int group, int add, int remove) {
    return draft
        .log()
        .decision(group, add)
        .filter(decision -> decision.from() == remove)
        .isPresent();
  }

  private boolean areNeighbours(int add, int remove) {
    return now.ground().zoneOf(add) == now.ground().zoneOf(remove);
  }

  /// A list that may be changed.
  private static List<Integer> except(int[] members, int[] others) {
    List<Integer> rest = new ArrayList<>();
    for (int member : members) {
      if (Arrays.binarySearch(others, member) < 0) {
        rest.add(member);
      }
    }
    return rest;
  }

  private Change change(int group, int add, int remove) {
    Optional<DraftLog.Decision> decision =
        add == NONE ? Optional.empty() : draft.log().decision(group, add);
    return new Change(
        group, add, remove, cause(add, remove, decision), now.livingVoters(group), order(decision));
  }

  private static int order(Optional<DraftLog.Decision> decision) {
    return decision.map(DraftLog.Decision::order).orElse(LAST);
  }

  private Cause cause(int add, int remove, Optional<DraftLog.Decision> decision) {
    if (remove == NONE) {
      return Cause.MISSING;
    }
    if (!now.ground().lives(remove)) {
      return Cause.GONE;
    }
    if (!now.keeps(remove)) {
      return Cause.DRAINING;
    }
    if (add == NONE) {
      return Cause.SURPLUS;
    }
    return decision
        .map(DraftLog.Decision::cause)
        .filter(cause -> cause == Cause.ZONES)
        .orElse(Cause.BALANCE);
  }
}
