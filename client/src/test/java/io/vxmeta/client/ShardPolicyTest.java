package io.vxmeta.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.AbstractStub;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.vxmeta.client.balancer.ReplicaChoice;
import io.vxmeta.client.grpc.CallHeaders;
import io.vxmeta.client.v1.ClusterAdminGrpc;
import io.vxmeta.client.v1.GetShardMapRequest;
import io.vxmeta.client.v1.MetadataStoreGrpc;
import io.vxmeta.client.v1.ReadRequest;
import io.vxmeta.client.v1.ReadResponse;
import io.vxmeta.client.v1.WriteOutcome;
import io.vxmeta.client.v1.WriteRequest;
import io.vxmeta.client.v1.WriteResponse;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardHash;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Plain stubs on a channel to `vxmeta:///...`, against three servers that count who was asked
/// what.
class ShardPolicyTest {

  private static final int ACCEPT_TIMEOUT_MS = 30_000;
  private static final int GROUPS = 3;

  /// Of calls that may run out.
  private static final int TRIES_MAX = 20;

  private final ScriptedCluster cluster = new ScriptedCluster(GROUPS);
  private final ProducerIdentity producer = ProducerIdentity.random(new java.util.Random());
  private long sequence;
  private ManagedChannel channel = connect(seeds());

  @AfterEach
  void close() {
    channel.shutdownNow();
    cluster.close();
  }

  private static ManagedChannel connect(String target) {
    return Grpc.newChannelBuilder(target, InsecureChannelCredentials.create()).build();
  }

  private String seeds() {
    return "vxmeta:///"
        + cluster.map().nodes().stream()
            .map(node -> node.clientEndpoints().get(0).toString())
            .collect(Collectors.joining(","));
  }

  private void reconnect(String target) {
    channel.shutdownNow();
    channel = connect(target);
  }

  private Bytes keyOf(int group) {
    return IntStream.range(0, 100_000)
        .mapToObj(i -> Bytes.utf8("k" + i))
        .filter(key -> groupOf(key).value() == group)
        .findFirst()
        .orElseThrow();
  }

  private static <S extends AbstractStub<S>> S aimed(S stub, Bytes key) {
    Metadata headers = new Metadata();
    headers.put(CallHeaders.SHARD, ShardHash.shardOf("default", key.toArray()).toString());
    return stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
        .withWaitForReady()
        .withDeadlineAfter(30, TimeUnit.SECONDS);
  }

  private static ReadRequest request(Bytes key) {
    return ReadRequest.newBuilder()
        .setNamespace("default")
        .addKeys(MessageCodec.encode(key))
        .build();
  }

  private ReadResponse read(Bytes key, ReplicaChoice choice) {
    return aimed(MetadataStoreGrpc.newBlockingStub(channel), key)
        .withOption(ReplicaChoice.OPTION, choice)
        .read(request(key));
  }

  private WriteRequest put(Bytes key) {
    return MessageCodec.writeRequest(
        Transaction.put("default", key, Bytes.utf8("v")), producer, groupOf(key), ++sequence);
  }

  private ShardGroupId groupOf(Bytes key) {
    return cluster.map().groupOf(ShardHash.shardOf("default", key.toArray()));
  }

  private WriteResponse write(Bytes key) {
    WriteRequest request = put(key);
    return aimed(MetadataStoreGrpc.newBlockingStub(channel), key).write(request);
  }

  /// Until somebody takes it, under one sequence.
  private WriteResponse patientlyWrite(Bytes key) {
    while (true) {
      try {
        return write(key);
      } catch (StatusRuntimeException failure) {
        assertEquals(Status.Code.UNAVAILABLE, failure.getStatus().getCode());
        sequence--;
      }
    }
  }

  private int maps(ScriptedNode node) {
    return node.mapsGiven.get();
  }

  /// Until every node that runs has been reached: before, calls go to whoever is connected first.
  private void warmUp(List<ScriptedNode> running) {
    Map<NodeId, Integer> before = new HashMap<>();
    running.forEach(node -> before.put(node.id, maps(node)));
    while (running.stream().anyMatch(node -> maps(node) < before.getOrDefault(node.id, 0) + 3)) {
      var unused =
          ClusterAdminGrpc.newBlockingStub(channel)
              .withWaitForReady()
              .withDeadlineAfter(30, TimeUnit.SECONDS)
              .getShardMap(GetShardMapRequest.getDefaultInstance());
    }
  }

  private Map<NodeId, Integer> reads() {
    return cluster.nodes.stream()
        .filter(node -> !node.readsSeen.isEmpty())
        .collect(Collectors.toMap(node -> node.id, node -> node.readsSeen.size()));
  }

  private NodeId leader(int group) {
    return cluster.leader(new ShardGroupId(group));
  }

  @Test
  void callsGoToTheLeadersOfTheirShards() {
    warmUp(cluster.nodes);
    for (int group = 1; group <= GROUPS; group++) {
      for (int i = 0; i < 5; i++) {
        assertEquals(
            leader(group).value(),
            read(keyOf(group), ReplicaChoice.LEADER).getFreshness().getNode());
      }
      assertEquals(WriteOutcome.APPLIED, write(keyOf(group)).getOutcome());
      assertEquals(leader(group).value(), write(keyOf(group)).getFreshness().getNode());
    }
    assertEquals(2 * GROUPS, cluster.nodes.stream().mapToInt(n -> n.writesSeen.size()).sum());
  }

  @Test
  void aRedirectIsFollowedInsideTheCallAndRemembered() {
    warmUp(cluster.nodes);
    ScriptedNode follower = cluster.followerOf(1);
    cluster.lead(1, follower.id);
    assertEquals(follower.id.value(), write(keyOf(1)).getFreshness().getNode());
    int asked = cluster.nodes.stream().mapToInt(node -> node.writesSeen.size()).sum();
    assertEquals(2, asked, "one redirect");
    assertEquals(follower.id.value(), write(keyOf(1)).getFreshness().getNode());
    assertEquals(2, follower.writesSeen.size(), "the leader is remembered");
    assertEquals(2, cluster.state.applied(1).size(), "and each write applied once");
  }

  @Test
  void readsOfAnyReplicaGoToTheZoneOfTheChannel() {
    reconnect(seeds() + "?zone=z2");
    warmUp(cluster.nodes);
    for (int i = 0; i < 12; i++) {
      read(keyOf(1 + i % GROUPS), ReplicaChoice.NEAREST);
    }
    assertEquals(Map.of(new NodeId("node-2"), 12), reads());
  }

  @Test
  void amongEqualsABusyNodeIsSpared() throws Exception {
    warmUp(cluster.nodes);
    CountDownLatch arrived = new CountDownLatch(1);
    cluster.nodes.forEach(node -> node.reads.add(new ScriptedNode.Hang(arrived)));
    aimed(MetadataStoreGrpc.newStub(channel), keyOf(1))
        .withOption(ReplicaChoice.OPTION, ReplicaChoice.NEAREST)
        .read(request(keyOf(1)), new Unheard<>());
    arrived.await();
    cluster.nodes.forEach(node -> node.reads.clear());
    NodeId busy = reads().keySet().iterator().next();
    for (int i = 0; i < 30; i++) {
      read(keyOf(1), ReplicaChoice.NEAREST);
    }
    assertEquals(1, reads().get(busy), "only the one it is busy with");
    assertEquals(3, reads().size(), "the others share the rest");
  }

  private static final class Unheard<A> implements StreamObserver<A> {
    @Override
    public void onNext(A answer) {}

    @Override
    public void onError(Throwable failure) {}

    @Override
    public void onCompleted() {}
  }

  @Test
  void aNodeThatGoesAwayIsPassedOverAndComesBack() {
    warmUp(cluster.nodes);
    NodeId gone = leader(1);
    ScriptedNode next = cluster.followerOf(1);
    cluster.lead(1, next.id);
    cluster.kill(gone);
    assertEquals(next.id.value(), write(keyOf(1)).getFreshness().getNode());
    for (int i = 0; i < 30; i++) {
      read(keyOf(1), ReplicaChoice.NEAREST);
    }
    assertEquals(30, reads().values().stream().mapToInt(Integer::intValue).sum());
    cluster.start(gone);
    cluster.lead(1, gone);
    assertEquals(gone.value(), patientlyWrite(keyOf(1)).getFreshness().getNode());
  }

  @Test
  void aNodeWhosePortTakesAConnectionAndAnswersNothingComesBack() throws IOException {
    warmUp(cluster.nodes);
    NodeId gone = leader(1);
    int port = cluster.map().node(gone).clientEndpoints().get(0).port();
    cluster.kill(gone);
    List<Socket> taken = connectionsTo(port);
    try {
      cluster.start(gone);
      cluster.lead(1, gone);
      assertEquals(gone.value(), patientlyWrite(keyOf(1)).getFreshness().getNode());
      assertTrue(taken.stream().noneMatch(Socket::isClosed));
    } finally {
      for (Socket each : taken) {
        each.close();
      }
    }
  }

  /// Two: one may be of a question for the shard map, the other, or both, are the policy's own.
  private static List<Socket> connectionsTo(int port) throws IOException {
    try (ServerSocket mute = new ServerSocket(port, 2, InetAddress.getLoopbackAddress())) {
      mute.setSoTimeout(ACCEPT_TIMEOUT_MS);
      return List.of(mute.accept(), mute.accept());
    }
  }

  @Test
  void aLeaderThatLetsCallsRunOutIsTurnedFrom() {
    warmUp(cluster.nodes);
    ScriptedNode silent = cluster.leaderOf(1);
    for (int i = 0; i < TRIES_MAX; i++) {
      silent.writes.add(new ScriptedNode.Hang(new CountDownLatch(1)));
    }
    WriteRequest request = put(keyOf(1));
    assertEquals(Optional.empty(), briefly(request));
    ScriptedNode next = cluster.followerOf(1);
    cluster.lead(1, next.id);
    Optional<WriteResponse> answer = Optional.empty();
    for (int i = 1; i < TRIES_MAX && answer.isEmpty(); i++) {
      answer = briefly(request);
    }
    assertEquals(
        Optional.of(next.id.value()), answer.map(response -> response.getFreshness().getNode()));
  }

  /// Empty when the call ran out.
  private Optional<WriteResponse> briefly(WriteRequest request) {
    try {
      return Optional.of(
          aimed(MetadataStoreGrpc.newBlockingStub(channel), keyOf(1))
              .withDeadlineAfter(500, TimeUnit.MILLISECONDS)
              .write(request));
    } catch (StatusRuntimeException failure) {
      assertEquals(Status.Code.DEADLINE_EXCEEDED, failure.getStatus().getCode());
      return Optional.empty();
    }
  }

  @Test
  void aMapThatANodeCallsOutOfDateIsFetchedAndTheCallTriedAgain() {
    warmUp(cluster.nodes);
    write(keyOf(1));
    cluster.raiseEpoch();
    assertEquals(leader(1).value(), read(keyOf(1), ReplicaChoice.LEADER).getFreshness().getNode());
    assertEquals(WriteOutcome.APPLIED, write(keyOf(1)).getOutcome());
  }

  @Test
  void anySeedWillDo() throws IOException {
    int nobody;
    try (ServerSocket taken = new ServerSocket(0)) {
      nobody = taken.getLocalPort();
    }
    reconnect(
        "vxmeta:///127.0.0.1:"
            + nobody
            + ","
            + cluster.map().nodes().iterator().next().clientEndpoints().get(0));
    assertEquals(WriteOutcome.APPLIED, write(keyOf(2)).getOutcome());
  }

  @Test
  void withoutAnyNodeACallFailsAndSaysWhatWasAsked() {
    String seeds = seeds();
    cluster.nodes.forEach(node -> cluster.kill(node.id));
    reconnect(seeds);
    StatusRuntimeException failure =
        assertThrows(
            StatusRuntimeException.class,
            () -> MetadataStoreGrpc.newBlockingStub(channel).read(request(keyOf(1))));
    assertEquals(Status.Code.UNAVAILABLE, failure.getStatus().getCode());
    String text = String.valueOf(failure.getStatus().getDescription());
    assertTrue(text.contains("vxmeta:///127.0.0.1"), text);
  }

  @Test
  void aRefusalThatStandsIsNotTriedAgain() {
    warmUp(cluster.nodes);
    StatusRuntimeException failure =
        assertThrows(
            StatusRuntimeException.class,
            () ->
                aimed(MetadataStoreGrpc.newBlockingStub(channel), keyOf(1))
                    .read(request(keyOf(1)).toBuilder().setNamespace("nowhere").build()));
    assertEquals(Status.Code.NOT_FOUND, failure.getStatus().getCode());
    assertEquals(Map.of(leader(1), 1), reads());
  }

  @Test
  void aTargetWithoutNodesIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> connect("vxmeta:///"));
  }
}
