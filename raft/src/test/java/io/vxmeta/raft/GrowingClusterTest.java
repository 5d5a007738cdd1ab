package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.client.Bytes;
import io.vxmeta.client.CallFailed;
import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.ClusterAdmin.DutyChange;
import io.vxmeta.client.ClusterAdmin.MoveOrder;
import io.vxmeta.client.ReadOptions;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.VxClient;
import io.vxmeta.client.grpc.ErrorReason;
import io.vxmeta.shardmap.Endpoint;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/// Nodes join a cluster that runs, take over what others have, and leave it.
final class GrowingClusterTest {
  private static final int KEYS = 40;

  @TempDir private Path directory;
  private TestCluster cluster;
  private VxClient client;

  @BeforeEach
  void start() throws IOException {
    cluster = TestCluster.ofThree(directory);
    cluster.awaitReady();
    client =
        VxClient.connect(
            ClientConfig.of(cluster.clientEndpoints()).withDeadline(TestCluster.PATIENCE));
    for (int key = 0; key < KEYS; key++) {
      var _ =
          client
              .write(Transaction.put("default", key(key), Bytes.number(key)), TestCluster.PATIENCE)
              .orThrow();
    }
  }

  @AfterEach
  void stop() {
    client.close();
    cluster.close();
  }

  private static Bytes key(int number) {
    return Bytes.utf8("grown/" + number);
  }

  private void readAll() {
    for (int key = 0; key < KEYS; key++) {
      int wanted = key;
      assertTrue(
          client
              .read("default", List.of(key(key)), ReadOptions.linearizable())
              .records()
              .getFirst()
              .filter(record -> record.value().equals(Bytes.number(wanted)))
              .isPresent(),
          () -> "key " + wanted);
    }
  }

  private ShardMap map() {
    return client.admin().askShardMap();
  }

  private Node joined() throws IOException {
    Node node = cluster.newcomer();
    assertEquals(DutyChange.CHANGED, client.admin().joinNode(node).change());
    cluster.start(node.id());
    TestCluster.await(
        node.id() + " to have joined", () -> map().group(ShardGroupId.ROOT).isOn(node.id()));
    return node;
  }

  /// By the map of every node, each of which may be asked next.
  private void awaitDuty(NodeId node, Node.Duty duty) {
    TestCluster.await(
        node + " to be " + duty,
        () ->
            cluster.running().stream()
                .allMatch(asked ->
                    cluster
                        .map(asked)
                        .findNode(node)
                        .map(Node::duty)
                        .filter(duty::equals)
                        .isPresent()));
    assertEquals(duty, map().node(node).duty());
  }

  private void awaitLeft(NodeId node) {
    TestCluster.await(node + " to have left", () -> map().findNode(node).isEmpty());
  }

  /// Two come, two go, each of which has led something; all data is where it should be, also after
  /// everybody has started again.
  @EnabledIfSystemProperty(
      named = "vx.long",
      matches = "true",
      disabledReason = "GrowingClusterIT has nodes that are processes come and go")
  @Test
  void nodesComeAndGo() throws Exception {
    Node fourth = joined();
    Node fifth = joined();
    List<NodeId> leave = cluster.nodes().subList(0, 2);
    assertEquals(
        MoveOrder.ORDERED,
        client.admin().removeNode(leave.get(0), Optional.of(fourth.id())).order());
    awaitLeft(leave.get(0));
    for (ShardGroup group : map().dataGroups()) {
      assertTrue(group.isOn(fourth.id()), () -> "successor of " + group);
    }
    assertEquals(
        MoveOrder.ORDERED, client.admin().removeNode(leave.get(1), Optional.empty()).order());
    awaitLeft(leave.get(1));
    for (NodeId node : leave) {
      assertEquals(
          MoveOrder.DONE_ALREADY, client.admin().removeNode(node, Optional.empty()).order());
      cluster.node(node).left().join();
      cluster.stop(node);
      IOException refused = assertThrows(IOException.class, () -> startWrapped(node));
      assertTrue(String.valueOf(refused.getMessage()).contains("has left the cluster"));
    }
    readAll();
    assertEquals(
        List.of(cluster.nodes().get(2), fourth.id(), fifth.id()),
        map().nodes().stream().map(Node::id).toList());
    assertEquals(3, map().group(ShardGroupId.ROOT).voters().size());

    List<NodeId> stay = cluster.nodes().subList(2, 5);
    stay.forEach(cluster::stop);
    for (NodeId node : stay) {
      cluster.start(node);
    }
    readAll();
  }

  private void startWrapped(NodeId node) throws IOException {
    try {
      cluster.start(node);
    } catch (NodeDirectory.Unusable refused) {
      throw new IOException(refused.getMessage(), refused);
    }
  }

  /// Who is not announced waits, whose disk was lost is refused, and no name is given twice.
  @Test
  void aNameBelongsToOneDataDirectory() throws Exception {
    Node node = cluster.newcomer();
    CompletableFuture<Void> start = startAside(node.id());
    assertFailed(
        ErrorReason.NODE_UNKNOWN, () -> client.admin().admitNode(map().clusterId(), node, uuid(1)));
    assertFalse(start.isDone());
    assertEquals(DutyChange.CHANGED, client.admin().joinNode(node).change());
    start.join();
    TestCluster.await("it to join", () -> map().group(ShardGroupId.ROOT).isOn(node.id()));
    assertEquals(DutyChange.WAS_SO_ALREADY, client.admin().joinNode(node).change());

    assertFailed(
        ErrorReason.INVALID_REQUEST, () -> client.admin().admitNode("other", node, uuid(1)));
    assertFailed(
        ErrorReason.INVALID_REQUEST,
        () -> client.admin().admitNode(map().clusterId(), node, uuid(1)));
    Node founder = map().node(cluster.nodes().getFirst());
    assertFailed(
        ErrorReason.INVALID_REQUEST,
        () -> client.admin().admitNode(map().clusterId(), founder, uuid(1)));
    cluster.stop(node.id());
    wipe(directory.resolve(node.id().value()));
    CompletionException lost =
        assertThrows(CompletionException.class, () -> startAside(node.id()).join());
    assertTrue(String.valueOf(lost.getMessage()).contains("must not come back empty"));

    var _ = client.admin().removeNode(node.id(), Optional.empty());
    awaitLeft(node.id());
    assertFailed(ErrorReason.INVALID_REQUEST, () -> client.admin().joinNode(node));
    assertFailed(
        ErrorReason.INVALID_REQUEST,
        () -> client.admin().admitNode(map().clusterId(), node, uuid(2)));
  }

  /// Who was announced and never came can be taken back, and so can who has just been told to
  /// leave.
  @Test
  void whatWasOrderedCanBeTakenBack() throws Exception {
    Node never = cluster.newcomer();
    var _ = client.admin().joinNode(never);
    awaitDuty(never.id(), Node.Duty.JOINING);
    assertFailed(
        ErrorReason.INVALID_REQUEST,
        () -> client.admin().setNodeDuty(never.id(), Node.Duty.SERVING));
    assertFailed(
        ErrorReason.NODE_NEEDED,
        () -> client.admin().removeNode(cluster.nodes().getFirst(), Optional.empty()));
    var _ = client.admin().removeNode(never.id(), Optional.empty());
    awaitLeft(never.id());

    Node came = joined();
    NodeId leaving = cluster.nodes().getFirst();
    cluster.stop(came.id());
    takeBackWhatWouldComeToWhoLeaves(leaving, joined());
    assertEquals(
        MoveOrder.ORDERED, client.admin().removeNode(leaving, Optional.of(came.id())).order());
    assertEquals(
        MoveOrder.UNDER_WAY_ALREADY,
        client.admin().removeNode(leaving, Optional.of(came.id())).order());
    awaitDuty(leaving, Node.Duty.LEAVING);
    assertFailed(
        ErrorReason.INVALID_REQUEST, () -> client.admin().setNodeDuty(leaving, Node.Duty.DRAINING));
    assertEquals(
        DutyChange.CHANGED, client.admin().setNodeDuty(leaving, Node.Duty.SERVING).change());
    for (ShardGroup group : map().dataGroups()) {
      assertTrue(group.isOn(leaving), () -> "still on " + group);
    }
    cluster.start(came.id());
    readAll();
  }

  /// A move to a node that is down ends when that one leaves, and so does its leaving.
  private void takeBackWhatWouldComeToWhoLeaves(NodeId from, Node down) {
    cluster.stop(down.id());
    ShardGroupId group = map().dataGroups().getFirst().id();
    assertEquals(MoveOrder.ORDERED, client.admin().moveReplica(group, from, down.id()));
    assertEquals(MoveOrder.ORDERED, client.admin().removeNode(down.id(), Optional.empty()).order());
    awaitLeft(down.id());
    assertTrue(map().group(group).isOn(from));
  }

  @Test
  void whatMeansNothingIsRefused() {
    Node founder = map().node(cluster.nodes().getFirst());
    Node sameAddresses =
        new Node(
            new NodeId("node-9"),
            "",
            founder.clientEndpoints(),
            new Endpoint("127.0.0.1", 1),
            new Endpoint("127.0.0.1", 2));
    assertFailed(ErrorReason.INVALID_REQUEST, () -> client.admin().joinNode(sameAddresses));
    Node noHost =
        new Node(
            new NodeId("node-9"),
            "",
            List.of(new Endpoint("vx_node", 3)),
            new Endpoint("127.0.0.1", 1),
            new Endpoint("127.0.0.1", 2));
    assertFailed(ErrorReason.INVALID_REQUEST, () -> client.admin().joinNode(noHost));
    Node elsewhere =
        new Node(
            founder.id(),
            founder.zone(),
            List.of(new Endpoint("127.0.0.1", 3)),
            new Endpoint("127.0.0.1", 1),
            new Endpoint("127.0.0.1", 2));
    assertFailed(ErrorReason.INVALID_REQUEST, () -> client.admin().joinNode(elsewhere));
    assertFailed(
        ErrorReason.INVALID_REQUEST,
        () -> client.admin().removeNode(new NodeId("node-9"), Optional.empty()));
    assertFailed(
        ErrorReason.INVALID_REQUEST,
        () -> client.admin().removeNode(founder.id(), Optional.of(founder.id())));
  }

  private static void assertFailed(ErrorReason reason, Executable call) {
    CallFailed failed = assertThrows(CallFailed.class, call);
    assertTrue(failed.is(reason), failed::text);
  }

  private static String uuid(int number) {
    return new UUID(0, number).toString();
  }

  private CompletableFuture<Void> startAside(NodeId node) {
    CompletableFuture<Void> started = new CompletableFuture<>();
    var _ =
        Thread.ofPlatform()
            .name("start-" + node)
            .start(() -> {
              try {
                cluster.start(node);
                started.complete(null);
              } catch (IOException | RuntimeException e) {
                started.completeExceptionally(e);
              }
            });
    return started;
  }

  private static void wipe(Path data) throws IOException {
    try (Stream<Path> all = Files.walk(data)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
