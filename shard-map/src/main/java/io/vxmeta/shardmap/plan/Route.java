package io.vxmeta.shardmap.plan;

import static io.vxmeta.shardmap.plan.Draft.NONE;

import java.util.ArrayList;
import java.util.List;

/// The moves from the placement there is to the one that was drafted.
final class Route {
  /* Order: leads off draining nodes, which takes milliseconds; replacements, the most urgent first; leads at the end.
   * A replacement is an add, a transfer if the leader's replica goes, and a remove; it is in the plan whole or not at all, so a
   * plan that is cut short leaves no group with a replica too many.
   * Invariants: in this order no node is ever filled beyond its limit, and a voter that lives goes only from a group that then
   * still has its replication of such; a replacement that would break one of these waits for others.
   * Nearly full nodes can wait for one another for ever. Then the route is laid once more, in the steps of the draft, which never
   * filled a node beyond its limit either; what the draft moved twice is then copied twice. */

  private final Draft draft;
  private final PlanLimits limits;
  private final Draft now;
  private final List<Move> moves = new ArrayList<>();
  private long bytesMoved;
  private boolean cut;

  private Route(Draft draft, PlanLimits limits) {
    this.draft = draft;
    this.limits = limits;
    this.now = new Draft(draft.facts(), limits);
  }

  /// The plan that leads to the draft, of which `found` can not be had.
  static PlacementPlan plan(Draft draft, PlanLimits limits, List<Shortfall> found) {
    Route route = new Route(draft, limits);
    if (!route.lay(new Changes(draft, route.now).direct())) {
      route = new Route(draft, limits);
      boolean complete = route.lay(new Changes(draft, route.now).asDrafted());
      if (!complete) {
        throw new IllegalStateException(
            "expected the steps of a draft to be possible one after the other: nodes="
                + draft.facts().nodes().size()
                + " groups="
                + draft.groups()
                + "; report this with the facts planned for");
      }
    }
    List<Shortfall> shortfalls = new ArrayList<>(found);
    if (route.cut) {
      shortfalls.add(new Shortfall.CutShort(limits.movesMax()));
    }
    return new PlacementPlan(route.moves, shortfalls, route.bytesMoved);
  }

  /// False if changes are left that wait for one another.
  private boolean lay(List<Change> changes) {
    for (int group = 0; group < draft.groups() && !cut; group++) {
      leaveDrainingNode(group);
    }
    boolean complete = replaceAll(changes) || cut;
    for (int group = 0; group < draft.groups() && !cut; group++) {
      settleLead(group);
    }
    return complete;
  }

  private void leaveDrainingNode(int group) {
    int leader = now.leader(group);
    int heir = draft.leader(group);
    if (leader != NONE && !now.keeps(leader) && heir != leader && now.isVoter(group, heir)) {
      add(List.of(transfer(group, heir, now.ground().id(leader) + " drains")));
    }
  }

  private void settleLead(int group) {
    int leader = now.leader(group);
    int heir = draft.leader(group);
    if (leader != NONE && heir != NONE && heir != leader && now.isVoter(group, heir)) {
      add(List.of(transfer(group, heir, leads(leader) + ", " + leads(heir))));
    }
  }

  private String leads(int node) {
    return now.ground().id(node)
        + " leads "
        + now.accounts().leads().on(node)
        + " groups, its share is "
        + Math.round(10 * draft.accounts().leads().share(node)) / 10.0;
  }

  /// Goes over what waits, for room or for voters, until nothing more can be done. Returns whether
  /// nothing is left.
  private boolean replaceAll(List<Change> changes) {
    List<Change> waiting = changes;
    boolean progress = true;
    while (progress && !cut) {
      List<Change> still = new ArrayList<>();
      for (Change change : waiting) {
        if (cut || !fits(change) || !replace(change)) {
          still.add(change);
        }
      }
      progress = still.size() < waiting.size();
      waiting = still;
    }
    return waiting.isEmpty();
  }

  private boolean fits(Change change) {
    int group = change.group();
    int add = change.add();
    boolean hasRoom = add == NONE || now.isOn(group, add) || now.admits(add, group);
    return hasRoom && (!takesLivingVoter(change) || livingAfter(change) >= now.replication());
  }

  private boolean takesLivingVoter(Change change) {
    int remove = change.remove();
    return remove != NONE && now.ground().lives(remove) && now.isVoter(change.group(), remove);
  }

  private int livingAfter(Change change) {
    return now.livingVoters(change.group()) - (change.add() == NONE ? 1 : 0);
  }

  private boolean replace(Change change) {
    int group = change.group();
    int remove = change.remove();
    List<Step> steps = new ArrayList<>();
    if (change.add() != NONE) {
      steps.add(adding(change));
    }
    if (remove != NONE && remove == now.leader(group)) {
      int heir = heir(change);
      steps.add(transfer(group, heir, now.ground().id(remove) + " leads, and its replica goes"));
    }
    if (remove != NONE) {
      steps.add(removing(change));
    }
    return add(steps);
  }

  /// Who leads when the leader's replica goes: whom the draft says, if it is a voter by then.
  private int heir(Change change) {
    int drafted = draft.leader(change.group());
    if (drafted != NONE && (drafted == change.add() || now.isVoter(change.group(), drafted))) {
      return drafted;
    }
    return change.add() != NONE
        ? change.add()
        : now.lightestLeader(change.group(), change.remove());
  }

  /// A move, and what it does to the placement.
  private record Step(Move move, Runnable effect, long bytes) {}

  private Step transfer(int group, int to, String reason) {
    return new Step(
        new Move.TransferLeader(
            now.groupFacts(group).id(),
            now.ground().id(now.leader(group)),
            now.ground().id(to),
            reason),
        () -> now.lead(group, to),
        0);
  }

  private Step adding(Change change) {
    int group = change.group();
    int node = change.add();
    return new Step(
        new Move.AddReplica(now.groupFacts(group).id(), now.ground().id(node), reason(change)),
        () -> now.place(group, node),
        now.isOn(group, node) ? 0 : now.groupFacts(group).bytes());
  }

  private Step removing(Change change) {
    int group = change.group();
    int node = change.remove();
    String reason =
        change.add() == NONE
            ? reason(change)
            : now.ground().id(change.add()) + " has taken its place: " + reason(change);
    return new Step(
        new Move.RemoveReplica(now.groupFacts(group).id(), now.ground().id(node), reason),
        () -> now.drop(group, node),
        0);
  }

  private String reason(Change change) {
    return switch (change.cause()) {
      case GONE -> now.ground().id(change.remove()) + " is gone";
      case DRAINING -> now.ground().id(change.remove()) + " drains";
      case MISSING, SURPLUS ->
          "the group has "
              + now.voters(change.group()).length
              + " voters, its replication is "
              + now.replication();
      case ZONES, BALANCE ->
          draft
              .log()
              .decision(change.group(), change.add())
              .map(decision -> words(decision, change))
              .filter(words -> !words.isEmpty())
              .orElse("nodes come nearer to their shares");
    };
  }

  private static String words(DraftLog.Decision decision, Change change) {
    return decision.from() == change.remove() && !decision.fromWords().isEmpty()
        ? decision.words() + ", " + decision.fromWords()
        : decision.words();
  }

  /// Adds moves that belong together, all or none; false when the plan is full.
  private boolean add(List<Step> steps) {
    if (moves.size() + steps.size() > limits.movesMax()) {
      cut = true;
      return false;
    }
    for (Step step : steps) {
      moves.add(step.move());
      step.effect().run();
      bytesMoved += step.bytes();
    }
    return true;
  }
}
