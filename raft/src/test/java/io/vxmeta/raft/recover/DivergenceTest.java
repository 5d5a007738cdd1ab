package io.vxmeta.raft.recover;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vxmeta.raft.ratis.IndexDigest;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/// A replica is called wrong only by a majority that agrees, and only at equal indexes.
final class DivergenceTest {
  private static final OptionalLong NOWHERE = OptionalLong.empty();

  private static List<IndexDigest> samples(long... indexesAndDigests) {
    List<IndexDigest> samples = new java.util.ArrayList<>();
    for (int i = 0; i < indexesAndDigests.length; i += 2) {
      samples.add(new IndexDigest(indexesAndDigests[i], indexesAndDigests[i + 1]));
    }
    return samples;
  }

  @Test
  void equalReplicasAgreeHoweverFarApartTheyAre() {
    assertEquals(
        new Divergence(NOWHERE, NOWHERE),
        Divergence.of(
            samples(64, 1, 128, 2), List.of(samples(128, 2, 192, 3), samples(256, 4)), 3));
    assertEquals(
        new Divergence(NOWHERE, NOWHERE), Divergence.of(samples(64, 1), List.of(List.of()), 3));
  }

  @Test
  void aReplicaThatTheMajorityContradictsIsTheWrongOne() {
    assertEquals(
        new Divergence(OptionalLong.of(64), OptionalLong.of(64)),
        Divergence.of(samples(64, 1), List.of(samples(64, 2), samples(64, 2)), 3));
  }

  @Test
  void oneOtherOpinionIsAnAlarmAndNoVerdict() {
    assertEquals(
        new Divergence(OptionalLong.of(64), NOWHERE),
        Divergence.of(samples(64, 1), List.of(samples(64, 2), List.of()), 3));
    assertEquals(
        new Divergence(OptionalLong.of(64), NOWHERE),
        Divergence.of(samples(64, 1), List.of(samples(64, 2), samples(64, 3)), 3));
    assertEquals(
        new Divergence(OptionalLong.of(64), NOWHERE),
        Divergence.of(samples(64, 1), List.of(samples(64, 2), samples(64, 1)), 3));
  }
}
