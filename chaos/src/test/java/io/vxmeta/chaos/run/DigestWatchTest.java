package io.vxmeta.chaos.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.chaos.run.RunRecord.Trouble;
import io.vxmeta.chaos.run.RunRecord.Weight;
import io.vxmeta.client.ClusterAdmin.ReplicaDigest;
import io.vxmeta.client.Outcome;
import io.vxmeta.client.ReplicaRole;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.Revision;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What a watch over digests makes of replicas that differ, that never meet, and of questions that
/// break.
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class DigestWatchTest {
  /// More questions than two rounds of one group, so that the first whole round has been judged.
  private static final int QUESTIONS = 7;

  private final Chronicle chronicle =
      new Chronicle(
          new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8), 0);
  private final AtomicLong nanos = new AtomicLong();

  /// Watches one group until it has been asked about often enough, then ends.
  private void watch(DigestWatch.Question question, int questions, Duration watched)
      throws InterruptedException {
    CountDownLatch asked = new CountDownLatch(questions);
    try (DigestWatch _ =
        new DigestWatch(
                (node, group, atLeast) -> {
                  asked.countDown();
                  return question.digest(node, group, atLeast);
                },
                nanos::get,
                chronicle)
            .start(PaperShards.withDataGroups(1).dataGroups())) {
      asked.await();
      nanos.addAndGet(watched.toNanos());
    }
  }

  private static ReplicaDigest digest(NodeId node, long revision, long digest) {
    return new ReplicaDigest(
        node.value(), ReplicaRole.FOLLOWER, new Revision(revision), digest, 1, revision);
  }

  private List<String> troubles() {
    return chronicle.troubles().stream().map(Trouble::name).toList();
  }

  @Test
  void equalReplicasAreNoTrouble() throws InterruptedException {
    watch((node, _, _) -> digest(node, 7, 42), QUESTIONS, Duration.ofHours(1));
    assertEquals(List.of(), troubles());
  }

  @Test
  void replicasThatDifferAtOneRevisionAreAnAnomalyToldOnce() throws InterruptedException {
    watch((node, _, _) -> digest(node, 7, node.hashCode()), 2, Duration.ZERO);
    assertEquals(List.of(DigestWatch.MISMATCH), troubles());
    Trouble trouble = chronicle.troubles().getFirst();
    assertEquals(Weight.ANOMALY, trouble.weight());
    assertTrue(trouble.text().contains("node-"), trouble.text());
  }

  @Test
  void replicasThatNeverMeetLeaveALongRunUndecided() throws InterruptedException {
    AtomicLong revision = new AtomicLong();
    watch(
        (node, _, _) -> digest(node, revision.incrementAndGet(), 42),
        QUESTIONS,
        Duration.ofHours(1));
    assertEquals(List.of("digests-not-compared"), troubles());
    assertEquals(Weight.UNDECIDED, chronicle.troubles().getFirst().weight());
  }

  @Test
  void aShortRunMayEndBeforeReplicasMeet() throws InterruptedException {
    watch(
        (_, _, _) -> new Outcome.Refused<ReplicaDigest>("UNREACHABLE", "away", Map.of()).orThrow(),
        QUESTIONS,
        Duration.ofSeconds(1));
    assertEquals(List.of(), troubles());
  }

  @Test
  void aQuestionThatBreaksLeavesTheRunUndecided() throws InterruptedException {
    watch(
        (_, _, _) -> {
          throw new IllegalStateException("a bug of the harness");
        },
        1,
        Duration.ZERO);
    assertEquals(List.of("digest-watch-broke"), troubles());
    Trouble trouble = chronicle.troubles().getFirst();
    assertEquals(Weight.UNDECIDED, trouble.weight());
    assertTrue(trouble.text().contains("a bug of the harness"), trouble.text());
  }
}
