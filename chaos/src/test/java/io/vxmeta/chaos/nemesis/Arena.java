package io.vxmeta.chaos.nemesis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.vxmeta.chaos.CounterLoad;
import io.vxmeta.chaos.cluster.Cluster;
import io.vxmeta.chaos.cluster.ClusterPlan;
import io.vxmeta.chaos.cluster.ClusterView;
import io.vxmeta.chaos.cluster.ProcessCluster;
import io.vxmeta.chaos.cluster.Signal;
import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.ReadOptions;
import io.vxmeta.client.VxClient;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/// A running cluster under light traffic, on which faults are tried one after the other.
public final class Arena implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(150);
  private static final Duration ATTEMPT = Duration.ofMillis(500);
  private static final int KEYS = 6;
  private static final int WRITES = 30;
  private static final int READS = 2;
  private static final long SEED = 7;
  private static final int TRIES_MAX = 5;

  private final Cluster cluster;
  private final VxClient client;
  private final ClusterView view;
  private final CounterLoad load;
  private final Random random = new Random(SEED);
  private Optional<String> broken = Optional.empty();
  final Battlefield field;

  private Arena(Cluster cluster) {
    this.cluster = cluster;
    this.client = VxClient.connect(ClientConfig.of(cluster.endpoints()).withAttempt(ATTEMPT));
    this.view = new ClusterView(client);
    this.field = new Battlefield(cluster, view);
    this.load = new CounterLoad(client, KEYS);
  }

  /// Closes the cluster, too, if no traffic can begin.
  public static Arena of(Cluster cluster) throws IOException {
    Arena arena = new Arena(cluster);
    try {
      arena.view.awaitLeaders(PATIENCE);
      arena.load.start();
      return arena;
    } catch (RuntimeException failed) {
      // Its nodes would load the machine until the last test has ended.
      arena.close();
      throw failed;
    }
  }

  static Arena start(ClusterPlan plan) throws Exception {
    return of(ProcessCluster.start(plan));
  }

  /// Those that a run tries: all of them if it is a long one.
  public static List<String> usual(List<String> all, Set<String> onlyLong) {
    boolean isLong = Boolean.getBoolean("vx.long");
    return all.stream().filter(name -> isLong || !onlyLong.contains(name)).toList();
  }

  Cluster cluster() {
    return cluster;
  }

  ClusterView view() {
    return view;
  }

  /// Inflicts and mends it, and sees that it bit and that the cluster serves again; returns the
  /// evidence. The test is skipped, with the reason, where the fault is impossible.
  public Evidence tryOut(String name) throws Exception {
    // Nothing that is tried on a broken cluster tells anything but that, and each takes minutes.
    broken.ifPresent(fault -> fail("not tried: the cluster was not mended after " + fault));
    Fault fault = Faults.named(name);
    Optional<String> impossible = fault.impossibleOn(cluster);
    assumeTrue(impossible.isEmpty(), () -> name + ": " + impossible.orElse(""));
    broken = Optional.of(name);
    long start = System.nanoTime();
    Injury injury = inflict(fault);
    long inflicted = System.nanoTime();
    Evidence evidence = injury.mend();
    long mended = System.nanoTime();
    awaitHealthy();
    // Whatever the evidence says, the next fault finds the cluster well.
    broken = Optional.empty();
    System.out.printf(
        "%s: %s; %s; inflict %d ms, mend %d ms, healthy after %d ms%n",
        name,
        injury.description(),
        evidence.facts(),
        ms(inflicted - start),
        ms(mended - inflicted),
        ms(System.nanoTime() - mended));
    assertEquals(List.of(), evidence.misdeeds(), name);
    assertTrue(evidence.bit(), () -> name + " did not bite: " + evidence.facts());
    return evidence;
  }

  /// On a busy machine nobody may say at once that he leads.
  private Injury inflict(Fault fault) throws Exception {
    Optional<Injury> injury = fault.inflict(field, random);
    for (int again = 1; injury.isEmpty() && again < TRIES_MAX; again++) {
      view.awaitLeaders(PATIENCE);
      injury = fault.inflict(field, random);
    }
    if (injury.isEmpty()) {
      broken = Optional.empty();
    }
    return injury.orElseThrow(() -> new AssertionError(fault.name() + " hit nobody"));
  }

  /// Every node serves, and writers and readers go on.
  void awaitHealthy() throws InterruptedException {
    awaitCaughtUp();
    load.awaitProgress(WRITES, READS, PATIENCE);
    assertEquals("", load.violation());
    assertEquals(cluster.nodes().size(), field.free().size(), "every node is given back");
  }

  /// Who waits in vain is told how nodes ended that have, and those that run say what their threads
  /// do.
  private void awaitCaughtUp() {
    try {
      view.awaitCaughtUp(cluster.nodes().size(), PATIENCE);
    } catch (IllegalStateException inVain) {
      String states =
          cluster.nodes().stream().map(node -> "; " + state(node)).collect(Collectors.joining());
      throw new IllegalStateException(inVain.getMessage() + states, inVain);
    }
  }

  private String state(NodeId node) {
    try {
      OptionalLong pid = cluster.pid(node);
      if (!cluster.isRunning(node)) {
        return "node=%s exit_code=%s last_words=%s"
            .formatted(node, cluster.exitCode(node), cluster.lastWords(node));
      }
      boolean told = pid.isPresent() && Signal.QUIT.sendTo(pid.getAsLong());
      return "node=%s runs; it was asked for its threads, in node.out: %s".formatted(node, told);
    } catch (IOException | RuntimeException e) {
      return "node=%s can not be asked: %s".formatted(node, e);
    }
  }

  private static long ms(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(nanos);
  }

  /// Ends the traffic and compares every replica with what was acknowledged, and with the others.
  /// Of nodes that lack a group, the replicas are compared by digest only.
  public void judge() {
    broken.ifPresent(fault -> fail("not judged: the cluster was not mended after " + fault));
    load.close();
    awaitCaughtUp();
    load.check(ReadOptions.linearizable().within(PATIENCE));
    for (NodeId node : cluster.nodes()) {
      if (view.dataGroups().stream().allMatch(group -> group.isOn(node))) {
        load.check(ReadOptions.linearizable().at(node).within(PATIENCE));
      }
    }
    assertEquals("", load.violation());
    assertEquals(List.of(), view.disagreements());
  }

  @Override
  public void close() throws IOException {
    cluster.close();
    load.close();
    client.close();
  }
}
