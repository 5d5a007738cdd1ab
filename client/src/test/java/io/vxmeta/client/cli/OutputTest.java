package io.vxmeta.client.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import io.vxmeta.client.ScriptedCluster;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

class OutputTest {

  private final ScriptedCluster cluster = new ScriptedCluster();

  @BeforeEach
  void store() {
    vxctl("put", "a/1", "yes");
    vxctl("put", "a/2", "two\nlines");
  }

  @AfterEach
  void close() {
    cluster.close();
  }

  private CommandRun vxctl(String... args) {
    List<String> all = new ArrayList<>(List.of("--endpoints", endpoints(), "--timeout", "20s"));
    all.addAll(List.of(args));
    return CommandRun.of(all.toArray(String[]::new));
  }

  private String endpoints() {
    return cluster.config().endpoints().stream()
        .map(Object::toString)
        .collect(Collectors.joining(","));
  }

  private static Object yaml(String text) {
    return new Load(LoadSettings.builder().build()).loadFromString(text);
  }

  private static final String EVERY_FORM =
      "get a/2;mget a/1 a/2;scan;scan --prefix none;status;cluster status;cluster health;cluster init;shard map;shard list;"
          + "shard describe 3;shard list --hot --interval 1ms;shard locate a/1;leader list;leader balance --dry-run;node list;"
          + "node describe node-2;namespace list;digest;raft verify;snapshot create;put k v";

  private static List<String[]> commands() {
    return List.of(EVERY_FORM.split(";")).stream().map(line -> line.split(" ")).toList();
  }

  private CommandRun in(String format, String... command) {
    List<String> all = new ArrayList<>(List.of(command));
    all.addAll(List.of("-o", format));
    return vxctl(all.toArray(String[]::new));
  }

  @Test
  void jsonYamlAndJsonLinesAreWholeDocumentsOfTheSame() {
    for (String[] command : commands()) {
      String json = in("json", command).out();
      var tree = JsonParser.parseString(json);
      CommandRun yaml = in("yaml", command);
      assertEquals(0, yaml.code(), yaml.toString());
      Object again = yaml(yaml.out());
      assertEquals(tree.isJsonArray(), again instanceof List, yaml.out());
      if (tree.isJsonObject()) {
        assertEquals(tree.getAsJsonObject().keySet(), ((Map<?, ?>) again).keySet(), yaml.out());
      }
      assertTrue(
          in("jsonl", command)
              .out()
              .lines()
              .noneMatch(line -> JsonParser.parseString(line).isJsonArray()),
          String.join(" ", command));
    }
  }

  @Test
  void yamlKeepsTextsThatLookLikeSomethingElse() {
    Map<?, ?> one = (Map<?, ?>) yaml(in("yaml", "get", "a/1").out());
    assertEquals("yes", one.get("value"));
    assertTrue(in("yaml", "get", "a/1").out().contains("value: \"yes\""));
    Map<?, ?> two = (Map<?, ?>) yaml(in("yaml", "get", "a/2").out());
    assertEquals("two\nlines", two.get("value"));
    List<?> all = (List<?>) yaml(in("yaml", "scan").out());
    assertEquals(2, all.size());
    String status = in("yaml", "status").out();
    assertTrue(yaml(status) instanceof Map, status);
    assertTrue(status.contains("\nnodes:\n- node: node-1\n  endpoint: \"127.0.0.1:"), status);
    assertTrue(status.contains("\n  replicas:\n  - group: 0\n    role: "), status);
  }

  @Test
  void namesStandAloneWithWhatTheyAre() {
    assertEquals(
        List.of("node/node-1", "node/node-2", "node/node-3"),
        in("name", "node", "list").out().lines().toList());
    assertEquals(
        List.of("namespace/default"), in("name", "namespace", "list").out().lines().toList());
    assertEquals(List.of("a/1", "a/2"), in("name", "scan").out().lines().sorted().toList());
    assertEquals("k", in("name", "put", "k", "v").out().strip());
    assertEquals("group/0", in("name", "shard", "map").out().lines().findFirst().orElseThrow());
    assertEquals(128, in("name", "shard", "list").out().lines().count());
    assertEquals("node/node-2", in("name", "node", "describe", "node-2").out().strip());
    assertEquals(
        12, in("name", "digest").out().lines().filter(l -> l.startsWith("replica/")).count());
  }

  @Test
  void tablesGoWithoutHeadsAndWideOnesHaveMoreColumns() {
    CommandRun bare = vxctl("node", "list", "--no-headers");
    assertEquals(3, bare.out().lines().count(), bare.out());
    assertFalse(bare.out().contains("NODE"), bare.out());
    assertFalse(vxctl("node", "list").out().contains("RAFT"));
    assertTrue(in("wide", "node", "list").out().contains("RAFT"));
    assertTrue(in("wide", "get", "a/1").out().contains("FLAGS"));
    assertTrue(in("wide", "scan").out().lines().allMatch(line -> line.split("\t", -1).length == 6));
    assertEquals(3, in("jsonl", "node", "list").out().lines().count());
    assertEquals(2, in("jsonl", "mget", "a/1", "a/2").out().lines().count());
    assertEquals("[]", in("json", "scan", "--prefix", "none").out().strip());
    assertEquals("", in("jsonl", "scan", "--prefix", "none").out());
  }

  @Test
  void topLooksAgainAndAgainAndCountsWrites() {
    CommandRun run = vxctl("top", "--count", "2", "--interval", "1ms", "-o", "jsonl");
    assertEquals(0, run.code(), run.toString());
    assertEquals(8, run.out().lines().count(), run.out());
    assertTrue(
        run.out().lines().limit(4).noneMatch(line -> line.contains("writes_per_second")),
        run.out());
    assertTrue(
        run.out().lines().skip(4).allMatch(line -> line.contains("\"writes_per_second\":0.0")),
        run.out());
    vxctl("top", "--count", "-1").assertOneLine(2, "--count=-1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"get k", "node list", "status", "put k v", "scan", "config view"})
  void anUnknownFormatIsRefusedWithThoseThatThereAre(String command) {
    CommandRun run = in("xml", command.split(" "));
    run.assertOneLine(2, "xml");
    assertTrue(run.err().contains("table, wide, json, yaml, name, jsonl"), run.err());
  }

  @Test
  void nothingIsColouredWhereNobodyLooks() {
    for (String[] command : commands()) {
      CommandRun run = vxctl(command);
      assertFalse(run.out().contains("\u001b"), run.out());
      assertEquals("", run.err());
    }
    assertFalse(CommandRun.of("get", "--help").out().contains("\u001b"));
    assertFalse(CommandRun.of("--help").out().contains("\u001b"));
  }
}
