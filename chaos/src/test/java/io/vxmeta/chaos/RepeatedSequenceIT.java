package io.vxmeta.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.chaos.cluster.ClusterPlan;
import io.vxmeta.chaos.cluster.ClusterView;
import io.vxmeta.chaos.cluster.ProcessCluster;
import io.vxmeta.client.BulkWriter;
import io.vxmeta.client.Bytes;
import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.ProducerIdentity;
import io.vxmeta.client.StoredRecord;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.VxClient;
import io.vxmeta.client.WriteAnswer;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A producer that repeats a sequence gets its first answer, whatever happened between.
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class RepeatedSequenceIT {
  private static final Duration PATIENCE = Duration.ofSeconds(150);
  private static final Bytes KEY = Bytes.utf8("account");

  @TempDir Path folder;

  /// No call is over before the nodes had time to come back.
  private static VxClient connect(ProcessCluster cluster) {
    return VxClient.connect(ClientConfig.of(cluster.endpoints()).withDeadline(PATIENCE));
  }

  @Test
  void repeatedSequenceReturnsTheFirstAnswerAfterLeaderChangeAndRestart() throws Exception {
    ProducerIdentity producer = ProducerIdentity.random(new Random(1));
    try (ProcessCluster cluster = ProcessCluster.start(ClusterPlan.small("repeat", folder));
        VxClient client = connect(cluster)) {
      ClusterView view = new ClusterView(client);
      view.awaitLeaders(PATIENCE);
      WriteAnswer first = addFive(client, producer);
      assertFalse(first.replayed());

      ShardGroupId group = first.freshness().token().group();
      NodeId leader = view.awaitLeader(group, PATIENCE).node();
      cluster.kill(leader);
      view.awaitOtherLeader(group, leader, PATIENCE);
      assertReplays(first, addFive(client, producer));

      cluster.killEach();
      cluster.startAll();
      view.awaitLeaders(PATIENCE);
      assertReplays(first, addFive(client, producer));
      assertEquals(
          Optional.of(Bytes.number(5)), client.get("default", KEY).map(StoredRecord::value));
    }
  }

  /// Every writer under this identity numbers its transactions from 1, so this is always sequence
  /// 1.
  private static WriteAnswer addFive(VxClient client, ProducerIdentity producer)
      throws InterruptedException {
    try (BulkWriter writer = client.bulkWriter(BulkWriter.Options.DEFAULTS, producer)) {
      return writer.submit(Transaction.in("default").add(KEY, 5).build()).join().orThrow();
    }
  }

  private static void assertReplays(WriteAnswer first, WriteAnswer repeated) {
    assertTrue(repeated.replayed(), () -> "applied again: " + repeated);
    assertEquals(first.sequence(), repeated.sequence());
    assertEquals(first.revision(), repeated.revision());
    assertEquals(first.result(), repeated.result());
  }
}
