package io.vxmeta.chaos.seeded;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vxmeta.chaos.cluster.ClusterPlan;
import io.vxmeta.chaos.cluster.ClusterView;
import io.vxmeta.chaos.cluster.Disks;
import io.vxmeta.chaos.cluster.ProcessCluster;
import io.vxmeta.client.Bytes;
import io.vxmeta.client.CallFailed;
import io.vxmeta.client.Outcome;
import io.vxmeta.client.ReadOptions;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.VxClient;
import io.vxmeta.client.grpc.ErrorReason;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/// A cluster of one node on a disk of its own, which is led to its durability edges one after the
/// other, and must hold every acknowledged write after each.
final class LoneNode implements AutoCloseable {
  /* One node, because nobody else can give back what it loses. Its tables lie in files, so that they need the disk, too. */

  /// The edges that a node passes by itself, without another one that sends it a snapshot.
  static final Set<FailPoint> STEPS =
      EnumSet.range(FailPoint.BEFORE_LOG_APPEND, FailPoint.AFTER_SNAPSHOT_DELETE);

  private static final int GROUPS = 2;
  private static final int REGISTERS = 10;
  private static final int FILLERS = 12;
  private static final Bytes FILLER = Bytes.utf8("x".repeat(8_000));

  /// So many writes, with a snapshot now and then, reach every point.
  private static final int STEPS_MAX = 400;

  private static final int STEPS_PER_SNAPSHOT = 8;

  /// For calls that may meet a node that can not answer.
  private static final Duration SHORT = Duration.ofSeconds(2);

  private final ProcessCluster cluster;
  private final NodeId node;
  private final VxClient client;
  private final VxClient impatient;
  private final ClusterView view;
  private final Registers registers;
  private final ExactlyOnce once;
  private long number;

  private LoneNode(Arena arena, ProcessCluster cluster) {
    this.cluster = cluster;
    this.node = cluster.nodes().getFirst();
    this.client = arena.connect(cluster);
    this.impatient = arena.connect(cluster, SHORT);
    this.view = new ClusterView(client);
    this.registers = Registers.small(client);
    this.once = new ExactlyOnce(client, arena.random());
  }

  static LoneNode start(Path folder) throws Exception {
    Arena arena = new Arena(folder, Optional.empty(), new Random(1));
    LoneNode started =
        new LoneNode(
            arena,
            arena.start(
                ClusterPlan.small(Arena.NAME, folder)
                    .withNodes(1)
                    .on(ClusterPlan.Storage.OWN_DISKS),
                Tuning.SHORT_LOG));
    started.view.awaitLeaders(Arena.PATIENCE);
    started.once.addAgain();
    return started;
  }

  /// Why this machine can not have one; empty when it can.
  static Optional<String> whyNot() {
    return ProcessCluster.whyNot(ClusterPlan.Storage.OWN_DISKS);
  }

  ProcessCluster cluster() {
    return cluster;
  }

  NodeId node() {
    return node;
  }

  Path folder() {
    return cluster.folder(node);
  }

  Disks disks() {
    return cluster.disks().orElseThrow();
  }

  boolean isRunning() {
    return cluster.isRunning(node);
  }

  /// Orders the deed at the point and does what leads there, until it is done.
  void leadTo(FailPoint point, FailPoints.Action action) throws IOException, InterruptedException {
    int before = FailPoints.hits(folder()).size();
    if (EnumSet.of(FailPoint.BEFORE_VOTE, FailPoint.AFTER_VOTE).contains(point)) {
      cluster.kill(node);
      FailPoints.arm(folder(), point, action);
      cluster.launch(node);
    } else {
      FailPoints.arm(folder(), point, action);
      for (int step = 1; step < STEPS_MAX && hits() == before && isRunning(); step++) {
        boolean _ = takesWrites();
        if (step % STEPS_PER_SNAPSHOT == 0) {
          fill(step);
          var _ = snapshot();
        }
      }
    }
    Arena.await("a node that comes to " + point.place(), () -> hits() > before);
  }

  private int hits() {
    try {
      return FailPoints.hits(folder()).size();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read what a fail point did: folder=" + folder(), e);
    }
  }

  private void fill(long round) {
    for (int i = 0; i < FILLERS; i++) {
      var _ =
          impatient.writeAsync(
              Transaction.put("default", Bytes.utf8("filler/" + round + "/" + i), FILLER));
    }
  }

  /// Whether its groups, the root group among them, have a leader.
  boolean leadsAll() {
    return view.leaders().size() == GROUPS;
  }

  /// Whether a write was acknowledged just now.
  boolean takesWrites() {
    number++;
    return registers.write((int) (number % REGISTERS), number, SHORT) instanceof Outcome.Done;
  }

  /// Whether a write was refused just now for want of room.
  boolean refusesWrites() {
    number++;
    return registers.write((int) (number % REGISTERS), number, SHORT)
            instanceof Outcome.Refused<?> refused
        && refused.is(ErrorReason.DISK_FULL);
  }

  /// Whether a linearizable read was answered just now.
  boolean answersReads() {
    try {
      var _ = impatient.get("default", Registers.key(0));
      return true;
    } catch (CallFailed noAnswer) {
      return false;
    }
  }

  /// Why no snapshot was taken just now; empty if one was.
  Optional<CallFailed> snapshot() {
    try {
      var _ = impatient.admin().createSnapshot(node, Arena.GROUP);
      return Optional.empty();
    } catch (CallFailed refused) {
      return Optional.of(refused);
    }
  }

  /// Starts it if it does not run, and waits until all of its groups have a leader.
  void startAgain() throws Exception {
    cluster.startAll();
    view.awaitLeaders(Arena.PATIENCE);
  }

  /// Everything acknowledged is there and can be written into a snapshot.
  void assertWhole() throws Exception {
    once.addAgain();
    for (int register = 0; register < REGISTERS; register++) {
      var _ = registers.read(register, ReadOptions.linearizable());
    }
    assertEquals(Finding.NONE, registers.judge().or(once.judge()));
    var _ = client.admin().createSnapshot(node, Arena.GROUP);
  }

  @Override
  public void close() throws IOException {
    client.close();
    impatient.close();
    cluster.close();
  }
}
