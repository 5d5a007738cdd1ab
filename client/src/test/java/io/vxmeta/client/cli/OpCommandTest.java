package io.vxmeta.client.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.vxmeta.client.ScriptedCluster;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardId;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Whatever is under way is listed, waited for and called off under one kind of name.
final class OpCommandTest {
  private static final ShardId SHARD = new ShardId(0);
  private static final ShardGroupId SOURCE = new ShardGroupId(1);
  private static final ShardGroupId TARGET = new ShardGroupId(2);

  private final ScriptedCluster cluster = new ScriptedCluster();

  @AfterEach
  void close() {
    cluster.close();
  }

  private String[] line(String... args) {
    String endpoints =
        cluster.config().endpoints().stream()
            .map(Object::toString)
            .collect(Collectors.joining(","));
    List<String> all = new ArrayList<>(List.of("--endpoints", endpoints, "--timeout", "20s"));
    all.addAll(List.of(args));
    return all.toArray(String[]::new);
  }

  private CommandRun vxctl(String... args) {
    return CommandRun.of(line(args));
  }

  /// Runs it, and does something as soon as it has told the first step.
  private CommandRun vxctlThen(Runnable once, String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    PrintStream told =
        new PrintStream(err, true, StandardCharsets.UTF_8) {
          private boolean done;

          @Override
          public void println(String text) {
            super.println(text);
            if (!done) {
              done = true;
              once.run();
            }
          }
        };
    int code =
        Vxctl.run(
            line(args),
            new Streams(
                new ByteArrayInputStream(new byte[0]),
                new PrintStream(out, false, StandardCharsets.UTF_8),
                told),
            Map.of());
    return new CommandRun(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  private void orderAll() {
    assertEquals(0, vxctl("shard", "move", "0", "--to", "2").code());
    assertEquals(0, vxctl("replica", "move", "1", "node-1", "node-2").code());
    assertEquals(0, vxctl("node", "decommission", "node-3", "--yes").code());
    assertEquals(
        0,
        vxctl("node", "join", "node-4", "--client", "h:1", "--peer", "h:2", "--raft", "h:3")
            .code());
  }

  @Test
  void whateverIsUnderWayIsListed() {
    assertEquals("[]", vxctl("op", "list", "-o", "json").out().strip());
    orderAll();
    String list = vxctl("op", "list", "--timeout", "2s").out();
    for (String row :
        List.of(
            "shard/0 +group 1 -> group 2 +copies; copied_bytes=700000",
            "replica/1 +node-1 -> node-2 +its voters change",
            "node/node-3 +leaves +gives up replicas of groups=\\[0, 1, 2, 3\\]",
            "node/node-4 +joins +announced; waits for the node to be started")) {
      assertTrue(list.lines().anyMatch(each -> each.strip().matches(row)), row + "\n" + list);
    }
    assertEquals(
        List.of("shard/0", "replica/1", "node/node-3", "node/node-4"),
        vxctl("op", "list", "-o", "name", "--timeout", "2s").out().lines().toList());
  }

  @Test
  void aShardThatArrivesIsWaitedFor() {
    assertEquals(0, vxctl("shard", "move", "0", "--to", "2").code());
    CommandRun waited =
        vxctlThen(() -> cluster.endShardMove(SHARD, TARGET), "op", "wait", "-o", "json");
    assertEquals(0, waited.code(), waited.toString());
    JsonObject ended =
        JsonParser.parseString(waited.out()).getAsJsonArray().get(0).getAsJsonObject();
    assertEquals("shard/0", ended.get("operation").getAsString());
    assertEquals("done", ended.get("ended").getAsString());
    assertEquals(
        List.of(
            "shard/0 group 1 -> group 2: copies; copied_bytes=700000",
            "shard/0 group 1 -> group 2: done"),
        waited.err().lines().toList());
  }

  @Test
  void oneThatWasCalledOffIsToldFromOneThatIsDone() {
    assertEquals(0, vxctl("shard", "move", "0", "--to", "2").code());
    CommandRun waited =
        vxctlThen(() -> cluster.endShardMove(SHARD, SOURCE), "op", "wait", "shard/0", "shard/5");
    assertEquals(3, waited.code(), waited.toString());
    assertTrue(waited.out().contains("called off"), waited.out());
    assertTrue(waited.out().contains("not under way"), waited.out());
  }

  @Test
  void whatTakesTooLongGoesOn() {
    assertEquals(0, vxctl("shard", "move", "0", "--to", "2").code());
    CommandRun waited = vxctl("op", "wait", "shard/0", "--timeout", "1s");
    assertEquals(4, waited.code(), waited.toString());
    assertTrue(waited.err().contains("under_way=[shard/0]"), waited.err());
    assertEquals("", vxctl("op", "wait", "replica/1", "-o", "name").err());
  }

  @Test
  void eachKindIsCalledOff() {
    orderAll();
    assertEquals(0, vxctl("op", "cancel", "shard/0").code());
    assertEquals(0, vxctl("op", "cancel", "replica/1").code());
    CommandRun stays = vxctl("op", "cancel", "node/node-3");
    assertEquals(0, stays.code(), stays.toString());
    vxctl("op", "cancel", "node/node-4").assertOneLine(3, "vxctl node decommission node-4 --yes");
    vxctl("op", "cancel", "node/node-1").assertOneLine(3, "neither joins nor leaves");
    vxctl("op", "cancel", "node/node-9").assertOneLine(3, "no such node");
    String list = vxctl("op", "list", "--timeout", "2s").out();
    assertEquals(2, list.lines().filter(each -> each.contains("called off; ")).count(), list);
    assertTrue(list.lines().noneMatch(each -> each.contains("node-3")), list);
  }

  @Test
  void aNameOfNothingIsRefused() {
    for (String name :
        List.of("17", "shard/", "shard/x", "shard/-1", "group/1", "node/", "node/A")) {
      vxctl("op", "cancel", name).assertOneLine(2, "operation=" + name);
      vxctl("op", "wait", name).assertOneLine(2, "operation=" + name);
    }
  }
}
