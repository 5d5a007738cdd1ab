package io.vxmeta.client.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.vxmeta.client.ScriptedCluster;
import io.vxmeta.shardmap.Endpoint;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A cluster is begun by asking all given nodes, of which the leader of the root group does it.
final class ClusterInitTest {
  private final ScriptedCluster cluster = new ScriptedCluster();

  @AfterEach
  void close() {
    cluster.close();
  }

  private String endpoints() {
    return cluster.config().endpoints().stream()
        .map(Object::toString)
        .collect(Collectors.joining(","));
  }

  @Test
  void whoBeginsItIsToldSoAndWhoComesLaterToo() {
    CommandRun first = CommandRun.of("cluster", "init", "--endpoints", endpoints());
    assertEquals(0, first.code(), first.toString());
    assertTrue(first.out().startsWith("begun: "), first.toString());
    CommandRun second = CommandRun.of("cluster", "init", "--endpoints", endpoints(), "-o", "json");
    assertEquals(0, second.code(), second.toString());
    JsonObject said = JsonParser.parseString(second.out()).getAsJsonObject();
    assertEquals(cluster.map().clusterId(), said.get("cluster").getAsString());
    assertEquals(cluster.config().endpoints().size(), said.getAsJsonArray("nodes").size());
    assertEquals("false", said.get("created").getAsString());
  }

  @Test
  void whoNamesOnlyNodesThatDoNotLeadIsToldWhatEachSaid() {
    NodeId leader = cluster.leader(ShardGroupId.ROOT);
    Endpoint other =
        cluster.map().nodes().stream()
            .filter(node -> !node.id().equals(leader))
            .findFirst()
            .orElseThrow()
            .clientEndpoints()
            .get(0);
    CommandRun run =
        CommandRun.of("cluster", "init", "--endpoints", other.toString(), "--timeout", "300ms");
    run.assertOneLine(ExitCode.UNAVAILABLE, other.toString());
    assertTrue(run.err().contains("NOT_LEADER"), run.toString());
    assertTrue(run.err().contains("initial members"), run.toString());
  }
}
