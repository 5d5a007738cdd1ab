package io.vxmeta.chaos.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What nodes of this JVM are told to end with, as if they were processes.
class EmbeddedClusterTest {
  @TempDir Path folder;

  /// Where each run says that it would have ended, oldest first.
  private final List<Consumer<String>> fatals = new ArrayList<>();

  private final NodeHost host =
      (_, whenFatal) -> {
        fatals.add(whenFatal);
        return () -> {};
      };

  private EmbeddedCluster start(NodeHost nodes) throws Exception {
    return EmbeddedCluster.start(ClusterPlan.small("embedded", folder).withNodes(1), nodes);
  }

  private static NodeId only(EmbeddedCluster cluster) {
    return cluster.nodes().getFirst();
  }

  @Test
  void aNodeThatStopsWhenAskedEndsWithZero() throws Exception {
    try (EmbeddedCluster cluster = start(host)) {
      assertTrue(cluster.isRunning(only(cluster)));
      assertEquals(0, cluster.stop(only(cluster)));
      assertFalse(cluster.isRunning(only(cluster)));
    }
  }

  @Test
  void aNodeThatWouldHaveEndedItsProcessDoesNotEndWithZero() throws Exception {
    try (EmbeddedCluster cluster = start(host)) {
      fatals.getFirst().accept("the disk is gone");
      assertFalse(cluster.isRunning(only(cluster)));
      assertEquals("the disk is gone", cluster.lastWords(only(cluster)));
      assertEquals(70, cluster.stop(only(cluster)));
    }
  }

  @Test
  void whatANodeSaysOfItsEndWhileItStartsIsNotLost() throws Exception {
    NodeHost doomed =
        (_, whenFatal) -> {
          whenFatal.accept("dead on arrival");
          return () -> {};
        };
    try (EmbeddedCluster cluster = start(doomed)) {
      assertFalse(cluster.isRunning(only(cluster)));
      assertEquals("dead on arrival", cluster.lastWords(only(cluster)));
    }
  }

  @Test
  void whatAnEarlierRunSaysIsNotTheNextOnes() throws Exception {
    try (EmbeddedCluster cluster = start(host)) {
      NodeId node = only(cluster);
      cluster.kill(node);
      cluster.launch(node);
      cluster.awaitReady(node);
      fatals.getFirst().accept("too late");
      assertTrue(cluster.isRunning(node));
    }
  }

  @Test
  void aNodeThatCanNotStopDoesNotEndWithZero() throws Exception {
    NodeHost stubborn =
        (_, _) ->
            () -> {
              throw new IllegalStateException("no");
            };
    try (EmbeddedCluster cluster = start(stubborn)) {
      assertEquals(70, cluster.stop(only(cluster)));
      assertTrue(cluster.lastWords(only(cluster)).contains("did not stop"));
    }
  }

  @Test
  void aNodeThatDoesNotStartIsTold() {
    NodeHost broken =
        (_, _) -> {
          throw new IOException("no room");
        };
    NodeStopped stopped = assertThrows(NodeStopped.class, () -> start(broken));
    assertEquals(OptionalInt.of(1), stopped.exitCode());
    assertTrue(stopped.lastWords().contains("no room"), stopped::lastWords);
  }
}
