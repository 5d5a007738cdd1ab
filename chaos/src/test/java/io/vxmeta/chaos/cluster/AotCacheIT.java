package io.vxmeta.chaos.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.shardmap.NodeId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What a node does with an AOT cache that its JVM can not use.
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class AotCacheIT {
  private static final NodeId NODE = new NodeId("node-1");

  @TempDir Path folder;

  @Test
  void cacheThatDoesNotFitIsLeftAndSaidOnce() throws Exception {
    Path cache = Files.writeString(folder.resolve("other.aot"), "of another JVM");
    ClusterPlan plan = ClusterPlan.small("cold", folder).withNodes(1);
    List<String> options = JavaCommand.fromCache(cache.toString(), plan.jvmOptions());
    try (ProcessCluster cluster = ProcessCluster.start(plan.withJvmOptions(options))) {
      assertTrue(cluster.isReady(NODE));
      List<String> out = Files.readAllLines(cluster.folder(NODE).resolve("node.out"));
      assertEquals(1, out.size(), "only the ready line: " + out);
      List<String> said =
          Files.readAllLines(cluster.folder(NODE).resolve("node.log")).stream()
              .filter(line -> line.contains("AOT") || line.contains(cache.toString()))
              .toList();
      assertEquals(1, said.size(), said.toString());
      assertTrue(said.getFirst().contains("cache=" + cache), said.toString());
    }
  }
}
