package io.vxmeta.chaos.run;

import io.vxmeta.chaos.check.linear.ReplicaDigests;
import io.vxmeta.chaos.check.linear.ReplicaDigests.Sample;
import io.vxmeta.chaos.check.linear.Verdict;
import io.vxmeta.chaos.cluster.ClusterView;
import io.vxmeta.chaos.run.RunRecord.Weight;
import io.vxmeta.client.CallFailed;
import io.vxmeta.client.ClusterAdmin.ReplicaDigest;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.Revision;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardGroupId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/// Compares the replicas' digests while the run goes on: whoever has come to the same revision has
/// the same records.
final class DigestWatch implements AutoCloseable {
  /* Threads: one virtual thread a data group asks; the judge has a lock of its own. Replicas are asked in a row, each for the revision
   * of the one before or later, so that they meet at one revision now and then although writes go on. Light: a digest is kept up
   * to date by the table, nobody computes it. A node that does not answer is left out of that round.
   * A mismatch is told once, the moment it is seen, and ends the watch: nothing later can take it back. */

  /// The trouble's name, during a run and at its end.
  static final String MISMATCH = "digest-mismatch";

  private static final Duration EVERY = Duration.ofSeconds(3);

  /// Rounds in a row each time: a busy group moves on between two answers.
  private static final int ROUNDS = 4;

  /// In so much time some replicas meet at one revision, whatever is broken meanwhile.
  private static final Duration LONG_ENOUGH = Duration.ofMinutes(2);

  /// How a replica is asked; as [ClusterAdmin#digest].
  interface Question {
    ReplicaDigest digest(NodeId node, ShardGroupId group, Revision atLeast);
  }

  private final Question question;
  private final LongSupplier nanoClock;
  private final long startNanos;
  private final Chronicle chronicle;
  private final ReplicaDigests digests = new ReplicaDigests();
  private final CountDownLatch ended = new CountDownLatch(1);
  private final List<Thread> threads = new ArrayList<>();

  DigestWatch(Question question, LongSupplier nanoClock, Chronicle chronicle) {
    this.question = question;
    this.nanoClock = nanoClock;
    this.startNanos = nanoClock.getAsLong();
    this.chronicle = chronicle;
  }

  DigestWatch start(List<ShardGroup> groups) {
    groups.forEach(group ->
        threads.add(Thread.ofVirtual().name("digests-" + group.id()).start(() -> watch(group))));
    return this;
  }

  private void watch(ShardGroup group) {
    try {
      do {
        for (int round = 0; round < ROUNDS; round++) {
          ask(group);
        }
      } while (!ended.await(EVERY.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException theRunIsOver) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException bug) {
      chronicle.trouble(
          "digest-watch-broke", Weight.UNDECIDED, "group=" + group.id() + " cause=" + bug);
    }
  }

  private boolean isEnded() {
    return ended.getCount() == 0;
  }

  private void ask(ShardGroup group) {
    Revision newest = new Revision(0);
    for (NodeId node : ClusterView.nodes(group)) {
      if (isEnded()) {
        return;
      }
      try {
        ReplicaDigest digest = question.digest(node, group.id(), newest);
        newest = digest.revision();
        sample(group, digest);
      } catch (CallFailed away) {
        // It is asked again in the next round.
      }
    }
  }

  private void sample(ShardGroup group, ReplicaDigest digest) {
    boolean brokenBefore = digests.judge() instanceof Verdict.Broken;
    digests.add(
        new Sample(group.id().value(), digest.revision().value(), digest.node(), digest.digest()));
    if (!brokenBefore && digests.judge() instanceof Verdict.Broken broken) {
      chronicle.trouble(MISMATCH, Weight.ANOMALY, broken.proof());
      ended.countDown();
    }
  }

  /// Ends the watch, and tells how much it has seen.
  @Override
  public void close() {
    ended.countDown();
    threads.forEach(Thread::interrupt);
    try {
      for (Thread thread : threads) {
        thread.join();
      }
    } catch (InterruptedException leaveThem) {
      Thread.currentThread().interrupt();
    }
    chronicle.tell(
        "digests: %,d pairs of replicas compared at one revision meanwhile"
            .formatted(digests.compared()));
    if (digests.compared() == 0 && nanoClock.getAsLong() - startNanos > LONG_ENOUGH.toNanos()) {
      chronicle.trouble(
          "digests-not-compared",
          Weight.UNDECIDED,
          "expected replicas to meet at one revision now and then; watched longer than "
              + LONG_ENOUGH);
    }
  }
}
