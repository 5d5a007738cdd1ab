package io.vxmeta.shardmap;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Where the leader of a shard group should take its lead, from what it knows of the other voters:
/// a pure function.
public final class LeadChoice {
  /* The rule: the first voter in the map's order that is fit leads. The leader itself is fit unless it drains.
   * Why nothing swings to and fro: a lead goes only to a voter that stands before its leader, or away from a leader that drains.
   *   Who drains is replicated, so all agree in the end. What leaders see differently (silence, lag, calm, a refusal) can only
   *   keep a lead where it is, or send it to a later voter, and that one still stands before the leader that gave it away.
   *   So between two changes of marks each move is a step forward, and a group of n voters makes n - 1 of them at most.
   */

  private LeadChoice() {}

  /// Why a voter is passed over.
  public enum Obstacle {
    /// An operator wants it to lead nothing.
    DRAINING,
    /// It has not answered for too long.
    SILENT,
    /// It has not answered for long enough without a break.
    NEW,
    /// Its log lacks too much of what is committed.
    LAGGING,
    /// It was asked a moment ago and said no, or a transfer to it failed.
    REFUSED
  }

  /// Whether a voter may be asked to take the lead.
  public enum Offer {
    OPEN,
    /// The last one was refused, not long ago.
    REFUSED
  }

  /// What a leader knows of another voter.
  ///
  /// @param silent since its last answer
  /// @param steady how long it has answered without a break
  /// @param behind committed entries that are not known to be in its log
  public record Voter(Duration silent, Duration steady, long behind, Offer offer) {}

  /// What makes a voter fit.
  ///
  /// @param silentMax a voter answers several times in this
  /// @param calm a voter answers for so long before it is given a lead
  /// @param behindMax a lead waits for these entries while it moves, and takes no writes meanwhile
  public record Limits(Duration silentMax, Duration calm, long behindMax) {}

  /// What is to be done, and who was passed over for it, in the map's order.
  public sealed interface Choice {
    Map<NodeId, Obstacle> passedOver();
  }

  /// The leader is the one who should lead, or nobody else can.
  public record Stay(Map<NodeId, Obstacle> passedOver) implements Choice {
    public Stay {
      passedOver = inOrder(passedOver);
    }
  }

  /// Another voter should lead.
  public record Move(NodeId to, Map<NodeId, Obstacle> passedOver) implements Choice {
    public Move {
      passedOver = inOrder(passedOver);
    }
  }

  private static Map<NodeId, Obstacle> inOrder(Map<NodeId, Obstacle> passedOver) {
    return Collections.unmodifiableMap(new LinkedHashMap<>(passedOver));
  }

  /// What the group's leader should do.
  ///
  /// @param leader who asks; it leads the group
  /// @param others what it knows of the other voters; one that is missing counts as silent
  public static Choice of(
      ShardMap map, ShardGroupId group, NodeId leader, Map<NodeId, Voter> others, Limits limits) {
    Map<NodeId, Obstacle> passedOver = new LinkedHashMap<>();
    for (NodeId voter : map.group(group).voters()) {
      Optional<Obstacle> obstacle =
          map.node(voter).drains()
              ? Optional.of(Obstacle.DRAINING)
              : voter.equals(leader) ? Optional.empty() : obstacle(others.get(voter), limits);
      if (obstacle.isEmpty()) {
        return voter.equals(leader) ? new Stay(passedOver) : new Move(voter, passedOver);
      }
      passedOver.put(voter, obstacle.get());
    }
    return new Stay(passedOver);
  }

  private static Optional<Obstacle> obstacle(@Nullable Voter voter, Limits limits) {
    if (voter == null || voter.silent().compareTo(limits.silentMax()) > 0) {
      return Optional.of(Obstacle.SILENT);
    }
    if (voter.steady().compareTo(limits.calm()) < 0) {
      return Optional.of(Obstacle.NEW);
    }
    if (voter.behind() > limits.behindMax()) {
      return Optional.of(Obstacle.LAGGING);
    }
    return voter.offer() == Offer.REFUSED ? Optional.of(Obstacle.REFUSED) : Optional.empty();
  }
}
