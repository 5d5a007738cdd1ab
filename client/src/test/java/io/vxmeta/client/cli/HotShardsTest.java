package io.vxmeta.client.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import io.vxmeta.client.ClusterAdmin.GroupUsage;
import io.vxmeta.client.ClusterAdmin.ShardUsage;
import io.vxmeta.client.cli.HotShards.Look;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardId;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Which shards are hot between two looks, and when nobody can tell.
final class HotShardsTest {
  private static final ShardGroupId ONE = new ShardGroupId(1);
  private static final ShardGroupId TWO = new ShardGroupId(2);

  /// Of shards `first`, `first + 1` and so on.
  private static Look look(
      ShardGroupId group, String node, long seconds, int first, long... changes) {
    List<ShardUsage> shards =
        IntStream.range(0, changes.length)
            .mapToObj(i -> new ShardUsage(new ShardId(first + i), changes[i], 3, 300, 2, 1))
            .toList();
    return new Look(
        group, new GroupUsage(new NodeId(node), shards), TimeUnit.SECONDS.toNanos(seconds));
  }

  private static List<Integer> order(HotShards hot) {
    return hot.shards().stream().map(ShardId::value).toList();
  }

  private static JsonArray json(HotShards hot) {
    return Json.tree(hot.listing().document()).getAsJsonArray();
  }

  private static List<Boolean> ratesKnown(HotShards hot) {
    return json(hot).asList().stream()
        .map(JsonElement::getAsJsonObject)
        .map(row -> row.has("changes_per_second"))
        .toList();
  }

  @Test
  void theBusiestShardsOfAllGroupsComeFirst() {
    HotShards hot =
        HotShards.between(
            Arrays.asList(look(ONE, "node-1", 10, 0, 100, 100), look(TWO, "node-2", 10, 2, 0, 9)),
            Arrays.asList(
                look(ONE, "node-1", 12, 0, 110, 100), look(TWO, "node-2", 14, 2, 400, 9)));
    assertEquals(List.of(2, 0, 1, 3), order(hot));
    assertEquals(100.0, json(hot).get(0).getAsJsonObject().get("changes_per_second").getAsDouble());
    assertEquals(5.0, json(hot).get(1).getAsJsonObject().get("changes_per_second").getAsDouble());
    assertEquals(List.of("shard/2", "shard/0", "shard/1", "shard/3"), hot.listing().names());
  }

  @Test
  void aLeadThatMovedLeavesTheRateUnknown() {
    HotShards hot =
        HotShards.between(
            List.of(look(ONE, "node-1", 10, 0, 100)), List.of(look(ONE, "node-2", 12, 0, 900)));
    assertEquals(List.of(false), ratesKnown(hot));
    assertTrue(Json.tree(hot.listing().document()).toString().contains("node-2"));
  }

  @Test
  void aTableThatWasMadeAnewLeavesTheRateUnknown() {
    HotShards hot =
        HotShards.between(
            List.of(look(ONE, "node-1", 10, 0, 100, 5)),
            List.of(look(ONE, "node-1", 12, 0, 99, 5)));
    assertEquals(List.of(false, true), ratesKnown(hot));
  }

  @Test
  void aShardThatCameMeanwhileHasNoRateYet() {
    HotShards hot =
        HotShards.between(
            List.of(look(ONE, "node-1", 10, 0, 1)), List.of(look(ONE, "node-1", 12, 0, 1, 50)));
    assertEquals(List.of(true, false), ratesKnown(hot));
  }
}
