package io.vxmeta.shardmap.plan;

import java.util.List;

/// Moves in the order in which they are to be made, what can not be had, and how many bytes the
/// moves copy.
///
/// Moves of one group are made one after the other, each when the one before it has ended; those of
/// different groups may overlap. In the given order no move fills a node beyond its limit.
public record PlacementPlan(List<Move> moves, List<Shortfall> shortfalls, long bytesMoved) {

  public PlacementPlan {
    moves = List.copyOf(moves);
    shortfalls = List.copyOf(shortfalls);
  }

  /// Whether there is nothing to do; something may be missing all the same.
  public boolean isEmpty() {
    return moves.isEmpty();
  }
}
