package io.vxmeta.client.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.vxmeta.client.Release;
import io.vxmeta.client.ScriptedCluster;
import io.vxmeta.client.grpc.ErrorReason;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VxctlTest {

  private final ScriptedCluster cluster = new ScriptedCluster();
  private byte[] stdin = new byte[0];

  @TempDir private Path directory = Path.of("");

  @AfterEach
  void close() {
    cluster.close();
  }

  private CommandRun raw(String... args) {
    return CommandRun.of(Map.of(), stdin, args);
  }

  /// With the endpoints of the cluster before the command.
  private CommandRun vxctl(String... args) {
    List<String> all = new ArrayList<>(List.of("--endpoints", endpoints(), "--timeout", "20s"));
    all.addAll(List.of(args));
    return raw(all.toArray(String[]::new));
  }

  private String endpoints() {
    return cluster.config().endpoints().stream()
        .map(Object::toString)
        .collect(Collectors.joining(","));
  }

  private static void assertOneLine(CommandRun run, int code, String fact) {
    run.assertOneLine(code, fact);
  }

  @Test
  void aValueThatWasPutIsGot() {
    CommandRun put = vxctl("put", "greeting", "hello");
    assertEquals(0, put.code(), put.err());
    assertTrue(put.out().matches("ok group=\\d revision=1\\R"), put.out());
    CommandRun get = vxctl("get", "greeting");
    assertEquals("hello" + System.lineSeparator(), get.out());
    assertEquals("", get.err());
    var json = JsonParser.parseString(vxctl("get", "greeting", "-o", "json").out());
    assertEquals("hello", json.getAsJsonObject().get("value").getAsString());
    assertEquals(1, json.getAsJsonObject().get("version").getAsInt());
  }

  @Test
  void valuesComeFromFilesAndStdinAndAnyBytes() throws IOException {
    Path file = Files.write(directory.resolve("v"), new byte[] {1, (byte) 0xff});
    assertEquals(0, vxctl("put", "f", "@" + file).code());
    assertTrue(vxctl("get", "f", "-o", "json").out().contains("\"value_base64\":\"Af8=\""));
    stdin = "from stdin".getBytes(StandardCharsets.UTF_8);
    assertEquals(0, vxctl("put", "s", "-").code());
    assertEquals("from stdin" + System.lineSeparator(), vxctl("get", "s").out());
    assertEquals(0, vxctl("put", "base64:/w==", "base64:/wE=").code());
    assertTrue(vxctl("mget", "base64:/w==").out().contains("base64:/wE="));
    assertEquals(0, vxctl("put", "at", "\\@home").code());
    assertEquals("@home" + System.lineSeparator(), vxctl("get", "at").out());
    assertOneLine(vxctl("put", "f", "@" + directory.resolve("none")), 1, "none");
    assertOneLine(vxctl("put", "base64:???", "x"), 2, "base64");
  }

  @Test
  void aShardsMoveIsOrderedSeenAndCalledOff() {
    CommandRun ordered = vxctl("shard", "move", "0", "--to", "2");
    assertEquals("shard=0 to=2: ordered" + System.lineSeparator(), ordered.out(), ordered.err());
    CommandRun again = vxctl("shard", "move", "0", "--to", "2", "-o", "json");
    assertTrue(again.out().contains("\"ordered\":false,\"done\":false"), again.out());
    CommandRun there = vxctl("shard", "move", "0", "--to", "1");
    assertEquals("shard=0 to=1: done already" + System.lineSeparator(), there.out());
    assertTrue(vxctl("shard", "moves").out().contains("copies"));
    assertEquals("shard/0" + System.lineSeparator(), vxctl("shard", "moves", "-o", "name").out());
    CommandRun off = vxctl("shard", "cancel", "0");
    assertEquals(0, off.code(), off.err());
    CommandRun list = vxctl("shard", "moves", "-o", "json");
    assertTrue(list.out().contains("\"attempt\":7,\"called_off\":true"), list.out());
    assertTrue(list.out().contains("\"copied_bytes\":700000"), list.out());
    assertEquals(2, vxctl("shard", "cancel", "1").code());
    assertEquals(2, vxctl("shard", "move", "128", "--to", "1").code());
  }

  @Test
  void whatMovesIsSaidBeforehandAndNothingHappens() {
    assertOneLine(vxctl("replica", "move", "1", "node-1", "node-2", "--dry-run"), 3, "replicas=");
    assertOneLine(vxctl("replica", "move", "0", "node-1", "node-2", "--dry-run"), 3, "group=0");
    assertOneLine(vxctl("leader", "transfer", "1", "nobody", "--dry-run"), 3, "node=nobody");
    String before = vxctl("leader", "list").out();
    assertEquals(
        "group=1: node-3 would lead",
        vxctl("leader", "transfer", "1", "node-3", "--dry-run").out().strip());
    assertEquals(before, vxctl("leader", "list").out());
    assertEquals("nothing to move", vxctl("placement", "apply", "--dry-run").out().strip());
    assertEquals(
        0,
        JsonParser.parseString(vxctl("replica", "list", "-o", "json").out())
            .getAsJsonArray()
            .size());
  }

  @Test
  void aReplicasMoveIsOrderedSeenAndCalledOff() {
    CommandRun ordered = vxctl("replica", "move", "1", "node-1", "node-2");
    assertEquals("group=1 from=node-1 to=node-2: ordered" + System.lineSeparator(), ordered.out());
    CommandRun again = vxctl("replica", "move", "1", "node-1", "node-2", "-o", "json");
    assertTrue(again.out().contains("\"ordered\":false"), again.out());
    assertTrue(vxctl("replica", "list").out().contains("its voters change"));
    assertTrue(
        vxctl("status").out().contains("moving: group 1 from node-1 to node-2: its voters change"));
    CommandRun off = vxctl("replica", "cancel", "1");
    assertEquals(0, off.code(), off.err());
    CommandRun list = vxctl("replica", "list", "-o", "json");
    assertTrue(list.out().contains("\"called_off\":true"), list.out());
    assertEquals(2, vxctl("replica", "cancel", "2").code());
  }

  @Test
  void aNodeIsAnnouncedAndTakenBack() {
    String[] join = {
      "node",
      "join",
      "node-4",
      "--client",
      "127.0.0.1:1",
      "--peer",
      "127.0.0.1:2",
      "--raft",
      "127.0.0.1:3"
    };
    CommandRun announced = vxctl(join);
    assertEquals(0, announced.code(), announced.err());
    assertTrue(announced.out().startsWith("node=node-4 duty=joining epoch=2"), announced.out());
    assertTrue(announced.out().contains("next: start it with `join:"), announced.out());
    assertTrue(vxctl(join).out().contains("duty=joining (as before)"));
    assertTrue(vxctl("node", "list", "--timeout", "1s").out().contains("joining"));
    assertOneLine(vxctl("node", "join", "node-5", "--client", "127.0.0.1:1"), 2, "--peer");
    List<String> late = new ArrayList<>(List.of(join));
    late.addAll(List.of("--wait", "--timeout", "2s"));
    CommandRun waited = vxctl(late.toArray(String[]::new));
    assertOneLine(waited, 4, "the node has not joined yet: node=node-4 duty=joining");
    CommandRun left = vxctl("node", "decommission", "node-4", "--wait", "--yes");
    assertEquals("node=node-4: left" + System.lineSeparator(), left.out(), left.err());
  }

  @Test
  void aNodeLeavesAndAnotherOneTakesItsPlace() {
    assertOneLine(vxctl("node", "replace", "node-1", "node-2"), 2, "give --yes");
    assertOneLine(vxctl("node", "decommission", "node-9", "--dry-run"), 3, "node=node-9");
    assertEquals(
        "node=node-1: would leave, and give up replicas of groups=[0, 1, 2, 3] to=node-2",
        vxctl("node", "replace", "node-1", "node-2", "--dry-run").out().strip());
    assertFalse(vxctl("node", "list").out().contains("leaving"));
    CommandRun leaves = vxctl("node", "replace", "node-1", "node-2", "--yes", "-o", "json");
    JsonObject json = JsonParser.parseString(leaves.out()).getAsJsonObject();
    assertEquals("node-2", json.get("successor").getAsString());
    assertFalse(json.get("left").getAsBoolean());
    assertTrue(vxctl("node", "list").out().contains("leaving"));
    assertEquals(
        "node=node-9: left" + System.lineSeparator(),
        vxctl("node", "decommission", "node-9", "--yes").out());
    CommandRun late = vxctl("node", "decommission", "node-1", "--wait", "--yes", "--timeout", "2s");
    assertOneLine(
        late, 4, "the node has not left yet: node=node-1 duty=leaving holds=[0, 1, 2, 3]");
  }

  @Test
  void aPlacementThatIsEvenHasNothingToMove() {
    CommandRun plan = vxctl("placement", "plan");
    assertTrue(plan.out().contains("nothing to move"), plan.out());
    CommandRun apply = vxctl("placement", "apply", "-o", "json");
    JsonObject json = JsonParser.parseString(apply.out()).getAsJsonObject();
    assertEquals(0, json.getAsJsonArray("moves").size());
    assertOneLine(vxctl("placement", "apply", "--at-once", "0"), 2, "--at-once");
  }

  @Test
  void whatIsNotThereEndsWithThree() {
    assertOneLine(vxctl("get", "nobody"), 3, "key=nobody");
    CommandRun mget = vxctl("mget", "nobody", "nothing");
    assertEquals(3, mget.code());
    assertTrue(mget.out().contains("(no such key)"), mget.out());
    assertOneLine(vxctl("get", "x", "-n", "nowhere"), 3, "UNKNOWN_NAMESPACE");
    assertEquals(3, vxctl("del", "nobody").code());
    assertOneLine(vxctl("get", "x", "--node", "node-9"), 3, "node-9");
    assertOneLine(vxctl("leader", "transfer", "9", "node-1"), 3, "group=9");
  }

  @Test
  void addPrintsTheCounterAndMergeSaysWhatItNeeds() {
    assertTrue(vxctl("add", "n").out().contains(" number=1"));
    assertTrue(vxctl("add", "n", "41").out().contains(" number=42"));
    var json = JsonParser.parseString(vxctl("add", "n", "1", "-o", "json").out());
    assertEquals(43, json.getAsJsonObject().get("number").getAsInt());
    assertEquals(2, vxctl("merge", "n").code());
    assertEquals(2, vxctl("merge", "n", "--max", "1", "--min", "2").code());
    assertOneLine(vxctl("merge", "i", "--intervals", "5"), 2, "FROM:TO");
    assertOneLine(vxctl("merge", "i", "--intervals", "7:5"), 2, "to=5");
    assertOneLine(vxctl("put", "k", "v", "--ttl", "soon"), 2, "--ttl");
  }

  @Test
  void aCounterIsReadAsItsNumber() {
    assertEquals(0, vxctl("add", "n", "--", "-8").code());
    assertEquals("-8" + System.lineSeparator(), vxctl("get", "n", "--number").out());
    var json = JsonParser.parseString(vxctl("get", "n", "--number", "-o", "json").out());
    assertEquals(-8, json.getAsJsonObject().get("number").getAsLong());
    assertEquals("//////////g=", json.getAsJsonObject().get("value_base64").getAsString());
    assertEquals(1, json.getAsJsonObject().get("version").getAsInt());
    String wide = vxctl("get", "n", "--number", "-o", "wide", "--no-headers").out();
    assertEquals("n 1 -8 1 0 -", wide.replaceAll(" +", " ").strip());
    assertEquals("n", vxctl("get", "n", "--number", "-o", "name").out().strip());
    assertEquals(0, vxctl("put", "greeting", "hello").code());
    assertOneLine(vxctl("get", "greeting", "--number"), 3, "bytes=5 expected=8 bytes");
    assertOneLine(vxctl("get", "nobody", "--number"), 3, "no such key");
  }

  @Test
  void casStoresOnlyWhenTheRecordIsAsExpected() {
    assertEquals(0, vxctl("cas", "k", "1", "--if-absent").code());
    assertOneLine(vxctl("cas", "k", "2", "--if-absent"), 3, "found-version=1");
    assertOneLine(vxctl("cas", "k", "2", "--if-version", "7"), 3, "found-version=1");
    assertEquals(0, vxctl("cas", "k", "2", "--if-version", "1").code());
    assertEquals(0, vxctl("cas", "k", "3", "--if-value", "2").code());
    assertOneLine(vxctl("cas", "k", "4", "--if-value", "2"), 3, "precondition");
    assertEquals("3" + System.lineSeparator(), vxctl("get", "k").out());
    assertOneLine(vxctl("cas", "k", "4"), 2, "--if-absent");
    assertOneLine(vxctl("cas", "k", "4", "--if-absent", "--if-version", "1"), 2, "give one of");
  }

  @Test
  void aFileIsLoadedAndDumpedAndLoadedAgain() throws IOException {
    List<String> lines = new ArrayList<>();
    IntStream.range(0, 500)
        .forEach(i -> lines.add("{\"key\":\"k" + i + "\",\"value\":\"täxt " + i + "\"}"));
    lines.add("");
    lines.add("{\"key_base64\":\"AP8=\",\"value_base64\":\"/wA=\",\"flags\":4294967295}");
    Path file = Files.write(directory.resolve("records.jsonl"), lines);
    CommandRun load = vxctl("load", file.toString());
    assertEquals(0, load.code(), load.err());
    assertTrue(load.out().contains("loaded records=501 lines=502"), load.out());
    assertTrue(load.err().contains("501 records"), load.err());
    assertFalse(Files.exists(directory.resolve("records.jsonl.vxload-state")));

    Path dump = directory.resolve("dump.jsonl");
    assertEquals(0, vxctl("dump", dump.toString()).code());
    assertEquals(501, Files.readAllLines(dump).size());
    String before = sorted(dump);
    assertEquals(0, vxctl("load", dump.toString()).code());
    Path again = directory.resolve("again.jsonl");
    assertEquals(0, vxctl("dump", again.toString()).code());
    assertEquals(before, sorted(again));
    assertEquals(before, vxctl("dump").out().lines().sorted().collect(Collectors.joining("\n")));
  }

  private static String sorted(Path file) throws IOException {
    return Files.readAllLines(file).stream().sorted().collect(Collectors.joining("\n"));
  }

  @Test
  void tabSeparatedFilesAreLoaded() throws IOException {
    Path file = Files.writeString(directory.resolve("r.tsv"), "a\t1\nb\t2\tdefault\r\nc\t");
    assertEquals(0, vxctl("load", file.toString()).code());
    assertEquals("2" + System.lineSeparator(), vxctl("get", "b").out());
    assertTrue(vxctl("mget", "a", "b", "c").out().contains("c"));
    Path bad = Files.writeString(directory.resolve("bad.tsv"), "a\t1\t2\t3\n");
    assertOneLineAtEnd(vxctl("load", bad.toString()), 1, "line 1:");
  }

  private static void assertOneLineAtEnd(CommandRun run, int code, String fact) {
    assertEquals(code, run.code(), run.toString());
    String last = run.err().lines().reduce("", (a, b) -> b);
    assertTrue(last.startsWith("vxctl: error: ") && last.contains(fact), run.err());
    assertEquals(1, run.err().lines().filter(l -> l.startsWith("vxctl: error")).count());
  }

  @Test
  void aLoadThatStopsGoesOnWhereEverythingWasStored() throws IOException {
    List<String> lines = new ArrayList<>();
    IntStream.range(0, 100).forEach(i -> lines.add("{\"key\":\"k" + i + "\",\"value\":\"v\"}"));
    lines.set(60, "{\"key\":\"k60\"}");
    Path file = Files.write(directory.resolve("records.jsonl"), lines);
    CommandRun broken = vxctl("load", file.toString());
    assertOneLineAtEnd(broken, 1, "line 61:");
    assertTrue(broken.err().contains("lines 1..60 are stored; run again"), broken.err());
    assertEquals(60, cluster.applied());
    Path state = directory.resolve("records.jsonl.vxload-state");
    assertTrue(Files.readString(state).contains("\"confirmed_line\":60"));

    lines.set(60, "{\"key\":\"k60\",\"value\":\"v\"}");
    Files.write(file, lines);
    assertOneLine(vxctl("load", file.toString()), 1, "--restart");
    // The same file, as if it had been right all along.
    Files.writeString(
        state,
        Files.readString(state)
            .replaceAll("\"file_bytes\":\\d+", "\"file_bytes\":" + Files.size(file))
            .replaceAll(
                "\"file_modified_ms\":\\d+",
                "\"file_modified_ms\":" + Files.getLastModifiedTime(file).toMillis()));
    CommandRun rest = vxctl("load", file.toString());
    assertEquals(0, rest.code(), rest.err());
    assertTrue(rest.err().contains("going on behind line 60"), rest.err());
    assertEquals(100, cluster.applied());
    assertFalse(Files.exists(state));
  }

  @Test
  void aRefusedLineIsNamed() throws IOException {
    Path file =
        Files.writeString(
            directory.resolve("r.jsonl"),
            """
            {"key":"a","value":""}
            {"key":"b","value":"","namespace":"nowhere"}
            """);
    assertOneLineAtEnd(vxctl("load", file.toString()), 3, "line 2: UNKNOWN_NAMESPACE");
  }

  @Test
  void aScanFiltersAndLimits() {
    for (String key : List.of("a/1", "a/2", "b/1")) {
      assertEquals(0, vxctl("put", key, "v").code());
    }
    assertEquals(2, vxctl("scan", "--prefix", "a/").out().lines().count());
    assertEquals(1, vxctl("scan", "--limit", "1").out().lines().count());
    assertEquals(
        List.of("a/1", "a/2", "b/1"), vxctl("scan", "--keys-only").out().lines().sorted().toList());
    assertTrue(vxctl("scan", "-o", "json").out().lines().allMatch(l -> l.contains("\"version\"")));
  }

  @Test
  void statusTellsWhatIsWrong() {
    CommandRun well = vxctl("status");
    assertEquals(0, well.code(), well.toString());
    assertTrue(well.out().contains("healthy"), well.out());
    cluster.kill(new NodeId("node-3"));
    CommandRun degraded = vxctl("status", "--timeout", "10s");
    assertEquals(5, degraded.code(), degraded.toString());
    assertTrue(degraded.out().contains("node-3 at 127.0.0.1:"), degraded.out());
    assertTrue(degraded.out().contains("; look at its process and its log"), degraded.out());
    assertTrue(degraded.out().contains("survives no further failure"), degraded.out());
    cluster.kill(new NodeId("node-2"));
    CommandRun lost = vxctl("status", "--timeout", "10s", "-o", "json");
    assertEquals(5, lost.code());
    assertTrue(lost.out().contains("has no majority"), lost.out());
    cluster.kill(new NodeId("node-1"));
    CommandRun dead = vxctl("status", "--timeout", "1s");
    assertEquals(4, dead.code());
    assertTrue(dead.err().contains("no node answers"), dead.err());
  }

  /// Between the two steps of a move the map does not know of the fourth voter yet.
  @Test
  void statusCountsTheVotersOfAGroupsLog() {
    ShardGroupId group = new ShardGroupId(1);
    cluster.voters.put(group, List.of("node-1", "node-2", "node-3", "node-4"));
    CommandRun differs = vxctl("status");
    assertEquals(5, differs.code(), differs.toString());
    assertTrue(
        differs.out().contains("group 1 has the voters [node-1, node-2, node-3, node-4]"),
        differs.out());
    assertTrue(differs.out().contains("and no move leaves that behind"), differs.out());
    assertEquals(0, vxctl("replica", "move", "1", "node-1", "node-4").code());
    CommandRun moving = vxctl("status");
    assertFalse(moving.out().contains("has the voters"), moving.out());
    cluster.kill(new NodeId("node-3"));
    CommandRun lost = vxctl("status", "--timeout", "10s");
    assertTrue(lost.out().contains("group 1 has no majority: 2 of 4 voters"), lost.out());
  }

  /// Also where a node counts the root group's own as one, as nodes of an older release do.
  @Test
  void theRootGroupHasNoneOfTheShards() {
    for (String command : List.of("status", "cluster status")) {
      List<String> counts =
          vxctl(command.split(" ", -1))
              .out()
              .lines()
              .dropWhile(line -> !line.startsWith("GROUP"))
              .takeWhile(line -> !line.isBlank())
              .map(line -> line.split(" {2,}", -1)[5])
              .toList();
      assertEquals(List.of("SHARDS", "-", "43", "43", "42"), counts);
    }
  }

  @Test
  void theShardMapAndAKeysPlaceAreShown() {
    assertTrue(vxctl("shard", "map").out().contains("0-42"));
    assertTrue(vxctl("shard", "map", "-o", "json").out().contains("\"epoch\":1"));
    CommandRun locate = vxctl("shard", "locate", "user:1", "-o", "json");
    assertTrue(locate.out().contains("\"shard\":81"), locate.out());
  }

  @Test
  void leadersAreListedAndMoved() {
    assertTrue(vxctl("leader", "list").out().contains("node-2"));
    CommandRun moved = vxctl("leader", "transfer", "1", "node-3");
    assertTrue(moved.out().startsWith("group=1 leader=node-3"), moved.toString());
    assertEquals(new NodeId("node-3"), cluster.leader(new ShardGroupId(1)));
  }

  @Test
  void leadersAreBroughtBackToWhereTheyBelong() {
    cluster.lead(1, new NodeId("node-3"));
    CommandRun dry = vxctl("leader", "balance", "--dry-run");
    assertEquals(0, dry.code(), dry.toString());
    assertTrue(dry.out().contains("would-move  node-2"), dry.toString());
    assertEquals(new NodeId("node-3"), cluster.leader(new ShardGroupId(1)));
    CommandRun moved = vxctl("leader", "balance", "-o", "json");
    assertEquals(0, moved.code(), moved.toString());
    assertTrue(
        moved.out().contains("{\"group\":1,\"outcome\":\"moved\",\"leader\":\"node-2\""),
        moved.toString());
    assertTrue(moved.out().contains("\"in-place\""), moved.toString());
    assertEquals(new NodeId("node-2"), cluster.leader(new ShardGroupId(1)));
  }

  @Test
  void aLeadThatCanNotBePlacedIsNamedAndEndsWithThree() {
    cluster.lead(1, new NodeId("node-3"));
    cluster.refuseLeads("its disk was slow");
    CommandRun kept = vxctl("leader", "balance");
    assertEquals(3, kept.code(), kept.toString());
    assertTrue(kept.out().contains("KEPT"), kept.toString());
    assertTrue(kept.out().contains("node-2: its disk was slow"), kept.toString());
  }

  @Test
  void domainsAreShownWithWhoLivesThere() {
    CommandRun shown = vxctl("numa", "show");
    assertEquals(0, shown.code(), shown.toString());
    assertEquals(10, shown.out().lines().count(), shown.out());
    List<String> ofFirst = shown.out().lines().filter(line -> line.startsWith("node-1")).toList();
    assertEquals(
        List.of(
            "node-1 0 0-3 0-3 64.0 GiB 0,2 1 not-seen, 1 pinned",
            "node-1 1 4-7 4-5 64.0 GiB 1,3 2 pinned",
            "node-1 2 - - 64.0 GiB - -"),
        ofFirst.stream().map(line -> line.replaceAll(" +", " ").strip()).toList());
    cluster.kill(new NodeId("node-3"));
    CommandRun gone = vxctl("numa", "show", "--timeout", "2s", "-o", "json");
    assertEquals(0, gone.code(), gone.toString());
    assertTrue(
        gone.out().contains("\"state\":\"unreachable\",\"domains\":[],\"anywhere\":[]"),
        gone.out());
    assertTrue(
        gone.out().contains("{\"group\":0,\"memory_domain\":0,\"apply_thread\":\"not-seen\"}"),
        gone.out());
    CommandRun few = vxctl("numa", "show", "--timeout", "2s");
    assertEquals(8, few.out().lines().count(), few.out());
  }

  @Test
  void nodesAreListedWithWhatTheyDo() {
    CommandRun list = vxctl("node", "list");
    assertEquals(0, list.code(), list.toString());
    assertEquals(4, list.out().lines().count(), list.out());
    assertTrue(list.out().lines().skip(1).allMatch(line -> line.contains("  ready  ")), list.out());
    assertTrue(list.out().contains("scripted"), list.out());
    cluster.kill(new NodeId("node-3"));
    CommandRun gone = vxctl("node", "list", "--timeout", "10s", "-o", "json");
    assertEquals(0, gone.code(), gone.toString());
    assertTrue(gone.out().contains("\"state\":\"unreachable\""), gone.out());
    assertTrue(gone.out().contains("\"trouble\""), gone.out());
  }

  @Test
  void aNodeIsDescribedWithItsReplicas() {
    CommandRun described = vxctl("node", "describe", "node-2");
    assertEquals(0, described.code(), described.toString());
    assertTrue(described.out().contains("zone"), described.out());
    assertTrue(described.out().contains("z2"), described.out());
    assertTrue(described.out().contains("PREFERRED"), described.out());
    CommandRun json = vxctl("node", "describe", "node-2", "-o", "json");
    assertTrue(json.out().contains("\"leads\":[1]"), json.out());
    assertTrue(json.out().contains("\"replicas\":[0,1,2,3]"), json.out());
  }

  @Test
  void aDrainedNodeLeadsNothingUntilItIsUndrained() {
    CommandRun drained = vxctl("node", "drain", "node-2", "--wait");
    assertEquals("node=node-2 duty=draining epoch=2 leads=[]", drained.out().strip());
    assertEquals(0, drained.code());
    assertEquals(new NodeId("node-3"), cluster.leader(new ShardGroupId(1)));
    assertTrue(vxctl("node", "list").out().contains("draining"));
    assertTrue(vxctl("status").out().contains("draining"));
    CommandRun again = vxctl("node", "drain", "node-2", "-o", "json");
    assertTrue(again.out().contains("\"changed\":false"), again.toString());
    CommandRun undrained = vxctl("node", "undrain", "node-2");
    assertTrue(undrained.out().contains("duty=serving epoch=3"), undrained.toString());
    assertFalse(vxctl("node", "list").out().contains("draining"));
    assertFalse(vxctl("status").out().contains("draining"));
  }

  @Test
  void aDrainThatTakesTooLongEndsWithFourAndSaysWhatIsLeft() {
    cluster.refuseLeads("it has entries to apply");
    CommandRun stuck = vxctl("node", "drain", "node-2", "--wait", "--timeout", "5s");
    assertOneLine(stuck, 4, "node=node-2 groups=[1]");
    assertTrue(stuck.err().contains("it has entries to apply"), stuck.err());
    assertTrue(stuck.err().contains("vxctl node undrain node-2"), stuck.err());
    assertTrue(cluster.map().node(new NodeId("node-2")).drains(), "the mark stays");
  }

  @Test
  void aNodeThatIsNotThereIsRefusedWithThoseThatAre() {
    for (String verb : List.of("drain", "undrain", "describe")) {
      assertOneLine(vxctl("node", verb, "node-9"), 3, "nodes=[node-1, node-2, node-3]");
    }
  }

  @Test
  void theLastServingNodeIsNotDrained() {
    assertEquals(0, vxctl("node", "drain", "node-2").code());
    assertEquals(0, vxctl("node", "drain", "node-3").code());
    assertOneLine(vxctl("node", "drain", "node-1"), 3, "NODE_NEEDED");
  }

  @Test
  void namespacesAreCreatedAndListed() {
    assertEquals("created features", vxctl("namespace", "create", "features").out().strip());
    assertEquals("there already: features", vxctl("namespace", "create", "features").out().strip());
    assertEquals(
        List.of("default", "features"),
        vxctl("namespace", "list", "--no-headers").out().lines().toList());
    assertOneLine(vxctl("namespace", "create", "NO!"), 2, "NO!");
  }

  @Test
  void equalReplicasHaveEqualDigests() {
    CommandRun digest = vxctl("digest", "--group", "1");
    assertEquals(0, digest.code(), digest.toString());
    assertEquals(4, digest.out().lines().count());
    assertOneLine(vxctl("digest", "--group", "77"), 3, "group=77");
  }

  @Test
  void soundReplicasAreWalkedTableByTable() {
    CommandRun verify = vxctl("raft", "verify", "--group", "1");
    assertEquals(0, verify.code(), verify.toString());
    assertEquals(4, verify.out().lines().count());
    assertTrue(verify.out().lines().skip(1).allMatch(line -> line.endsWith("sound")));
    assertTrue(verify.out().contains(" 2 "), "both tables: " + verify);
    assertTrue(verify.out().contains(" 10 "), "records of both: " + verify);
    assertOneLine(vxctl("raft", "verify", "--group", "77"), 3, "group=77");
    assertOneLine(vxctl("raft", "verify", "--node", "nobody"), 3, "node=nobody");
  }

  @Test
  void whereTheLogOfEachReplicaIsIsShown() {
    CommandRun info = vxctl("raft", "info", "--group", "1");
    assertEquals(0, info.code(), info.toString());
    assertEquals(4, info.out().lines().count(), info.out());
    assertEquals(
        1, info.out().lines().filter(line -> line.contains(" leader ")).count(), info.out());
    assertTrue(vxctl("raft", "info", "-o", "wide").out().contains("VOTERS"));
    cluster.kill(new NodeId("node-3"));
    String json = vxctl("raft", "info", "--timeout", "2s", "-o", "json").out();
    assertEquals(12, JsonParser.parseString(json).getAsJsonArray().size(), json);
    assertEquals(8, json.split("\"commit_index\"", -1).length - 1, json);
    assertTrue(json.contains("\"trouble\""), json);
    assertOneLine(vxctl("raft", "info", "--node", "nobody"), 3, "node=nobody");
  }

  @Test
  void theMemoryOfEachNodeIsShown() {
    CommandRun memory = vxctl("memory");
    assertEquals(0, memory.code(), memory.toString());
    assertEquals(4, memory.out().lines().count(), memory.out());
    String json = vxctl("memory", "-o", "json").out();
    assertEquals(3, json.split("\"lock_cap_bytes\"", -1).length - 1, json);
    assertEquals(12, json.split("\"table_bytes\"", -1).length - 1, json);
    cluster.kill(new NodeId("node-3"));
    String gone = vxctl("memory", "--timeout", "2s").out();
    assertTrue(gone.lines().anyMatch(line -> line.matches("node-3 +- +- +- +-")), gone);
  }

  @Test
  void aClusterIsMeasuredAndLeftAsItWas() {
    CommandRun perf = vxctl("check", "perf", "--seconds", "1", "-o", "json");
    for (String kind : List.of("writes", "reads")) {
      assertTrue(perf.out().contains("{\"check\":\"" + kind + "\",\"result\":\""), perf.toString());
    }
    assertFalse(perf.out().contains("of 0,"), perf.toString());
    assertEquals(2, perf.out().split("failed 0", -1).length - 1, perf.toString());
    assertEquals("", vxctl("scan", "--prefix", "vxctl-check-perf/").out());
    assertOneLine(vxctl("check", "perf", "--seconds", "0"), 2, "--seconds=0");
    assertOneLine(vxctl("check", "perf", "-n", "nobodys"), 3, "UNKNOWN_NAMESPACE");
  }

  @Test
  void consistencyIsTheDigest() {
    assertEquals(vxctl("digest").out(), vxctl("check", "consistency").out());
  }

  @Test
  void aDamagedReplicaEndsWithSeven() {
    cluster.damage(new NodeId("node-2"));
    CommandRun verify = vxctl("raft", "verify", "--group", "1");
    assertEquals(7, verify.code(), verify.toString());
    assertEquals(1, verify.out().lines().filter(line -> line.endsWith("CORRUPT")).count());
    assertTrue(
        verify.err().contains("group 1 on node-2: shard 11: records counted as 6"),
        verify.toString());
    assertEquals(0, vxctl("raft", "verify", "--node", "node-1").code());
    assertTrue(vxctl("raft", "verify", "-o", "json").out().contains("\"CORRUPT\""));
  }

  @Test
  void snapshotsAreTakenOfAllReplicasThatHaveSomething() {
    CommandRun empty = vxctl("snapshot", "create");
    assertEquals(0, empty.code(), empty.toString());
    assertEquals(13, empty.out().lines().count(), empty.out());
    assertTrue(empty.out().lines().skip(1).allMatch(line -> line.endsWith("nothing")));
    assertEquals("", empty.err());

    String put = vxctl("put", "greeting", "hello").out();
    String group = put.replaceAll("(?s).*group=(\\d).*", "$1");
    CommandRun one = vxctl("snapshot", "create", "--group", group, "--node", "node-2");
    assertEquals(0, one.code(), one.toString());
    assertTrue(
        one.out().lines().skip(1).allMatch(line -> line.matches(group + " +node-2 +1 +3 +durable")),
        one.out());
    String json = vxctl("snapshot", "create", "--group", group, "-o", "json").out();
    assertEquals(3, JsonParser.parseString(json).getAsJsonArray().size(), json);
    assertOneLine(vxctl("snapshot", "create", "--group", "77"), 3, "group=77");
    assertOneLine(vxctl("snapshot", "create", "--node", "nobody"), 3, "node=nobody");
  }

  @Test
  void aDeadClusterEndsWithFour() {
    cluster.map().nodes().forEach(node -> cluster.kill(node.id()));
    for (List<String> args :
        List.of(
            List.of("get", "k"),
            List.of("mget", "k"),
            List.of("put", "k", "v"),
            List.of("del", "k"),
            List.of("cas", "k", "v", "--if-absent"),
            List.of("scan"),
            List.of("dump"),
            List.of("shard", "map"),
            List.of("shard", "locate", "k"),
            List.of("leader", "list"),
            List.of("leader", "transfer", "1", "node-1"),
            List.of("namespace", "list"),
            List.of("namespace", "create", "x"),
            List.of("digest"),
            List.of("raft", "verify"),
            List.of("snapshot", "create"))) {
      List<String> hurried = new ArrayList<>(args);
      hurried.addAll(List.of("--timeout", "400ms", "--endpoints", endpoints()));
      assertOneLine(raw(hurried.toArray(String[]::new)), 4, "UNREACHABLE");
    }
  }

  @Test
  void aFencedProducerEndsWithThree() {
    cluster.refuseNextWrite(ErrorReason.PRODUCER_FENCED);
    assertOneLine(vxctl("put", "k", "v"), 3, "PRODUCER_FENCED");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "frobnicate",
        "get",
        "get a b",
        "get --what k",
        "put k",
        "put k v --flags x",
        "put k v --flags -1",
        "get k -o xml",
        "get k --context",
        "config use-context",
        "config set-context a --timeout soon",
        "config set-context a --endpoints nowhere",
        "config set-context a --output xml",
        "shard describe 128",
        "shard describe -1",
        "get k --consistency strong",
        "get k --consistency bounded:0s",
        "get k --timeout soon",
        "get k --timeout 0s",
        "get k --endpoints nowhere",
        "get k --endpoints ,",
        "get k -n NO",
        "scan --limit -3",
        "leader transfer one node-1",
        "leader",
        "node",
        "node drain",
        "shard frobnicate",
        "--frobnicate",
      })
  void wrongUsageEndsWithTwoAndOneLine(String line) {
    CommandRun run = raw(line.split(" "));
    assertOneLine(run, 2, "");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "get k --timeout 0s",
        "get k --timeout -5s",
        "get k --timeout=-5s",
        "get k --consistency bounded:0ms",
        "put k v --ttl 0",
        "shard list --hot --interval 0s",
        "top --interval=-1s",
      })
  void aDurationThatIsNotPositiveIsRefusedWithOneThatIs(String line) {
    assertOneLine(raw(line.split(" ")), 2, " expected=a positive duration like 5s;");
  }

  @Test
  void anIntervalWithoutTwoLooksIsRefused() {
    assertOneLine(
        vxctl("shard", "list", "--interval", "5s"), 2, "--interval=5s expected=--hot as well");
    assertEquals(0, vxctl("shard", "list").code());
    assertEquals(0, vxctl("shard", "list", "--hot", "--interval", "1ms").code());
  }

  @Test
  void anEmptyKeyAndATooLongOneAreRefusedBeforeAnythingIsSent() {
    assertOneLine(vxctl("get", ""), 2, "1..4096");
    assertOneLine(vxctl("put", "x".repeat(5_000), "v"), 2, "bytes=5000");
  }

  @Test
  void versionIsToldWhereverItIsAskedFor() {
    for (String line : List.of("--version", "-V", "get --version", "shard list -V")) {
      CommandRun said = raw(line.split(" "));
      assertEquals(0, said.code(), said.toString());
      assertTrue(said.out().startsWith("vxctl " + Release.VERSION + "\n"), said.toString());
      assertTrue(said.out().contains("\njdk: " + Runtime.version()), said.toString());
      assertEquals("", said.err());
    }
  }

  @Test
  void helpNamesEveryCommandAndEveryExitCode() {
    CommandRun help = raw("--help");
    assertEquals(0, help.code());
    for (String word : List.of("get", "load", "status", "digest", "--endpoints", "Exit codes")) {
      assertTrue(help.out().contains(word), word);
    }
    assertEquals(2, raw().code());
    for (String command : List.of("get", "load", "status", "shard", "leader", "cas")) {
      CommandRun one = raw(command, "--help");
      assertEquals(0, one.code(), one.toString());
      assertTrue(one.out().startsWith("Usage: vxctl " + command), one.out());
    }
  }
}
