package io.vxmeta.chaos.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.client.Bytes;
import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.StoredRecord;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.VxClient;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A node that can not serve says why in one line, and its exit code says what kind of trouble it
/// is.
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class RefusedStartIT {
  private static final Duration PATIENCE = Duration.ofSeconds(150);
  private static final NodeId NODE = new NodeId("node-1");
  private static final Bytes KEY = Bytes.utf8("key");
  private static final Bytes VALUE = Bytes.utf8("value");
  private static final int BAD_CONFIGURATION = 2;
  private static final int COULD_NOT_START = 1;

  @TempDir Path folder;

  @Test
  void dataOfAnotherClusterIsRefused() throws Exception {
    ClusterPlan mine = single("mine");
    ProcessCluster.start(mine).close();
    NodeStopped refused =
        assertThrows(NodeStopped.class, () -> ProcessCluster.start(single("yours")).close());
    assertRefused(COULD_NOT_START, refused, "mine", "yours");
  }

  @Test
  void dataThatAnotherProcessHasIsRefusedAndThatOneServesOn() throws Exception {
    ClusterPlan plan = single("taken");
    try (ProcessCluster cluster = ProcessCluster.start(plan);
        VxClient client = connect(cluster)) {
      NodeStopped refused =
          assertThrows(NodeStopped.class, () -> ProcessCluster.start(plan).close());
      assertRefused(COULD_NOT_START, refused, "in use by another process", "data=");
      Transaction put = Transaction.put("default", KEY, VALUE);
      assertTrue(client.write(put).orThrow().applied());
    }
  }

  @Test
  void dataOfANewerFormatIsRefused() throws Exception {
    ClusterPlan plan = single("newer");
    ProcessCluster.start(plan).close();
    Path marker = folder.resolve("node-1/data/NODE");
    Files.writeString(marker, Files.readString(marker).replaceFirst("format=\\d+", "format=99"));
    NodeStopped refused = assertThrows(NodeStopped.class, () -> ProcessCluster.start(plan).close());
    assertRefused(COULD_NOT_START, refused, "newer format", "format=99");
  }

  /// A busy machine may take longer over a call than a client waits by default.
  private static VxClient connect(ProcessCluster cluster) {
    return VxClient.connect(ClientConfig.of(cluster.endpoints()).withDeadline(PATIENCE));
  }

  @Test
  void damageInEverySnapshotIsRefusedOnceTheLogIsGoneToo() throws Exception {
    ClusterPlan plan = single("rotten").onPorts(NodePorts.free(1, new Random()));
    try (ProcessCluster cluster = ProcessCluster.start(plan);
        VxClient client = connect(cluster)) {
      ClusterView view = new ClusterView(client);
      view.awaitLeaders(PATIENCE);
      Transaction put = Transaction.put("default", KEY, VALUE);
      assertTrue(client.write(put).orThrow().applied());
      var _ = view.createSnapshot(NODE, new ShardGroupId(1));
    }
    spoilSnapshots();
    try (ProcessCluster cluster = ProcessCluster.start(plan);
        VxClient client = connect(cluster)) {
      new ClusterView(client).awaitLeaders(PATIENCE);
      assertEquals(
          Optional.of(VALUE),
          client.get("default", KEY).map(StoredRecord::value),
          "the whole log is as good as a snapshot");
    }
    spoilSnapshots(); // A node that has run for seconds has found the rot and taken a sound one.
    for (Path log : files("raft/log", "log_")) {
      Files.delete(log);
    }
    NodeStopped refused = assertThrows(NodeStopped.class, () -> ProcessCluster.start(plan).close());
    assertRefused(COULD_NOT_START, refused, "sound snapshot", "group=1");
  }

  private void spoilSnapshots() throws IOException {
    for (Path manifest : files("groups/1/snapshots", "MANIFEST")) {
      Path _ = Files.write(manifest, new byte[(int) Files.size(manifest)]);
    }
  }

  private List<Path> files(String below, String name) throws IOException {
    try (Stream<Path> all = Files.walk(folder.resolve("node-1/data").resolve(below))) {
      List<Path> found =
          all.filter(file -> file.getFileName().toString().startsWith(name)).toList();
      assertFalse(found.isEmpty(), name + " below " + below);
      return found;
    }
  }

  @Test
  void takenPortIsNamed() throws IOException {
    List<NodePorts> ports = NodePorts.free(1, new Random());
    try (ServerSocket _ =
        new ServerSocket(ports.get(0).client(), 1, InetAddress.ofLiteral("127.0.0.1"))) {
      NodeStopped refused =
          assertThrows(
              NodeStopped.class,
              () -> ProcessCluster.start(single("taken").onPorts(ports)).close());
      assertRefused(COULD_NOT_START, refused, "port", Integer.toString(ports.get(0).client()));
    }
  }

  @Test
  void missingConfigurationIsRefused() throws Exception {
    assertRefused(BAD_CONFIGURATION, refusal(folder.resolve("absent.yaml")), "absent.yaml");
  }

  @Test
  void unreadableConfigurationIsRefused() throws Exception {
    assertRefused(BAD_CONFIGURATION, refusal(config("cluster: [unclosed\n")), "YAML", "line 1");
  }

  @Test
  void unknownKeyIsRefusedByName() throws Exception {
    assertRefused(BAD_CONFIGURATION, refusal(config(good() + "colour: blue\n")), "colour");
  }

  @Test
  void addressOtherHostsReachIsRefusedWithoutTls() throws Exception {
    String open = good().replace("client: 127.0.0.1", "client: 0.0.0.0");
    assertRefused(BAD_CONFIGURATION, refusal(config(open)), "tls", "insecure");
  }

  private ClusterPlan single(String clusterId) {
    return ClusterPlan.small(clusterId, folder).withNodes(1).withDataGroups(1);
  }

  private String good() {
    NodePorts ports = NodePorts.free(1, new Random()).get(0);
    return """
    cluster: refused
    node: node-1
    data: "%s"
    data-groups: 1
    admin: 127.0.0.1:%d
    nodes:
      - id: node-1
        client: 127.0.0.1:%d
        peer: 127.0.0.1:%d
        raft: 127.0.0.1:%d
    """
        .formatted(
            folder.resolve("data"), ports.admin(), ports.client(), ports.peer(), ports.raft());
  }

  private Path config(String text) throws IOException {
    return Files.writeString(folder.resolve("node.yaml"), text);
  }

  private NodeStopped refusal(Path config) throws IOException, InterruptedException {
    List<String> command = JavaCommand.node(List.of(), List.of("-Xmx128m"), config);
    NodeProcess process = Launcher.launch(() -> NodeProcess.start(NODE, command, folder));
    try {
      return assertThrows(NodeStopped.class, () -> process.awaitReady(PATIENCE));
    } finally {
      process.kill();
    }
  }

  private static void assertRefused(int code, NodeStopped refused, String... facts) {
    assertEquals(OptionalInt.of(code), refused.exitCode(), refused.lastWords());
    assertTrue(
        refused.lastWords().startsWith("vxmeta: error:"), "one error line: " + refused.lastWords());
    assertTrue(refused.lastWords().lines().count() == 1, "one error line: " + refused.lastWords());
    for (String fact : facts) {
      assertTrue(refused.lastWords().contains(fact), fact + " is named: " + refused.lastWords());
    }
  }
}
