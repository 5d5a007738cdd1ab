package io.vxmeta.shardmap.plan;

/// How long a plan may be, and how full it may make a node, in hundredths of its capacity.
public record PlanLimits(int movesMax, int fillPercentMax) {

  /// A plan that takes longer is out of date before it ends; what is left waits for the next one.
  public static final int MOVES_MAX = 2_000;

  /// The rest is for what groups grow by before the next plan.
  public static final int FILL_PERCENT_MAX = 90;

  public static final PlanLimits DEFAULT = new PlanLimits(MOVES_MAX, FILL_PERCENT_MAX);

  /// One replacement is up to three moves: add, hand over the lead, remove.
  private static final int MOVES_MIN = 3;

  public PlanLimits {
    if (movesMax < MOVES_MIN || fillPercentMax < 1 || fillPercentMax > 100) {
      throw new IllegalArgumentException(
          "a plan has at least "
              + MOVES_MIN
              + " moves and fills nodes to 1..100 percent: movesMax="
              + movesMax
              + " fillPercentMax="
              + fillPercentMax);
    }
  }
}
