package io.vxmeta.shardmap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.shardmap.LeadChoice.Choice;
import io.vxmeta.shardmap.LeadChoice.Limits;
import io.vxmeta.shardmap.LeadChoice.Move;
import io.vxmeta.shardmap.LeadChoice.Obstacle;
import io.vxmeta.shardmap.LeadChoice.Offer;
import io.vxmeta.shardmap.LeadChoice.Stay;
import io.vxmeta.shardmap.LeadChoice.Voter;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// A lead goes to the first fit voter in the map's order, and never to and fro.
class LeadChoiceTest {
  private static final Limits LIMITS =
      new Limits(Duration.ofSeconds(2), Duration.ofSeconds(10), 256);
  private static final Voter WELL =
      new Voter(Duration.ZERO, Duration.ofSeconds(10), 256, Offer.OPEN);
  private static final ShardGroupId GROUP = new ShardGroupId(1);

  private final long seed = System.nanoTime();
  private final Random random = new Random(seed);
  private final ShardMap map = map(3);
  private final List<NodeId> order = map.group(GROUP).voters();

  private static ShardMap map(int nodes) {
    return Placement.initial(
        "c",
        IntStream.rangeClosed(1, nodes)
            .mapToObj(i -> {
              Endpoint at = new Endpoint("h" + i, 7401);
              return new Node(new NodeId("node-" + i), "", List.of(at), at, at);
            })
            .toList(),
        nodes,
        nodes);
  }

  private Choice choice(int leader, Voter first, Voter second, Voter third) {
    Map<NodeId, Voter> others =
        new HashMap<>(Map.of(order.get(0), first, order.get(1), second, order.get(2), third));
    others.remove(order.get(leader));
    return LeadChoice.of(map, GROUP, order.get(leader), others, LIMITS);
  }

  @Test
  void theFirstVoterGetsTheLeadFromWhoeverHasIt() {
    assertEquals(new Move(order.get(0), Map.of()), choice(1, WELL, WELL, WELL));
    assertEquals(new Move(order.get(0), Map.of()), choice(2, WELL, WELL, WELL));
    assertEquals(new Stay(Map.of()), choice(0, WELL, WELL, WELL));
  }

  @Test
  void aVoterThatIsNotFitIsPassedOverForTheNextInOrder() {
    Map<Voter, Obstacle> unfit =
        Map.of(
            new Voter(Duration.ofMillis(2_001), Duration.ofHours(1), 0, Offer.OPEN),
            Obstacle.SILENT,
            new Voter(Duration.ZERO, Duration.ofMillis(9_999), 0, Offer.OPEN),
            Obstacle.NEW,
            new Voter(Duration.ZERO, Duration.ofHours(1), 257, Offer.OPEN),
            Obstacle.LAGGING,
            new Voter(Duration.ZERO, Duration.ofHours(1), 0, Offer.REFUSED),
            Obstacle.REFUSED);
    unfit.forEach((first, obstacle) -> {
      Map<NodeId, Obstacle> passed = Map.of(order.get(0), obstacle);
      assertEquals(new Move(order.get(1), passed), choice(2, first, WELL, WELL));
      assertEquals(new Stay(passed), choice(1, first, WELL, WELL));
    });
  }

  @Test
  void aVoterOfWhichNothingIsKnownIsSilent() {
    assertEquals(
        new Stay(Map.of(order.get(0), Obstacle.SILENT)),
        LeadChoice.of(map, GROUP, order.get(1), Map.of(), LIMITS));
  }

  @Test
  void aDrainingLeaderGivesItsLeadToTheNextAndGetsNoneBack() {
    ShardMap draining = map.with(order.get(0), Node.Duty.DRAINING);
    Map<NodeId, Voter> well = Map.of(order.get(1), WELL, order.get(2), WELL);
    Map<NodeId, Obstacle> passed = Map.of(order.get(0), Obstacle.DRAINING);
    assertEquals(
        new Move(order.get(1), passed), LeadChoice.of(draining, GROUP, order.get(0), well, LIMITS));
    Map<NodeId, Voter> allButSecond = Map.of(order.get(0), WELL, order.get(2), WELL);
    assertEquals(
        new Stay(passed), LeadChoice.of(draining, GROUP, order.get(1), allButSecond, LIMITS));
  }

  @Test
  void aDrainingLeaderThatHasNobodyToTurnToStaysAndSaysWhy() {
    ShardMap draining = map.with(order.get(1), Node.Duty.DRAINING);
    assertEquals(
        new Stay(
            Map.of(
                order.get(0),
                Obstacle.SILENT,
                order.get(1),
                Obstacle.DRAINING,
                order.get(2),
                Obstacle.SILENT)),
        LeadChoice.of(draining, GROUP, order.get(1), Map.of(), LIMITS));
  }

  /// What each leader sees is drawn anew for every look, marks are not: the lead must come to rest
  /// after as many moves as there are other voters, whatever is seen.
  @Test
  void leadsComeToRestWhateverLeadersSee() {
    for (int sample = 0; sample < 2_000; sample++) {
      int nodes = 3 + 2 * random.nextInt(3);
      ShardMap some = map(nodes);
      List<NodeId> voters = some.group(GROUP).voters();
      for (NodeId voter : voters) {
        if (random.nextInt(3) == 0) {
          some = some.with(voter, Node.Duty.DRAINING);
        }
      }
      NodeId leader = voters.get(random.nextInt(nodes));
      int moves = 0;
      for (int look = 0; look < 50; look++) {
        if (LeadChoice.of(some, GROUP, leader, seen(voters), LIMITS) instanceof Move move) {
          assertTrue(!some.node(move.to()).drains(), "seed=" + seed);
          assertTrue(!move.to().equals(leader), "seed=" + seed);
          leader = move.to();
          moves++;
        }
      }
      assertTrue(moves < nodes, "seed=" + seed + " moves=" + moves + " nodes=" + nodes);
    }
  }

  private Map<NodeId, Voter> seen(List<NodeId> voters) {
    Map<NodeId, Voter> seen = new HashMap<>();
    for (NodeId voter : voters) {
      if (random.nextInt(4) > 0) {
        seen.put(
            voter,
            new Voter(
                Duration.ofMillis(random.nextInt(3_000)),
                Duration.ofMillis(random.nextInt(30_000)),
                random.nextInt(400),
                random.nextInt(4) == 0 ? Offer.REFUSED : Offer.OPEN));
      }
    }
    return seen;
  }
}
