package io.vxmeta.chaos.check.linear;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.chaos.check.linear.ReplicaDigests.Sample;
import org.junit.jupiter.api.Test;

/// Replicas at one revision have one digest.
class ReplicaDigestsTest {
  private final ReplicaDigests digests = new ReplicaDigests();

  @Test
  void equalReplicasHold() {
    digests.add(new Sample(1, 5, "node-1", 77));
    digests.add(new Sample(1, 6, "node-2", 78));
    digests.add(new Sample(2, 5, "node-2", 79));
    assertInstanceOf(Verdict.Undecided.class, digests.judge());
    digests.add(new Sample(1, 5, "node-2", 77));
    assertEquals(new Verdict.Holds(), digests.judge());
  }

  @Test
  void replicaThatDiffersIsNamed() {
    digests.add(new Sample(1, 5, "node-1", 77));
    digests.add(new Sample(1, 5, "node-3", 76));
    Verdict.Broken broken = assertInstanceOf(Verdict.Broken.class, digests.judge());
    assertTrue(broken.proof().contains("node-1 has") && broken.proof().contains("node node-3"));
  }

  @Test
  void oneReplicaAloneProvesNothing() {
    digests.add(new Sample(1, 5, "node-1", 77));
    digests.add(new Sample(1, 5, "node-1", 78));
    assertInstanceOf(Verdict.Undecided.class, digests.judge());
  }

  @Test
  void oldRevisionsAreForgotten() {
    for (long revision = 0; revision <= ReplicaDigests.REMEMBERED_MAX; revision++) {
      digests.add(new Sample(1, revision, "node-1", revision));
    }
    digests.add(new Sample(1, 0, "node-2", 0));
    assertInstanceOf(Verdict.Undecided.class, digests.judge());
  }

  @Test
  void asManyRevisionsAsAreRememberedAreCompared() {
    for (long revision = 0; revision < ReplicaDigests.REMEMBERED_MAX; revision++) {
      digests.add(new Sample(1, revision, "node-1", revision));
    }
    digests.add(new Sample(1, 0, "node-2", 0));
    assertEquals(new Verdict.Holds(), digests.judge());
  }
}
