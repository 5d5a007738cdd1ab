package io.vxmeta.shardmap.plan;

import java.util.ArrayList;
import java.util.List;

/// Plans how a placement becomes a good one: a pure function of facts and limits.
public final class Planner {
  /* Threads: any; a plan shares nothing with another.
   * First the final placement is drafted, goal by goal, each without breaking those before it: voters on nodes that live
   * (Repair), zones (ZoneSpread), replicas, bytes and load (Evening), leads (LeaderSpread). Then the way there is laid (Route):
   * what was moved twice in the draft is copied once.
   * Evening may make room for what Repair found no node for, so these go round until nothing changes. Then every goal has
   * looked at the very placement that the moves lead to and left it as it is: planned again, it needs no moves. */

  /// One round is the rule, two are rare; beyond this the next plan goes on.
  private static final int ROUNDS_MAX = 8;

  private final PlanLimits limits;

  public Planner(PlanLimits limits) {
    this.limits = limits;
  }

  /// Equal facts make equal plans. What can not be had is a shortfall of the plan, never an
  /// exception.
  public PlacementPlan plan(PlacementFacts facts) {
    Draft draft = new Draft(facts, limits);
    List<Shortfall> shortfalls = draftReplicas(draft);
    new LeaderSpread(draft).run(shortfalls);
    return Route.plan(draft, limits, shortfalls);
  }

  private static List<Shortfall> draftReplicas(Draft draft) {
    Targets targets = new Targets(draft);
    Repair repair = new Repair(draft, targets);
    ZoneSpread zones = new ZoneSpread(draft, targets);
    Evening evening = new Evening(draft, targets);
    List<Shortfall> shortfalls = new ArrayList<>();
    boolean changed = true;
    for (int round = 0; changed && round < ROUNDS_MAX; round++) {
      shortfalls.clear();
      draft.shareAll();
      boolean repaired = repair.run(shortfalls);
      boolean spread = zones.run(shortfalls);
      draft.shareServing();
      changed = evening.run() || repaired || spread;
    }
    evening.report(shortfalls);
    return shortfalls;
  }
}
