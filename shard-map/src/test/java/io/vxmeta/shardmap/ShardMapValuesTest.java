package io.vxmeta.shardmap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShardMapValuesTest {

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1:7401", "[::1]:7401", "node-1.example:0", "h:65535"})
  void anEndpointReadsWhatItPrints(String text) {
    assertEquals(text, Endpoint.parse(text).toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ":1", "h", "h:", "h:x", "h:70000", "h:-1", "::1:7401", "a b:1"})
  void aMalformedEndpointIsRefused(String text) {
    assertThrows(IllegalArgumentException.class, () -> Endpoint.parse(text));
  }

  @Test
  void aTokenReadsWhatItPrints() {
    Token token = new Token("demo:1", new ShardGroupId(3), new Revision(17), new Epoch(4));
    assertEquals("demo:1:3:17@4", token.toString());
    assertEquals(token, Token.parse(token.toString()));
    Token ofUnknownEpoch = Token.parse("d@mo:3:17");
    assertEquals(
        new Token("d@mo", new ShardGroupId(3), new Revision(17), Epoch.NONE), ofUnknownEpoch);
    assertEquals(new Epoch(2), ofUnknownEpoch.since(new Epoch(2)).mapEpoch());
    assertEquals(token, token.since(new Epoch(2)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a",
        "a:1",
        ":1:2",
        "a:b:2",
        "a:1:b",
        "a:1:-2",
        "a:70000:1",
        "a:1:2@",
        "a:1:2@x",
        "a:1:2@-1",
        "a:1:@1"
      })
  void aMalformedTokenIsRefused(String text) {
    assertThrows(IllegalArgumentException.class, () -> Token.parse(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Node", "a_b", "a b"})
  void aMalformedNodeIdIsRefused(String text) {
    assertThrows(IllegalArgumentException.class, () -> new NodeId(text));
  }

  @Test
  void numbersOutOfRangeAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> new ShardId(129));
    assertThrows(IllegalArgumentException.class, () -> new ShardId(-1));
    assertThrows(IllegalArgumentException.class, () -> new ShardGroupId(-1));
    assertThrows(IllegalArgumentException.class, () -> new Epoch(-1));
    assertThrows(IllegalArgumentException.class, () -> new Revision(-1));
  }

  @Test
  void aMapThatDoesNotPlaceEveryShardIsRefused() {
    Endpoint endpoint = new Endpoint("h", 1);
    NodeId id = new NodeId("n");
    Node node = new Node(id, "", List.of(endpoint), endpoint, endpoint);
    List<Replica> replicas = List.of(new Replica(id, Replica.Role.VOTER));
    List<ShardGroup> groups =
        List.of(
            new ShardGroup(ShardGroupId.ROOT, replicas),
            new ShardGroup(new ShardGroupId(1), replicas));
    List<ShardGroupId> all = Collections.nCopies(ShardId.COUNT, new ShardGroupId(1));
    ShardMap map = new ShardMap("c", Epoch.FIRST, all, groups, List.of(node));
    assertEquals(ShardId.COUNT, map.shardsOf(new ShardGroupId(1)).size());

    assertRefused("127", () -> mapOf(all.subList(1, 128), groups, List.of(node)));
    assertRefused("group=1", () -> mapOf(all, groups.subList(0, 1), List.of(node)));
    assertRefused("root group", () -> mapOf(all, groups.subList(1, 2), List.of(node)));
    assertRefused("node=n", () -> mapOf(all, groups, List.of()));
    assertThrows(NoSuchElementException.class, () -> map.group(new ShardGroupId(2)));
  }

  @Test
  void aShardThatMovesIsInTheNextMapAndIsNotForgottenWhenItIsBack() {
    Endpoint endpoint = new Endpoint("h", 1);
    Node node = new Node(new NodeId("n"), "", List.of(endpoint), endpoint, endpoint);
    ShardMap before = Placement.initial("c", List.of(node), 2, 1);
    ShardId shard = before.shardsOf(new ShardGroupId(1)).get(0);
    ShardMap moved = before.with(shard, new ShardGroupId(2));
    assertEquals(new ShardGroupId(2), moved.groupOf(shard));
    assertEquals(before.epoch().next(), moved.epoch());
    assertEquals(
        ShardId.COUNT - 1,
        IntStream.range(0, ShardId.COUNT)
            .mapToObj(ShardId::new)
            .filter(each -> moved.groupOf(each).equals(before.groupOf(each)))
            .count());
    ShardMap back = moved.with(shard, new ShardGroupId(1)).with(node);
    assertEquals(new ShardGroupId(1), back.groupOf(shard));
    assertTrue(back.wasMoved(shard));
    assertFalse(back.wasMoved(before.shardsOf(new ShardGroupId(1)).get(1)));
    assertRefused("shard=", () -> assertEquals(back, back.with(shard, new ShardGroupId(3))));
    assertRefused("shard=", () -> assertEquals(back, back.with(shard, ShardGroupId.ROOT)));
  }

  private static void mapOf(List<ShardGroupId> shards, List<ShardGroup> groups, List<Node> nodes) {
    assertEquals("c", new ShardMap("c", Epoch.FIRST, shards, groups, nodes).clusterId());
  }

  private static void assertRefused(String fact, Runnable action) {
    String message =
        String.valueOf(assertThrows(IllegalArgumentException.class, action::run).getMessage());
    assertTrue(message.contains(fact), message);
  }
}
