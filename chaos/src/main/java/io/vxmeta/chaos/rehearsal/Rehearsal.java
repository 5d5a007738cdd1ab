package io.vxmeta.chaos.rehearsal;

import io.vxmeta.chaos.cluster.ClusterPlan;
import io.vxmeta.chaos.cluster.ClusterView;
import io.vxmeta.chaos.cluster.EmbeddedCluster;
import io.vxmeta.chaos.cluster.NodeStopped;
import io.vxmeta.client.BulkWriter;
import io.vxmeta.client.Bytes;
import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.Outcome;
import io.vxmeta.client.ReadAnswer;
import io.vxmeta.client.ReadOptions;
import io.vxmeta.client.ReadStream;
import io.vxmeta.client.ScanOptions;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.VxClient;
import io.vxmeta.client.WriteAnswer;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroup;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.stream.IntStream;

/// Three nodes and a client in this JVM do once what nodes and clients do: start, elect, write,
/// read, take snapshots, stop, and come back.
final class Rehearsal {
  /* Threads: one plays, the nodes and the client bring theirs.
   * What is played is what is recorded: classes that are loaded here are ready in the JVMs that start from the record, methods that
   * run hot here are compiled there at once. So each kind of call has its turn, and those of the hot paths a turn of seconds. */

  private static final String NAMESPACE = "default";

  /// Keys that are written again and again, and read together.
  private static final int KEYS = 4_096;

  private static final int KEYS_READ_TOGETHER = 32;

  /// Closed loop, as many callers would.
  private static final int WRITES_IN_FLIGHT = 64;

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Path folder;
  private final Duration turn;

  /// @param folder for the nodes' data
  /// @param turn how long each hot path is kept busy
  Rehearsal(Path folder, Duration turn) {
    this.folder = folder;
    this.turn = turn;
  }

  void play() throws IOException, InterruptedException, NodeStopped {
    try (EmbeddedCluster cluster = EmbeddedCluster.start(ClusterPlan.small("rehearsal", folder));
        VxClient client =
            VxClient.connect(ClientConfig.of(cluster.endpoints()).withDeadline(PATIENCE))) {
      ClusterView view = new ClusterView(client);
      view.awaitLeaders(PATIENCE);
      write(client);
      writeInBulk(client);
      read(client, ReadOptions.linearizable());
      read(client, ReadOptions.local());
      readInStream(client);
      scan(client);
      takeSnapshots(cluster, view);
      comeBack(cluster, client, view);
      moveLeader(view);
    }
  }

  private void write(VxClient client) throws InterruptedException {
    Semaphore inFlight = new Semaphore(WRITES_IN_FLIGHT);
    long end = System.nanoTime() + turn.toNanos();
    for (int i = 0; System.nanoTime() < end; i++) {
      inFlight.acquire();
      CompletableFuture<Outcome<WriteAnswer>> _ =
          client.writeAsync(put(i)).whenComplete((_, _) -> inFlight.release());
    }
    inFlight.acquire(WRITES_IN_FLIGHT);
  }

  private void writeInBulk(VxClient client) throws InterruptedException {
    try (BulkWriter writer = client.bulkWriter(BulkWriter.Options.DEFAULTS)) {
      long end = System.nanoTime() + turn.toNanos();
      for (int i = 0; System.nanoTime() < end; i++) {
        CompletableFuture<Outcome<WriteAnswer>> _ = writer.submit(put(i));
      }
      writer.flush();
    }
  }

  private void read(VxClient client, ReadOptions options) {
    long end = System.nanoTime() + turn.dividedBy(2).toNanos();
    for (int i = 0; System.nanoTime() < end; i++) {
      ReadAnswer _ = client.read(NAMESPACE, keys(i), options.within(PATIENCE));
    }
  }

  private void readInStream(VxClient client) throws InterruptedException {
    try (ReadStream stream = client.readStream(ReadStream.Options.DEFAULTS)) {
      long end = System.nanoTime() + turn.dividedBy(2).toNanos();
      CompletableFuture<?> last = CompletableFuture.completedFuture(null);
      for (int i = 0; System.nanoTime() < end; i++) {
        last = stream.read(NAMESPACE, keys(i));
      }
      Object _ = last.handle((_, _) -> "answered").join();
    }
  }

  private static void scan(VxClient client) {
    try (var scan = client.scan(NAMESPACE, ScanOptions.EVERYTHING)) {
      scan.forEachRemaining(_ -> {});
    }
  }

  private static void takeSnapshots(EmbeddedCluster cluster, ClusterView view) {
    for (ShardGroup group : view.dataGroups()) {
      for (NodeId node : cluster.nodes()) {
        var _ = view.createSnapshot(node, group.id());
      }
    }
  }

  /// Entries behind the snapshot are replayed, and those of the meantime fetched.
  private void comeBack(EmbeddedCluster cluster, VxClient client, ClusterView view)
      throws IOException, InterruptedException, NodeStopped {
    write(client);
    NodeId node = cluster.nodes().getLast();
    int _ = cluster.stop(node);
    view.awaitLeaders(PATIENCE);
    write(client);
    cluster.launch(node);
    cluster.awaitReady(node);
    view.awaitCaughtUp(cluster.nodes().size(), PATIENCE);
  }

  private static void moveLeader(ClusterView view) {
    ShardGroup group = view.dataGroups().getFirst();
    NodeId leader = view.awaitLeader(group.id(), PATIENCE).node();
    NodeId other =
        ClusterView.nodes(group).stream()
            .filter(node -> !node.equals(leader))
            .findFirst()
            .orElseThrow();
    var _ = view.transferLeader(group.id(), other);
  }

  private static Transaction put(int number) {
    return Transaction.put(NAMESPACE, key(number), Bytes.utf8("value " + number));
  }

  private static List<Bytes> keys(int from) {
    return IntStream.range(from, from + KEYS_READ_TOGETHER).mapToObj(Rehearsal::key).toList();
  }

  private static Bytes key(int number) {
    return Bytes.utf8("rehearsal/" + number % KEYS);
  }
}
