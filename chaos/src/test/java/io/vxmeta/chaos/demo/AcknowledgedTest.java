package io.vxmeta.chaos.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.shardmap.ShardGroupId;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// What the reader is given to ask for, and how gaps are counted.
class AcknowledgedTest {
  private static final ShardGroupId GROUP = new ShardGroupId(1);

  @Test
  void onlyAcknowledgedRecordsArePicked() {
    Acknowledged acknowledged = new Acknowledged(1_000);
    IntStream.range(0, 300).forEach(i -> acknowledged.add(i * 3, GROUP));
    List<Integer> picked = acknowledged.pick(128, new Random(7));
    assertTrue(picked.stream().allMatch(record -> record % 3 == 0 && record < 900), "" + picked);
    assertEquals(picked.size(), new HashSet<>(picked).size());
  }

  @Test
  void newestRecordsAreAlwaysAmongThem() {
    Acknowledged acknowledged = new Acknowledged(1_000);
    IntStream.range(0, 1_000).forEach(i -> acknowledged.add(i, GROUP));
    List<Integer> picked = acknowledged.pick(128, new Random(7));
    assertTrue(picked.containsAll(IntStream.range(936, 1_000).boxed().toList()), "" + picked);
  }

  @Test
  void nothingAcknowledgedIsNothingPicked() {
    assertEquals(List.of(), new Acknowledged(10).pick(128, new Random(7)));
  }

  @Test
  void unwatchedGroupHasNoGap() {
    Acknowledged acknowledged = new Acknowledged(10);
    acknowledged.add(0, GROUP);
    acknowledged.add(1, GROUP);
    assertEquals(0, acknowledged.longestGapMs(GROUP));
  }
}
