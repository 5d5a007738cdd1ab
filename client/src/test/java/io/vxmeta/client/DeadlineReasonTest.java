package io.vxmeta.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status;
import io.vxmeta.client.ScriptedNode.Hang;
import io.vxmeta.client.ScriptedNode.Reaction;
import io.vxmeta.client.ScriptedNode.Refuse;
import io.vxmeta.client.grpc.ErrorReason;
import io.vxmeta.shardmap.ShardHash;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What a call says that its deadline has ended.
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class DeadlineReasonTest {
  /// Longer than the test may take: only deadlines end an attempt that hangs.
  private static final Duration NEVER = Duration.ofMinutes(10);

  private static final Duration FIRST_DEADLINE = Duration.ofMillis(250);
  private static final Duration LAST_DEADLINE = Duration.ofMinutes(1);
  private static final Bytes KEY = Bytes.utf8("k");
  private static final Reaction NO_CONNECTION = new Refuse(Status.UNAVAILABLE.asRuntimeException());

  private final ScriptedCluster cluster = new ScriptedCluster();
  private final VxClient client = VxClient.connect(cluster.config().withAttempt(NEVER));
  private final ScriptedNode node = leader();

  private ScriptedNode leader() {
    return cluster.leaderOf(
        cluster.map().groupOf(ShardHash.shardOf("default", KEY.toArray())).value());
  }

  @AfterEach
  void close() {
    client.close();
    cluster.close();
  }

  private static Reaction refusal(ErrorReason reason, Map<String, String> facts) {
    return new Refuse(ScriptedCluster.error(reason, facts));
  }

  private static Reaction stale() {
    return refusal(ErrorReason.STALE, Map.of("required", "7", "actual", "5"));
  }

  private static Reaction silence() {
    return new Hang(new CountDownLatch(1));
  }

  /// How a read ends whose attempts meet all of this before its deadline. On a busy machine that
  /// takes a longer one.
  private CallFailed ending(Reaction... script) {
    Duration within = FIRST_DEADLINE;
    CallFailed failed;
    do {
      node.reads.clear();
      node.reads.addAll(List.of(script));
      failed = failure(client, ReadOptions.local().at(node.id).within(within));
      within = within.multipliedBy(2);
    } while (!node.reads.isEmpty() && within.compareTo(LAST_DEADLINE) < 0);
    assertTrue(node.reads.isEmpty(), failed::toString);
    return failed;
  }

  private static CallFailed failure(VxClient asking, ReadOptions options) {
    return assertThrows(CallFailed.class, () -> asking.read("default", List.of(KEY), options));
  }

  @Test
  void staleStaysTheReasonWhateverLaterAttemptsMeet() {
    List<Reaction[]> scripts =
        List.of(
            new Reaction[] {stale(), silence()},
            new Reaction[] {stale(), NO_CONNECTION, silence()},
            new Reaction[] {NO_CONNECTION, stale(), silence()},
            new Reaction[] {stale(), refusal(ErrorReason.NOT_READY, Map.of()), silence()});
    for (Reaction[] script : scripts) {
      CallFailed failed = ending(script);
      assertTrue(failed.is(ErrorReason.STALE), failed::toString);
      assertEquals(Map.of("required", "7", "actual", "5"), failed.facts());
      assertTrue(failed.text().contains("no replica that answered had"), failed::toString);
      assertTrue(failed.text().contains("stale=[" + node.id), failed::toString);
    }
  }

  @Test
  void withoutStaleARefusalBeforeSilenceIsDeadlineAndSilenceAloneUnreachable() {
    assertEquals(
        CallFailed.DEADLINE, ending(refusal(ErrorReason.NOT_READY, Map.of()), silence()).reason());
    assertEquals(
        CallFailed.DEADLINE,
        ending(refusal(ErrorReason.NOT_READY, Map.of()), NO_CONNECTION, silence()).reason());
    assertEquals(CallFailed.UNREACHABLE, ending(silence()).reason());
    assertEquals(CallFailed.UNREACHABLE, ending(NO_CONNECTION, silence()).reason());
  }

  /// A new client each time: it believes of nobody that he is silent, and asks the leader first.
  @Test
  void whatASecondReplicaSaysOfTheRevisionCountsAsWell() {
    ReadOptions hedged = ReadOptions.linearizable().hedgedAfter(Duration.ofMillis(1));
    Duration within = FIRST_DEADLINE;
    CallFailed failed;
    do {
      for (ScriptedNode each : cluster.nodes) {
        each.reads.clear();
        each.reads.addAll(
            each == node ? List.of(silence(), silence()) : List.of(stale(), silence()));
      }
      try (VxClient fresh = VxClient.connect(cluster.config().withAttempt(NEVER))) {
        failed = failure(fresh, hedged.within(within));
      }
      within = within.multipliedBy(2);
    } while (!failed.is(ErrorReason.STALE) && within.compareTo(LAST_DEADLINE) < 0);
    assertTrue(failed.is(ErrorReason.STALE), failed::toString);
  }
}
