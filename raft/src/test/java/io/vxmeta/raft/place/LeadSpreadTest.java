package io.vxmeta.raft.place;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.raft.place.LeadSpread.Mode;
import io.vxmeta.raft.place.LeadSpread.Order;
import io.vxmeta.raft.place.LeadSpread.Outcome;
import io.vxmeta.raft.place.LeadSpread.Placed;
import io.vxmeta.raft.place.LeadTransfers.Cause;
import io.vxmeta.raft.place.LeadTransfers.End;
import io.vxmeta.raft.ratis.Replication;
import io.vxmeta.raft.ratis.Replication.Follower;
import io.vxmeta.raft.read.ScriptedReplica;
import io.vxmeta.shardmap.Endpoint;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.Placement;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// A leader moves its lead when all is calm, asks first, and does not ask too often.
final class LeadSpreadTest {
  private static final ShardGroupId GROUP = new ShardGroupId(1);
  private static final Duration CALM = Duration.ofSeconds(10);

  private ShardMap map =
      Placement.initial(
          "c",
          IntStream.rangeClosed(1, 3)
              .mapToObj(i -> {
                Endpoint at = new Endpoint("h" + i, 7401);
                return new Node(new NodeId("node-" + i), "", List.of(at), at, at);
              })
              .toList(),
          3,
          3);
  private final NodeId first = map.group(GROUP).voters().get(0);
  private final NodeId second = map.group(GROUP).voters().get(1);
  private final NodeId self = map.group(GROUP).voters().get(2);
  private final ScriptedReplica replica = new ScriptedReplica(self);
  private final List<NodeId> asked = new ArrayList<>();
  private final List<String> ends = new ArrayList<>();
  private CompletableFuture<Optional<String>> answer =
      CompletableFuture.completedFuture(Optional.empty());
  private boolean linesClosed;
  private long nowMs;

  private LeadSpread spread(Mode mode) {
    return new LeadSpread(
        new LeadSpread.Rules(self, mode, CALM),
        () -> Optional.of(map),
        Map.of(GROUP, replica),
        (to, _, _) -> {
          asked.add(to);
          if (linesClosed) {
            throw new IllegalStateException("the lines are closed");
          }
          return answer;
        },
        new LeadTransfers(this::onEnd, this::nowNanos),
        this::nowNanos);
  }

  private void onEnd(ShardGroupId group, Cause cause, End end) {
    ends.add(group.value() + " " + cause + " " + end);
  }

  private long nowNanos() {
    return nowMs * 1_000_000;
  }

  /// Looks once a second; both followers answer and have the whole log.
  private void lookFor(LeadSpread spread, int seconds) {
    replica.replication =
        Optional.of(
            new Replication(5, 5, List.of(new Follower(first, 5, 0), new Follower(second, 5, 0))));
    for (int i = 0; i < seconds; i++) {
      spread.look();
      nowMs += LeadSpread.LOOK_MS;
    }
  }

  @Test
  void theLeadGoesToThePreferredNodeWhenItHasBeenCalm() {
    LeadSpread spread = spread(Mode.AUTOMATIC);
    lookFor(spread, 10);
    assertEquals(List.of(), replica.transfers);
    lookFor(spread, 1);
    assertEquals(List.of(first), replica.transfers);
    assertEquals(List.of("1 PREFERRED MOVED"), ends);
  }

  @Test
  void anAttemptThatBreaksAtOnceDoesNotKeepTheNextOneWaiting() {
    LeadSpread spread = spread(Mode.AUTOMATIC);
    lookFor(spread, 1);
    linesClosed = true;
    CompletableFuture<LeadSpread.Placed> broken =
        spread.place(GROUP, LeadSpread.Order.MOVE).orElseThrow();
    assertThrows(CompletionException.class, broken::join);
    linesClosed = false;
    assertEquals(
        LeadSpread.Outcome.MOVED,
        spread.place(GROUP, LeadSpread.Order.MOVE).orElseThrow().join().outcome());
  }

  @Test
  void calmBeginsAnewWithEachLeadership() {
    LeadSpread spread = spread(Mode.AUTOMATIC);
    lookFor(spread, 10);
    replica.replication = Optional.empty();
    spread.look();
    lookFor(spread, 10);
    assertEquals(List.of(), replica.transfers);
  }

  @Test
  void aManualNodeMovesNothingByItselfButLeavesWhenItDrains() {
    LeadSpread spread = spread(Mode.MANUAL);
    lookFor(spread, 60);
    assertEquals(List.of(), asked);
    map = map.with(self, Node.Duty.DRAINING);
    lookFor(spread, 1);
    assertEquals(List.of(first), replica.transfers);
    assertEquals(List.of("1 DRAINING MOVED"), ends);
  }

  @Test
  void aNodeThatRefusesIsAskedEverMoreRarelyAndTheNextOneGetsTheLead() {
    answer = CompletableFuture.completedFuture(Optional.of("its disk was slow"));
    map = map.with(second, Node.Duty.DRAINING);
    LeadSpread spread = spread(Mode.AUTOMATIC);
    lookFor(spread, 11 + 600);
    // 2, 4, 8, 16 and 32 s, then each minute.
    int expected = 1 + 5 + (600 - 62) / 60;
    assertEquals(expected, asked.size(), () -> "asked=" + asked);
    assertEquals(List.of(), replica.transfers);
    assertTrue(ends.stream().allMatch("1 PREFERRED REFUSED"::equals), ends::toString);
    map = map.with(second, Node.Duty.SERVING);
    answer = CompletableFuture.completedFuture(Optional.empty());
    lookFor(spread, 1);
    assertEquals(List.of(second), replica.transfers);
  }

  @Test
  void nobodyElseIsAskedWhileAnAnswerIsAwaited() {
    answer = new CompletableFuture<>();
    LeadSpread spread = spread(Mode.AUTOMATIC);
    lookFor(spread, 60);
    assertEquals(List.of(first), asked);
    assertEquals(
        new Placed(Outcome.KEPT, self, "another transfer of the group is under way"),
        spread.place(GROUP, Order.MOVE).orElseThrow().join());
    answer.complete(Optional.empty());
    assertEquals(List.of(first), replica.transfers);
  }

  @Test
  void anOrderNeedsNoCalmAndADryRunMovesNothing() {
    LeadSpread spread = spread(Mode.MANUAL);
    lookFor(spread, 1);
    assertEquals(
        new Placed(Outcome.WOULD_MOVE, first, ""),
        spread.place(GROUP, Order.DRY_RUN).orElseThrow().join());
    assertEquals(List.of(), replica.transfers);
    assertEquals(
        new Placed(Outcome.MOVED, first, ""), spread.place(GROUP, Order.MOVE).orElseThrow().join());
    assertEquals(List.of("1 ORDERED MOVED"), ends);
  }

  @Test
  void anOrderSaysWhyALeadIsKept() {
    LeadSpread spread = spread(Mode.MANUAL);
    lookFor(spread, 1);
    answer = CompletableFuture.completedFuture(Optional.of("its disk was slow"));
    assertEquals(
        new Placed(Outcome.KEPT, self, first + ": its disk was slow"),
        spread.place(GROUP, Order.MOVE).orElseThrow().join());
    replica.replication =
        Optional.of(new Replication(5, 5, List.of(new Follower(first, 5, 5_000))));
    assertEquals(
        new Placed(Outcome.KEPT, self, first + " is silent, " + second + " is silent"),
        spread.place(GROUP, Order.MOVE).orElseThrow().join());
    replica.replication = Optional.empty();
    assertTrue(spread.place(GROUP, Order.MOVE).isEmpty());
  }

  @Test
  void aLeadIsInPlaceWhereOnlyDrainingVotersComeBefore() {
    map = map.with(first, Node.Duty.DRAINING).with(second, Node.Duty.DRAINING);
    LeadSpread spread = spread(Mode.AUTOMATIC);
    lookFor(spread, 60);
    assertEquals(List.of(), asked);
    assertEquals(Outcome.IN_PLACE, spread.place(GROUP, Order.MOVE).orElseThrow().join().outcome());
  }
}
