package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.raft.NodeConfig.ConfigInvalid;
import io.vxmeta.raft.observe.LogFormat;
import io.vxmeta.raft.place.LeadSpread;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// A configuration is taken whole or refused with the key that is wrong.
final class ConfigReaderTest {
  private static final String GOOD =
      """
      cluster: demo
      node: a
      data: /tmp/x
      nodes:
        - {id: a, zone: z, client: "127.0.0.1:1", peer: "127.0.0.1:2", raft: "127.0.0.1:3"}
        - {id: b, client: "127.0.0.1:4", peer: "127.0.0.1:5", raft: "127.0.0.1:6"}
        - {id: c, client: "127.0.0.1:7", peer: "127.0.0.1:8", raft: "127.0.0.1:9"}
      """;

  private static void assertNames(String key, String yaml) {
    ConfigInvalid refused = assertThrows(ConfigInvalid.class, () -> ConfigReader.parse(yaml));
    assertTrue(String.valueOf(refused.getMessage()).contains("key=" + key), refused::getMessage);
  }

  private static void assertSays(String part, String yaml) {
    ConfigInvalid refused = assertThrows(ConfigInvalid.class, () -> ConfigReader.parse(yaml));
    assertTrue(String.valueOf(refused.getMessage()).contains(part), refused::getMessage);
  }

  @Test
  void defaultsFillWhatIsNotSaid() {
    NodeConfig config = ConfigReader.parse(GOOD);
    assertEquals(3, config.dataGroups());
    assertEquals(3, config.replication());
    assertEquals(NodeConfig.ADMIN_DEFAULT, config.admin());
    assertEquals(config.selfNode().peer(), config.listen().peer());
  }

  @Test
  void memoryIsPlacedAsTheOperatorSays() {
    assertEquals(NodeConfig.Memory.DEFAULT, ConfigReader.parse(GOOD).memory());
    NodeConfig.Memory memory =
        ConfigReader.parse(GOOD + "memory: {lock: off, place: files, home: /mnt/tables}\n")
            .memory();
    assertEquals(NodeConfig.MemoryLock.OFF, memory.lock());
    assertEquals(NodeConfig.MemoryPlace.FILES, memory.place());
    assertEquals(Optional.of(Path.of("/mnt/tables")), memory.home());
    assertNames("memory.place", GOOD + "memory: {place: somewhere}\n");
  }

  @Test
  void logLooksAsTheOperatorSays() {
    assertEquals(NodeConfig.Logs.DEFAULT, ConfigReader.parse(GOOD).logs());
    assertEquals(
        LogFormat.JSON, ConfigReader.parse(GOOD + "log: {format: json}\n").logs().format());
    ConfigOverrides variable = ConfigOverrides.of(Map.of("VXMETA_LOG_FORMAT", "json"));
    assertEquals(LogFormat.JSON, ConfigReader.parse(GOOD, variable).logs().format());
    ConfigOverrides flag = ConfigOverrides.of(Map.of(), List.of("--log.format=json"));
    assertEquals(LogFormat.JSON, ConfigReader.parse(GOOD, flag).logs().format());
    assertEquals(
        Duration.ZERO,
        ConfigReader.parse(GOOD + "log: {slow-operation-ms: 0}\n").logs().slowOperation());
    assertNames("log.slow-operation-ms", GOOD + "log: {slow-operation-ms: -1}\n");
    assertNames("log.format", GOOD + "log: {format: xml}\n");
  }

  @Test
  void nothingIsTracedUntilTheOperatorNamesACollector() {
    assertEquals(NodeConfig.Traces.DEFAULT, ConfigReader.parse(GOOD).traces());
    assertEquals(Optional.empty(), NodeConfig.Traces.DEFAULT.collector());
    assertEquals(
        new NodeConfig.Traces(Optional.of(URI.create("http://collector:4318")), 0.5),
        ConfigReader.parse(
                GOOD + "tracing: {endpoint: 'http://collector:4318', sample-ratio: 0.5}\n")
            .traces());
    ConfigOverrides variable =
        ConfigOverrides.of(Map.of("VXMETA_TRACING_ENDPOINT", "https://[::1]:4318/otel"));
    assertEquals(
        Optional.of(URI.create("https://[::1]:4318/otel")),
        ConfigReader.parse(GOOD, variable).traces().collector());
    for (String endpoint :
        List.of(
            "collector:4318",
            "grpc://collector:4317",
            "http://",
            "'not a url'",
            "'http://user:word@collector'",
            "'http://collector?a=b'",
            "''")) {
      assertNames("tracing.endpoint", GOOD + "tracing: {endpoint: " + endpoint + "}\n");
    }
    for (String ratio : List.of("-0.1", "1.1", "NaN", "some")) {
      assertNames("tracing.sample-ratio", GOOD + "tracing: {sample-ratio: " + ratio + "}\n");
    }
    assertNames("tracing.ratio", GOOD + "tracing: {ratio: 1}\n");
  }

  @Test
  void snapshotsAreTakenAsOftenAsTheOperatorSays() {
    assertEquals(NodeConfig.Snapshots.DEFAULT, ConfigReader.parse(GOOD).snapshots());
    assertEquals(
        new NodeConfig.Snapshots(1 << 24, Duration.ofSeconds(90)),
        ConfigReader.parse(GOOD + "snapshot: {log-bytes: 16777216, age-seconds: 90}\n")
            .snapshots());
    assertNames("snapshot.log-bytes", GOOD + "snapshot: {log-bytes: 1000}\n");
    assertNames("snapshot.age-seconds", GOOD + "snapshot: {age-seconds: 0}\n");
    assertNames("snapshot.entries", GOOD + "snapshot: {entries: 5}\n");
  }

  @Test
  void leadershipLeavesASlowDiskAsSoonAsTheOperatorSays() {
    assertEquals(NodeConfig.SlowDisk.DEFAULT, ConfigReader.parse(GOOD).slowDisk());
    assertEquals(
        new NodeConfig.SlowDisk(Duration.ofMillis(400), Duration.ofSeconds(5)),
        ConfigReader.parse(GOOD + "disk: {slow-flush-ms: 400, handover-pause-seconds: 5}\n")
            .slowDisk());
    assertEquals(
        Duration.ZERO, ConfigReader.parse(GOOD + "disk: {slow-flush-ms: 0}\n").slowDisk().flush());
    assertNames("disk.slow-flush-ms", GOOD + "disk: {slow-flush-ms: 10}\n");
    assertNames("disk.handover-pause-seconds", GOOD + "disk: {handover-pause-seconds: 0}\n");
  }

  @Test
  void tablesAreWalkedAsFastAsTheOperatorSays() {
    assertEquals(NodeConfig.Scrub.DEFAULT, ConfigReader.parse(GOOD).scrub());
    String none = GOOD + "scrub: {table-steps-per-second: 0}\n";
    assertEquals(new NodeConfig.Scrub(0), ConfigReader.parse(none).scrub());
    assertNames("scrub.table-steps-per-second", GOOD + "scrub: {table-steps-per-second: 1001}\n");
  }

  @Test
  void leadersMoveByThemselvesUnlessTheOperatorSaysOtherwise() {
    assertEquals(NodeConfig.Leaders.DEFAULT, ConfigReader.parse(GOOD).leaders());
    assertEquals(LeadSpread.Mode.AUTOMATIC, NodeConfig.Leaders.DEFAULT.spread());
    assertEquals(
        new NodeConfig.Leaders(LeadSpread.Mode.MANUAL, Duration.ofSeconds(30)),
        ConfigReader.parse(GOOD + "leaders: {spread: manual, calm-seconds: 30}\n").leaders());
    assertNames("leaders.spread", GOOD + "leaders: {spread: sometimes}\n");
    assertNames("leaders.calm-seconds", GOOD + "leaders: {calm-seconds: 0}\n");
    assertNames("leaders.balance", GOOD + "leaders: {balance: automatic}\n");
  }

  @Test
  void aSectionWithoutValuesChangesNothingUnlessItIsTls() {
    assertEquals(ConfigReader.parse(GOOD), ConfigReader.parse(GOOD + "memory: {}\ndisk: {}\n"));
    assertNames("tls.certificate", GOOD + "tls: {certificate: , key: , ca: }\n");
  }

  @Test
  void aPathIsNoKey() {
    assertNames("disk.reserve-bytes", GOOD + "disk.reserve-bytes: 0\n");
    assertNames("nodes[].zone", GOOD + "'nodes[].zone': z\n");
  }

  @Test
  void unknownKeysAreRefusedByName() {
    assertNames("shards", GOOD + "shards: 128\n");
    assertNames("memory.lok", GOOD + "memory: {lok: auto}\n");
  }

  @Test
  void unknownKeysAreToldTheNearestKnownOne() {
    assertSays("the nearest is memory.lock ", GOOD + "memory: {lok: auto}\n");
    assertSays("the nearest is data-groups ", GOOD + "datagroups: 3\n");
    assertSays("the nearest is disk.damaged-log ", GOOD + "damaged-logs: repair\n");
    assertSays("the nearest is nodes[].zone ", GOOD.replace("zone: z", "zome: z"));
  }

  @Test
  void valuesOutOfRangeAreToldUnitAndRange() {
    assertSays("expected milliseconds, 0 (off) or 100..", GOOD + "disk: {slow-flush-ms: 10}\n");
    assertSays("expected seconds, 1..3600;", GOOD + "leaders: {calm-seconds: 10m}\n");
    assertSays("expected bytes, 1048576 or more;", GOOD + "snapshot: {log-bytes: 1}\n");
    assertSays("value=64MiB", GOOD + "snapshot: {log-bytes: 64MiB}\n");
  }

  @Test
  void anEmptySectionIsRefusedBecauseItSaysNothing() {
    assertNames("tls", GOOD + "tls: {}\n");
    assertNames("tls.key", GOOD + "tls: {certificate: /dev/null, ca: /dev/null}\n");
  }

  @Test
  void aListWhereOneValueIsWantedIsRefused() {
    assertNames("data", GOOD.replace("data: /tmp/x", "data: [/tmp/x]"));
  }

  @Test
  void missingAndMalformedValuesAreRefusedByName() {
    assertNames("cluster", GOOD.replace("cluster: demo\n", ""));
    assertNames("node", GOOD.replace("node: a\n", "node: d\n"));
    assertNames("nodes[].client", GOOD.replace("\"127.0.0.1:4\"", "nowhere"));
    assertNames("nodes[].id", GOOD.replace("id: b", "id: a"));
    assertNames("data-groups", GOOD + "data-groups: 0\n");
    assertNames("data-groups", GOOD + "data-groups: many\n");
    assertNames("replication", GOOD + "replication: 2\n");
    assertNames("insecure", GOOD + "insecure: perhaps\n");
    assertNames("nodes", "cluster: demo\nnode: a\ndata: /tmp/x\n");
    assertNames(
        "tls.certificate",
        GOOD + "tls: {certificate: /nowhere/c, key: /nowhere/k, ca: /nowhere/a}\n");
    assertNames("--config", "[1, 2");
    assertNames("--config", "just text");
  }

  @Test
  void anAddressOffLoopbackNeedsTlsOrAnExplicitWord() {
    String open = GOOD.replace("\"127.0.0.1:1\"", "\"0.0.0.0:1\"");
    assertNames("nodes[] or listen", open);
    assertTrue(ConfigReader.parse(open + "insecure: true\n").insecure());
    assertNames("admin", GOOD + "admin: \"0.0.0.0:1\"\n");
  }

  @Test
  void anUnreadableFileIsRefused() {
    assertThrows(ConfigInvalid.class, () -> ConfigReader.read(Path.of("/nowhere/vxmeta.yaml")));
  }
}
