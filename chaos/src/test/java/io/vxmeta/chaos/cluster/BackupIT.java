package io.vxmeta.chaos.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.vxmeta.client.BulkWriter;
import io.vxmeta.client.Bytes;
import io.vxmeta.client.CallFailed;
import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.Consistency;
import io.vxmeta.client.ProducerIdentity;
import io.vxmeta.client.ReadOptions;
import io.vxmeta.client.StoredRecord;
import io.vxmeta.client.Tokens;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.VxClient;
import io.vxmeta.client.WriteAnswer;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/// A backup made under writes with vxctl becomes another cluster that holds exactly what it says.
@EnabledIfSystemProperty(
    named = "vx.long",
    matches = "true",
    disabledReason = "RestoredClusterTest restores nodes that are no processes")
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class BackupIT {
  private static final Duration PATIENCE = Duration.ofSeconds(150);
  private static final Duration PAUSE = Duration.ofMillis(5);
  private static final String NAMESPACE = "default";
  private static final Bytes ACCOUNT = Bytes.utf8("account");
  private static final int BEFORE = 300;

  /// Of all writes; a creation takes a few thousand of them.
  private static final int WRITES_MAX = 200_000;

  private static final int DAMAGED = 7;
  private static final int NOT_MET = 3;

  /// The last replica of a group is asked first, and the groups before this one have others.
  private static final int LATER_GROUP = 2;

  @TempDir Path folder;

  private final Map<Integer, WriteAnswer> acknowledged = new HashMap<>();
  private final ProducerIdentity producer = ProducerIdentity.random(new Random(5));

  /// A busy machine may take longer over a call than a client waits by default.
  private static VxClient connect(ProcessCluster cluster) {
    return VxClient.connect(ClientConfig.of(cluster.endpoints()).withDeadline(PATIENCE));
  }

  @Test
  void restoredClusterHoldsWhatTheBackupCoversAndNothingElse() throws Exception {
    Path backup = folder.resolve("backup");
    WriteAnswer added = backUpUnderWrites(backup);
    Map<Integer, Long> covered =
        revisions(vxctl("verify", 0, "verify", backup.toString(), "--json"));

    ClusterPlan plan =
        ClusterPlan.small("restored", folder.resolve("restored"))
            .onPorts(NodePorts.free(3, new Random()));
    List<Path> configs = prepared(plan);
    for (Path config : configs) {
      vxctl("restore", 0, "restore", backup.toString(), "--config", config.toString());
    }
    vxctl(
        "again", NOT_MET, "restore", backup.toString(), "--config", configs.getFirst().toString());
    try (ProcessCluster cluster = ProcessCluster.start(plan);
        VxClient client = connect(cluster)) {
      new ClusterView(client).awaitLeaders(PATIENCE);
      assertHoldsExactly(client, covered);
      assertRefusesOldTokens(client);
      WriteAnswer repeated = addFive(client);
      assertTrue(repeated.replayed(), "a producer's repeated sequence gets its first answer");
      assertEquals(added.revision(), repeated.revision());
    }
    assertFlippedBitIsFound(backup, configs.getFirst());
  }

  /// Writes go on all the time; every node is killed at the end.
  private WriteAnswer backUpUnderWrites(Path backup) throws Exception {
    try (ProcessCluster cluster =
            ProcessCluster.start(ClusterPlan.small("old", folder.resolve("old")));
        VxClient client = connect(cluster)) {
      new ClusterView(client).awaitLeaders(PATIENCE);
      WriteAnswer added = addFive(client);
      for (int number = 0; number < BEFORE; number++) {
        put(client, number);
      }
      String endpoints =
          cluster.endpoints().stream().map(Object::toString).collect(Collectors.joining(","));
      killACreation(cluster, client, endpoints);
      VxctlProcess creating = beginCreation("create", backup, endpoints);
      int number = BEFORE;
      while (creating.isAlive() && number < WRITES_MAX) {
        put(client, number++);
      }
      var _ = ended(creating, 0);
      put(client, number);
      cluster.killEach();
      return added;
    }
  }

  /// Killed while it waits for a node that is frozen, with whole groups behind it: what it leaves
  /// is no backup, and is not taken for an empty directory.
  private void killACreation(ProcessCluster cluster, VxClient client, String endpoints)
      throws Exception {
    Path half = folder.resolve("half");
    NodeId asked =
        client.admin().shardMap().groups().stream()
            .filter(group -> group.id().value() == LATER_GROUP)
            .findFirst()
            .orElseThrow()
            .replicas()
            .getLast()
            .node();
    cluster.freeze(asked);
    VxctlProcess killed = beginCreation("killed", half, endpoints);
    String waits = "group " + LATER_GROUP + ": receiving from " + asked;
    await(waits, () -> killed.errors().contains(waits));
    killed.kill();
    cluster.thaw(asked);
    assertFalse(Files.exists(half.resolve("MANIFEST")), "killed before it was whole");
    assertTrue(Files.exists(half.resolve("group-0")), "killed after it had begun");
    VxctlProcess verify = ended(begin("verify-half", "verify", half.toString()), DAMAGED);
    assertTrue(verify.errors().contains("not a whole backup"), verify.errors());
    VxctlProcess again = ended(beginCreation("create-half", half, endpoints), NOT_MET);
    assertTrue(again.errors().contains("creation did not finish: delete it"), again.errors());
    new ClusterView(client).awaitCaughtUp(cluster.nodes().size(), PATIENCE);
  }

  private interface Condition {
    boolean holds() throws IOException;
  }

  private static void await(String what, Condition condition) throws IOException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.holds()) {
      assertTrue(System.nanoTime() < deadline, () -> "waited in vain for " + what);
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }

  private void put(VxClient client, int number) {
    acknowledged.put(
        number,
        client.write(Transaction.put(NAMESPACE, key(number), Bytes.number(number))).orThrow());
  }

  private static Bytes key(int number) {
    return Bytes.utf8("record/" + number);
  }

  /// Every writer under this identity numbers its transactions from 1, so this is always sequence
  /// 1.
  private WriteAnswer addFive(VxClient client) throws InterruptedException {
    try (BulkWriter writer = client.bulkWriter(BulkWriter.Options.DEFAULTS, producer)) {
      return writer.submit(Transaction.in(NAMESPACE).add(ACCOUNT, 5).build()).join().orThrow();
    }
  }

  private static Map<Integer, Long> revisions(String json) {
    JsonObject report = JsonParser.parseString(json).getAsJsonObject();
    Map<Integer, Long> revisions = new HashMap<>();
    for (JsonElement group : report.getAsJsonArray("groups")) {
      JsonObject saved = group.getAsJsonObject();
      revisions.put(saved.get("group").getAsInt(), saved.get("revision").getAsLong());
    }
    return revisions;
  }

  /// The configurations of nodes that were never started: a first start writes them, and what else
  /// it left is thrown away.
  private static List<Path> prepared(ClusterPlan plan) throws Exception {
    List<Path> configs = new ArrayList<>();
    try (ProcessCluster cluster = ProcessCluster.start(plan)) {
      cluster.killEach();
      for (NodeId node : cluster.nodes()) {
        configs.add(cluster.config(node));
        delete(cluster.data(node));
      }
    }
    return configs;
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  private void assertHoldsExactly(VxClient client, Map<Integer, Long> covered) {
    int inside = 0;
    for (Map.Entry<Integer, WriteAnswer> each : acknowledged.entrySet()) {
      int number = each.getKey();
      int group = each.getValue().freshness().token().group().value();
      long revision = each.getValue().revision().value();
      StoredRecord found = client.get(NAMESPACE, key(number)).orElse(null);
      String facts = "number=" + number + " group=" + group + " revision=" + revision;
      if (revision > covered.getOrDefault(group, 0L)) {
        assertTrue(number >= BEFORE, "acknowledged before the backup began: " + facts);
        assertTrue(found == null, "not covered by the backup: " + facts);
      } else {
        inside++;
        assertTrue(found != null, "covered by the backup: " + facts);
        assertEquals(Bytes.number(number), found.value());
        assertEquals(each.getValue().revision(), found.version());
      }
    }
    assertTrue(inside >= BEFORE, "records=" + inside);
    assertTrue(inside < acknowledged.size(), "the last write came after the backup");
  }

  private void assertRefusesOldTokens(VxClient client) {
    Tokens old = new Tokens();
    acknowledged.values().forEach(old::observe);
    CallFailed refused =
        assertThrows(
            CallFailed.class,
            () ->
                client.read(
                    NAMESPACE,
                    List.of(key(0)),
                    ReadOptions.of(new Consistency.AtLeast(old)).within(PATIENCE)));
    assertEquals("FOREIGN_TOKEN", refused.reason());
    assertTrue(refused.text().contains("restored"), refused.text());
  }

  private void assertFlippedBitIsFound(Path backup, Path config) throws Exception {
    List<Path> files;
    try (Stream<Path> all = Files.walk(backup)) {
      files =
          all.filter(Files::isRegularFile)
              .filter(file -> file.toFile().length() > 0)
              .sorted()
              .toList();
    }
    assertFalse(files.isEmpty());
    Path file = files.get(new Random(11).nextInt(files.size()));
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 4;
    Path _ = Files.write(file, bytes);
    VxctlProcess verify = ended(begin("verify-damaged", "verify", backup.toString()), DAMAGED);
    String said = verify.output() + verify.errors();
    assertTrue(said.contains(file.getFileName().toString()), said);
    vxctl("restore-damaged", DAMAGED, "restore", backup.toString(), "--config", config.toString());
  }

  /// Runs `vxctl backup` as a process of its own and gives its standard output.
  private String vxctl(String name, int expectedCode, String... words) throws Exception {
    return ended(begin(name, words), expectedCode).output();
  }

  private VxctlProcess beginCreation(String name, Path into, String endpoints) throws IOException {
    return begin(
        name, "create", into.toString(), "--json", "--endpoints", endpoints, "--timeout", "2m");
  }

  private VxctlProcess begin(String name, String... words) throws IOException {
    return VxctlProcess.start(
        folder, name, Stream.concat(Stream.of("backup"), Stream.of(words)).toList());
  }

  private static VxctlProcess ended(VxctlProcess process, int expectedCode) throws Exception {
    int code = process.exitCode(PATIENCE);
    assertEquals(expectedCode, code, process.output() + process.errors());
    return process;
  }
}
