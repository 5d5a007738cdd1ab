package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.client.Bytes;
import io.vxmeta.client.CallFailed;
import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.ClusterAdmin;
import io.vxmeta.client.ClusterAdmin.MoveOrder;
import io.vxmeta.client.Outcome;
import io.vxmeta.client.ReadOptions;
import io.vxmeta.client.StoredRecord;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.VxClient;
import io.vxmeta.client.WriteAnswer;
import io.vxmeta.client.v1.ReplicaStatus;
import io.vxmeta.shardmap.Epoch;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/// Replicas move between nodes that serve meanwhile, and back.
final class MovedReplicasTest {
  private static final ShardGroupId GROUP = new ShardGroupId(1);

  /// Of every group some.
  private static final int WRITES_MIN = 60;

  @TempDir private Path directory;
  private TestCluster cluster;
  private VxClient client;

  @BeforeEach
  void start() throws IOException {
    cluster = TestCluster.ofFour(directory);
    cluster.awaitReady();
    client = connect();
  }

  @AfterEach
  void stop() {
    client.close();
    cluster.close();
  }

  private VxClient connect() {
    return VxClient.connect(
        ClientConfig.of(cluster.clientEndpoints()).withDeadline(TestCluster.PATIENCE));
  }

  private ShardMap map(NodeId node) {
    return cluster.map(node);
  }

  private NodeId outsider(ShardGroup group) {
    return cluster.nodes().stream().filter(node -> !group.isOn(node)).findFirst().orElseThrow();
  }

  private boolean holds(NodeId node) {
    return cluster.status(node).getReplicasList().stream()
        .map(ReplicaStatus::getGroup)
        .anyMatch(group -> group == GROUP.value());
  }

  private Path state(NodeId node) {
    return directory.resolve(node.value()).resolve("groups").resolve(GROUP.toString());
  }

  /// Of the group that the node gave up.
  private Path keptVote(NodeId node) {
    return directory
        .resolve(node.value())
        .resolve("votes")
        .resolve(GROUP.toString())
        .resolve("raft-meta");
  }

  private void move(NodeId from, NodeId to) {
    assertEquals(MoveOrder.ORDERED, client.admin().moveReplica(GROUP, from, to));
    awaitMoved(from, to);
  }

  private void awaitMoved(NodeId from, NodeId to) {
    for (NodeId node : cluster.nodes()) {
      TestCluster.await(
          "the map of " + node + " to say that " + to + " has what " + from + " had",
          () -> map(node).group(GROUP).isOn(to) && !map(node).group(GROUP).isOn(from));
    }
    TestCluster.await(from + " to delete its replica", () -> !Files.exists(state(from)));
    assertTrue(holds(to));
    assertFalse(holds(from));
  }

  /// Writes one key after the other, each once acknowledged, until it is told to end.
  private static final class Writer implements AutoCloseable {
    private final VxClient client;
    private final AtomicInteger acknowledged = new AtomicInteger();
    private final Thread thread = Thread.ofPlatform().name("writer").unstarted(this::run);
    private volatile boolean ended;

    Writer(VxClient client) {
      this.client = client;
    }

    Writer begin() {
      thread.start();
      return this;
    }

    private void run() {
      while (!ended) {
        int number = acknowledged.get();
        Outcome<WriteAnswer> outcome =
            client.write(
                Transaction.put("default", key(number), Bytes.number(number)),
                TestCluster.PATIENCE);
        if (outcome instanceof Outcome.Done<WriteAnswer>) {
          acknowledged.incrementAndGet();
        }
      }
    }

    private static Bytes key(int number) {
      return Bytes.utf8("moved/" + number);
    }

    void awaitMore() {
      int wanted = acknowledged.get() + WRITES_MIN;
      TestCluster.await("more writes", () -> acknowledged.get() >= wanted);
    }

    void assertAllThere(VxClient reader) {
      List<Bytes> keys = IntStream.range(0, acknowledged.get()).mapToObj(Writer::key).toList();
      for (int from = 0; from < keys.size(); from += 100) {
        List<Bytes> some = keys.subList(from, Math.min(keys.size(), from + 100));
        List<Optional<Bytes>> found =
            reader
                .read("default", some, ReadOptions.linearizable().within(TestCluster.PATIENCE))
                .records()
                .stream()
                .map(record -> record.map(StoredRecord::value))
                .toList();
        int first = from;
        assertEquals(
            IntStream.range(0, some.size())
                .mapToObj(i -> Optional.of(Bytes.number(first + i)))
                .toList(),
            found);
      }
    }

    @Override
    public void close() {
      ended = true;
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Test
  void aReplicaMovesAndComesBackUnderWritesAndNothingIsLost() throws Exception {
    NodeId from = cluster.awaitLeader(GROUP.value(), cluster.nodes());
    NodeId to = outsider(map(from).group(GROUP));
    Writer writer = new Writer(client).begin();
    try (writer) {
      writer.awaitMore();
      move(from, to);
      writer.awaitMore();
      writer.assertAllThere(client);
    }
    client.close();
    cluster.stopAll();
    cluster.startAll();
    cluster.awaitReady();
    client = connect();
    assertTrue(holds(to));
    assertFalse(holds(from));
    writer.assertAllThere(client);

    assertTrue(Files.exists(keptVote(from)));
    move(to, from);
    writer.assertAllThere(client);
    assertEquals(List.of(), cluster.takeFatal());
  }

  @Test
  void aMoveToANodeThatIsDownIsCalledOff() {
    NodeId from = cluster.awaitLeader(GROUP.value(), cluster.nodes());
    ShardMap before = map(from);
    NodeId to = outsider(before.group(GROUP));
    ClusterAdmin admin = client.admin();
    cluster.stop(to);
    assertEquals(MoveOrder.ORDERED, admin.moveReplica(GROUP, from, to));
    assertEquals(MoveOrder.UNDER_WAY_ALREADY, admin.moveReplica(GROUP, from, to));
    NodeId other =
        before.group(GROUP).voters().stream()
            .filter(voter -> !voter.equals(from))
            .findFirst()
            .orElseThrow();
    CallFailed second = assertThrows(CallFailed.class, () -> admin.moveReplica(GROUP, other, to));
    assertEquals("MOVE_UNDER_WAY", second.reason());
    TestCluster.await(
        "the leader to say what it does",
        () -> cluster.running().stream().anyMatch(node -> !step(node).isEmpty()));
    assertEquals(Optional.of(to), admin.cancelMove(GROUP).to());
    for (NodeId node : cluster.running()) {
      TestCluster.await(
          node + " to forget the order", () -> cluster.status(node).getMovesCount() == 0);
      assertEquals(before.group(GROUP), map(node).group(GROUP));
    }
    Epoch now = map(from).epoch();
    assertEquals(before.epoch(), now);
  }

  private String step(NodeId node) {
    return cluster.status(node).getMovesList().stream()
        .map(move -> move.getStep())
        .findFirst()
        .orElse("");
  }

  @Test
  void ordersThatCanNotBeCarriedOutAreRefusedByName() {
    ShardGroup group = map(cluster.nodes().getFirst()).group(GROUP);
    NodeId inside = group.voters().getFirst();
    NodeId outside = outsider(group);
    ClusterAdmin admin = client.admin();
    assertEquals(MoveOrder.DONE_ALREADY, admin.moveReplica(GROUP, outside, inside));
    assertRefused(
        "a node without a replica", () -> admin.moveReplica(GROUP, inside, group.voters().get(1)));
    assertRefused("one of", () -> admin.moveReplica(GROUP, inside, new NodeId("node-9")));
    assertRefused("root group", () -> admin.moveReplica(ShardGroupId.ROOT, inside, outside));
    assertRefused("is being moved", () -> admin.cancelMove(GROUP));
  }

  @Test
  void nothingMovesWhileANodeRunsABuildThatDoesNotKnowOfMoves() {
    ShardGroup group = map(cluster.nodes().getFirst()).group(GROUP);
    NodeId root = cluster.awaitLeader(ShardGroupId.ROOT.value(), cluster.nodes());
    NodeId earlier =
        cluster.nodes().stream().filter(node -> !node.equals(root)).findFirst().orElseThrow();
    cluster.makeEarlier(earlier);
    NodeId inside = group.voters().getFirst();
    NodeId outside = outsider(group);
    ClusterAdmin admin = client.admin();
    assertRefused(earlier.value(), () -> admin.moveReplica(GROUP, inside, outside));
    cluster.nodes().forEach(node -> assertEquals(0, cluster.status(node).getMovesCount()));
  }

  private static void assertRefused(String words, Executable order) {
    CallFailed refused = assertThrows(CallFailed.class, order);
    assertEquals("INVALID_REQUEST", refused.reason());
    assertTrue(String.valueOf(refused.getMessage()).contains(words), refused::toString);
  }
}
