package io.vxmeta.client.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Metadata;
import io.vxmeta.client.v1.ShardMapMessage;
import io.vxmeta.shardmap.Endpoint;
import io.vxmeta.shardmap.Epoch;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.Placement;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.shardmap.ShardMap;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WireAgreementTest {

  private static ShardMap map(int nodes) {
    return Placement.initial(
        "demo",
        IntStream.rangeClosed(1, nodes)
            .mapToObj(i ->
                new Node(
                    new NodeId("node-" + i),
                    i % 2 == 0 ? "" : "a",
                    List.of(new Endpoint("::1", 7400 + i), new Endpoint("h", 7410 + i)),
                    new Endpoint("h", 7600 + i),
                    new Endpoint("h", 7500 + i)))
            .toList(),
        4,
        3);
  }

  @Test
  void aShardMapSurvivesTheWire() throws Exception {
    ShardMap map = map(5).with(new NodeId("node-4"), Node.Duty.DRAINING);
    byte[] bytes = ShardMapCodec.encode(map).toByteArray();
    assertEquals(map, ShardMapCodec.decode(ShardMapMessage.parseFrom(bytes)));
  }

  @Test
  void nodesOfAMapThatNamesNoDutyServe() {
    ShardMapMessage.Builder old = ShardMapCodec.encode(map(3)).toBuilder();
    old.getNodesBuilderList().forEach(node -> node.clearDuty());
    assertEquals(map(3), ShardMapCodec.decode(old.build()));
  }

  @Test
  void anUnsoundShardMapIsRefused() {
    ShardMapMessage sound = ShardMapCodec.encode(map(3));
    assertThrows(
        IllegalArgumentException.class,
        () -> ShardMapCodec.decode(sound.toBuilder().clearGroupOfShard().build()));
    assertThrows(
        IllegalArgumentException.class,
        () -> ShardMapCodec.decode(sound.toBuilder().clearNodes().build()));
    assertThrows(
        IllegalArgumentException.class,
        () -> ShardMapCodec.decode(ShardMapMessage.getDefaultInstance()));
  }

  @Test
  void headersReadWhatTheyWrite() {
    Metadata headers = CallHeaders.of(new ShardId(127), new Epoch(9));
    assertEquals(Optional.of(new ShardId(127)), CallHeaders.shard(headers));
    assertEquals(Optional.of(new Epoch(9)), CallHeaders.mapEpoch(headers));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "128", "-1", "+1", "1.5", "x", "99999999999999999999"})
  void aHeaderThatIsNotADataShardReadsAsNone(String text) {
    Metadata headers = new Metadata();
    assertEquals(Optional.empty(), CallHeaders.shard(headers));
    headers.put(CallHeaders.SHARD, text);
    assertEquals(Optional.empty(), CallHeaders.shard(headers));
  }

  @Test
  void reasonsAreFoundByTheirWireNames() {
    for (ErrorReason reason : ErrorReason.values()) {
      assertEquals(Optional.of(reason), ErrorReason.named(reason.name()));
    }
    assertTrue(ErrorReason.named("FROM_THE_FUTURE").isEmpty());
  }
}
