package io.vxmeta.chaos.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is made of a node's output and of its end.
class NodeProcessTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /// More than a pipe holds.
  private static final String TALK = "head -c 1000000 /dev/zero | tr '\\0' 'x' | fold; echo; ";

  @TempDir Path folder;

  private NodeProcess start(String program) throws IOException {
    return NodeProcess.start(new NodeId("node-1"), List.of("sh", "-c", program), folder);
  }

  @Test
  void aNodeGetsReadyAlsoWhenItsOutputCanNotBeKept() throws Exception {
    Files.createDirectory(folder.resolve("node.out"));
    NodeProcess node = start(TALK + "echo 'vxmeta: ready node=node-1'; read -r end");
    node.awaitReady(PATIENCE);
    assertTrue(node.isReady());
    node.kill();
    assertEquals(OptionalInt.of(137), node.exitCode());
  }

  @Test
  void aNodeThatIsKilledWhileItStartsIsToldByItsExitCode() throws Exception {
    NodeProcess node = start("read -r end");
    assertEquals(OptionalInt.empty(), node.exitCode());
    node.kill();
    NodeStopped stopped = assertThrows(NodeStopped.class, () -> node.awaitReady(PATIENCE));
    assertEquals(OptionalInt.of(137), stopped.exitCode());
  }
}
