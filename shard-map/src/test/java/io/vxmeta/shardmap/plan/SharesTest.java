package io.vxmeta.shardmap.plan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SharesTest {
  private static final double EXACT = 1e-9;

  @Test
  void sharesAreInProportionToCapacityWhereNothingCapsThem() {
    double[] shares =
        Shares.ofReplicas(
            new double[] {1, 1, 1, 2, 1}, List.of(IntStream.range(0, 5).toArray()), 3, 3);
    assertArrayEquals(new double[] {1 / 6., 1 / 6., 1 / 6., 1 / 3., 1 / 6.}, shares, EXACT);
  }

  @Test
  void noNodeHasMoreThanOneReplicaOfEachGroup() {
    double[] shares =
        Shares.ofReplicas(new double[] {9, 1, 1, 1}, List.of(new int[] {0, 1, 2, 3}), 3, 3);
    assertArrayEquals(new double[] {1 / 3., 2 / 9., 2 / 9., 2 / 9.}, shares, EXACT);
  }

  @Test
  void noZoneHasMoreThanItMayHold() {
    List<int[]> zones = List.of(new int[] {0, 1, 2, 3}, new int[] {4}, new int[] {5, 6});
    double[] shares = Shares.ofReplicas(new double[] {1, 1, 1, 1, 1, 1, 3}, zones, 3, 1);
    assertArrayEquals(
        new double[] {1 / 12., 1 / 12., 1 / 12., 1 / 12., 1 / 3., 1 / 12., 1 / 4.}, shares, EXACT);
  }

  @Test
  void aNodeThatTakesNothingHasNoShare() {
    List<int[]> zones = List.of(new int[] {0, 1}, new int[] {2, 3});
    double[] shares = Shares.ofReplicas(new double[] {1, 0, 1, 1}, zones, 1, 1);
    assertArrayEquals(new double[] {1 / 3., 0, 1 / 3., 1 / 3.}, shares, EXACT);
    assertEquals(
        0, Arrays.stream(Shares.ofReplicas(new double[2], zones.subList(0, 1), 3, 3)).sum());
  }

  @Test
  void leadsFollowCapacityButNotBeyondTheReplicas() {
    double[] weight = {8, 1, 1, 0};
    double[] replicas = {1 / 3., 1 / 3., 1 / 3., 0};
    assertArrayEquals(
        new double[] {0.8, 0.1, 0.1, 0}, Shares.ofLeaders(weight, replicas, 3), EXACT);
    double[] few = {0.1, 0.45, 0.45, 0};
    assertArrayEquals(new double[] {0.3, 0.35, 0.35, 0}, Shares.ofLeaders(weight, few, 3), EXACT);
  }
}
