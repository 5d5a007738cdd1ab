package io.vxmeta.client;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.shardmap.Endpoint;
import io.vxmeta.shardmap.Epoch;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.Placement;
import io.vxmeta.shardmap.Revision;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.shardmap.ShardMap;
import io.vxmeta.shardmap.Token;
import java.util.List;
import org.junit.jupiter.api.Test;

/// How keys are read whose caller has tokens of other groups than the one that has the keys.
final class KeyShardsTest {
  private static final String CLUSTER = "keys";
  private static final ShardGroupId OWNER = new ShardGroupId(1);
  private static final ShardGroupId OTHER = new ShardGroupId(2);
  private static final ShardMap MAP =
      Placement.initial(
          CLUSTER,
          List.of(
              new Node(
                  new NodeId("node-1"),
                  "zone",
                  List.of(new Endpoint("127.0.0.1", 1)),
                  new Endpoint("127.0.0.1", 2),
                  new Endpoint("127.0.0.1", 3))),
          2,
          1);

  private static Consistency kept(ShardMap map, ShardId shard, ShardGroupId tokenOf, Epoch epoch) {
    Tokens tokens = new Tokens();
    tokens.observe(new Token(CLUSTER, tokenOf, new Revision(5), epoch));
    return new KeyShards(List.of(shard))
        .kept(new Consistency.AtLeast(tokens), map.groupOf(shard), map);
  }

  private static Epoch after(Epoch epoch) {
    return new Epoch(epoch.value() + 1);
  }

  private static boolean isLinearizable(Consistency consistency) {
    return consistency instanceof Consistency.Linearizable;
  }

  @Test
  void aTokenOfAnotherGroupSaysNothingOfAShardThatNeverMoved() {
    ShardId shard = MAP.shardsOf(OWNER).get(0);
    assertFalse(isLinearizable(kept(MAP, shard, OTHER, MAP.epoch())));
    assertFalse(isLinearizable(kept(MAP, shard, OWNER, MAP.epoch())));
  }

  @Test
  void itMayBeOfAShardThatMovedAndThenTheNewestIsRead() {
    ShardId shard = MAP.shardsOf(OWNER).get(0);
    ShardMap moved = MAP.with(shard, OTHER);
    assertTrue(isLinearizable(kept(moved, shard, OWNER, MAP.epoch())));
    assertFalse(isLinearizable(kept(moved, shard, OTHER, moved.epoch())));
  }

  /// The shard may have moved there and back since.
  @Test
  void aMapThatIsOlderThanATokenDoesNotKnowWhatMoved() {
    ShardId shard = MAP.shardsOf(OWNER).get(0);
    assertTrue(isLinearizable(kept(MAP, shard, OTHER, after(MAP.epoch()))));
  }
}
