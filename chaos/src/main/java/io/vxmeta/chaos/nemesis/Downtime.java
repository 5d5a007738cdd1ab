package io.vxmeta.chaos.nemesis;

import io.vxmeta.chaos.cluster.Cluster;
import io.vxmeta.chaos.cluster.NodeStopped;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/// Claimed nodes under a fault: how they may end, how they ended, and their way back.
final class Downtime {
  /* Judgement: every end of a node is judged once, by its exit code. What the fault does itself (kill) and what it allows the node
   *   to do (`allow`) is in order; any other end is a misdeed, and is told with the node's last words. Whether the fault bit is
   *   a matter of its own: `note`.
   * Failures: whatever breaks on the way there or back, every node that can be is up again and given back, and what broke first
   *   comes out, with the rest as suppressed: a fault must not leave nodes to the next one that are down, frozen or strange.
   * Threads: one at a time, the run's or a repetition's that the run waits for. */

  /// What the kernel makes of kill -9.
  static final int KILLED = 137;

  /// A node that stopped itself to protect its data.
  static final int FAIL_STOP = 70;

  private static final Duration LOOK_EVERY = Duration.ofMillis(20);

  /// Something to do to a node or for it.
  @FunctionalInterface
  interface Step {
    void take() throws IOException, InterruptedException, NodeStopped;
  }

  /// What is to do for each of several.
  @FunctionalInterface
  interface EachStep<T> {
    void take(T one) throws IOException, InterruptedException, NodeStopped;
  }

  /// Something done to a node that brings something: an injury, a proof.
  @FunctionalInterface
  interface Act<T> {
    T perform() throws IOException, InterruptedException, NodeStopped;
  }

  private final Battlefield field;
  private final Cluster cluster;
  private final Map<NodeId, OptionalLong> pids = new LinkedHashMap<>();
  private final Map<NodeId, Set<Integer>> allowed = new HashMap<>();
  private final Set<NodeId> judged = new HashSet<>();
  private final List<String> facts = new ArrayList<>();
  private final List<String> misdeeds = new ArrayList<>();
  private boolean bit = true;

  Downtime(Battlefield field, List<NodeId> nodes) {
    this.field = field;
    this.cluster = field.cluster();
    nodes.forEach(node -> pids.put(node, cluster.pid(node)));
  }

  /// With these codes, and no others, the node may end by itself from now on, until it is started.
  void allow(NodeId node, Integer... codes) {
    allowed.put(node, Set.of(codes));
  }

  /// kill -9; all at once when it is all.
  void kill() {
    pids.keySet().forEach(this::judge);
    if (pids.size() == cluster.nodes().size()) {
      cluster.killEach();
    } else {
      pids.keySet().forEach(cluster::kill);
    }
    for (NodeId node : pids.keySet()) {
      judgeKilled(node);
      note(isKilled(node), told(node));
    }
  }

  /// kill -9 of one of them, which is nothing to tell of. False: it had ended by itself.
  boolean killAgain(NodeId node) {
    judge(node);
    cluster.kill(node);
    judgeKilled(node);
    return isKilled(node);
  }

  private boolean isKilled(NodeId node) {
    OptionalInt code = cluster.exitCode(node);
    return code.isPresent() ? code.getAsInt() == KILLED : !cluster.isRunning(node);
  }

  /// It may have ended in its own way just before.
  private void judgeKilled(NodeId node) {
    Set<Integer> codes = new HashSet<>(allowed.getOrDefault(node, Set.of()));
    codes.add(KILLED);
    allowed.put(node, codes);
    judge(node);
  }

  /// SIGTERM: each must end with 0, in time.
  void stop() throws IOException, InterruptedException {
    for (NodeId node : pids.keySet()) {
      judge(node);
      OptionalInt code = stopped(node);
      if (code.isEmpty()) {
        misdeed(node + " did not stop when it was asked to, and was killed");
        boolean _ = killAgain(node);
      } else if (code.getAsInt() != 0 && judged.add(node)) {
        misdeed(ended(node, code, Set.of(0)));
      }
      allow(node, 0);
      note(!cluster.isRunning(node), "%s exit_code=%s".formatted(node, inWords(code)));
    }
  }

  /// Empty when it goes on.
  private OptionalInt stopped(NodeId node) throws IOException, InterruptedException {
    try {
      return OptionalInt.of(cluster.stop(node));
    } catch (IOException late) {
      // It may have ended since.
      return cluster.isRunning(node)
          ? OptionalInt.empty()
          : OptionalInt.of(cluster.exitCode(node).orElseThrow(() -> late));
    }
  }

  /// Starts it within the fault; from here on nothing is allowed to it but to run.
  void launch(NodeId node) throws IOException, InterruptedException {
    judge(node);
    judged.remove(node);
    allowed.remove(node);
    cluster.launch(node);
  }

  /// Whether it ends within that time.
  boolean hasEnded(NodeId node, Duration patience) throws IOException, InterruptedException {
    boolean ended = new Lookout(patience, LOOK_EVERY).sees(() -> !cluster.isRunning(node));
    if (ended) {
      judge(node);
      facts.add(told(node));
    }
    return ended;
  }

  /// Books the end of a node that is down, once.
  private void judge(NodeId node) {
    if (cluster.isRunning(node) || !judged.add(node)) {
      return;
    }
    OptionalInt code = cluster.exitCode(node);
    Set<Integer> codes = allowed.getOrDefault(node, Set.of());
    boolean inOrder = code.isPresent() ? codes.contains(code.getAsInt()) : !codes.isEmpty();
    if (!inOrder) {
      misdeed(ended(node, code, codes));
    }
  }

  private String ended(NodeId node, OptionalInt code, Set<Integer> codes) {
    return "%s ended as it must not under this fault: exit_code=%s allowed=%s; its last words: %s"
        .formatted(node, inWords(code), codes.stream().sorted().toList(), cluster.lastWords(node));
  }

  private String told(NodeId node) {
    OptionalInt code = cluster.exitCode(node);
    return code.isPresent()
        ? "%s exit_code=%d".formatted(node, code.getAsInt())
        : "%s running=%s".formatted(node, cluster.isRunning(node));
  }

  private static String inWords(OptionalInt code) {
    return code.isPresent() ? Integer.toString(code.getAsInt()) : "none";
  }

  /// It may lack something (room, files) and stop itself, with its log saying what. Bit when it
  /// says so, or when we saw for ourselves.
  void noteWant(NodeId node, String what, NodeLog log, boolean seen, String... words)
      throws IOException {
    boolean down = !cluster.isRunning(node);
    Optional<String> said = log.firstLineWith(words);
    if (down && said.isEmpty()) {
      misdeed(
          "%s stopped itself, but not for want of %s; its last words: %s"
              .formatted(node, what, cluster.lastWords(node)));
    }
    note(said.isPresent() || seen, "%s said=%s".formatted(node, said.orElse("nothing")));
  }

  void note(boolean didBite, String fact) {
    bit &= didBite;
    facts.add(fact);
  }

  void note(Evidence part) {
    note(part.bit(), part.facts());
    misdeeds.addAll(part.misdeeds());
  }

  /// What a node did, or failed to do, against its promise.
  void misdeed(String what) {
    misdeeds.add(what);
  }

  /// Does what inflicts the fault, or a part of it. Where that fails halfway, these steps undo what
  /// was done, the nodes are given back, and the failure comes out.
  <T> T inflict(Act<T> act, Step... undoing) throws IOException, InterruptedException, NodeStopped {
    try {
      return act.perform();
    } catch (IOException | InterruptedException | NodeStopped | RuntimeException halfway) {
      try {
        Evidence _ = backAfter(undoing);
      } catch (IOException | InterruptedException | NodeStopped | RuntimeException also) {
        halfway.addSuppressed(also);
      }
      throw halfway;
    }
  }

  /// Starts what is down, waits until all of it is ready, and gives the nodes back.
  Evidence back() throws IOException, InterruptedException, NodeStopped {
    return backAfter();
  }

  /// The same after these steps.
  Evidence backAfter(Step... steps) throws IOException, InterruptedException, NodeStopped {
    Set<NodeId> started = new HashSet<>();
    List<Step> all = new ArrayList<>(List.of(steps));
    all.add(each(pids.keySet(), node -> launchIfDown(node, started)));
    all.add(each(pids.entrySet(), down -> awaitUp(down.getKey(), down.getValue(), started)));
    takeAll(all);
    return new Evidence(bit, String.join(" ", facts), misdeeds);
  }

  /// One step for all of these, whatever becomes of those before.
  static <T> Step each(Collection<T> all, EachStep<T> step) {
    return () -> takeAll(all.stream().<Step>map(one -> () -> step.take(one)).toList());
  }

  /// Each is taken, whatever becomes of those before; then the first failure comes out.
  private static void takeAll(List<Step> steps)
      throws IOException, InterruptedException, NodeStopped {
    if (steps.isEmpty()) {
      return;
    }
    List<Step> others = steps.subList(1, steps.size());
    try {
      steps.getFirst().take();
    } catch (IOException | InterruptedException | NodeStopped | RuntimeException first) {
      try {
        takeAll(others);
      } catch (IOException | InterruptedException | NodeStopped | RuntimeException also) {
        first.addSuppressed(also);
      }
      throw first;
    }
    takeAll(others);
  }

  private void launchIfDown(NodeId node, Set<NodeId> started)
      throws IOException, InterruptedException {
    if (!cluster.isRunning(node)) {
      started.add(node);
      launch(node);
    }
  }

  private void awaitUp(NodeId node, OptionalLong before, Set<NodeId> started)
      throws IOException, InterruptedException, NodeStopped {
    try {
      cluster.awaitReady(node);
    } catch (NodeStopped stopped) {
      boolean mayEnd = !allowed.getOrDefault(node, Set.of()).isEmpty();
      if (cluster.isRunning(node) || started.contains(node) || !mayEnd) {
        throw stopped;
      }
      // It was on its way out already when we saw it run.
      launchIfDown(node, started);
      cluster.awaitReady(node);
    }
    OptionalLong now = cluster.pid(node);
    if (started.contains(node) && before.isPresent() && now.isPresent()) {
      note(
          now.getAsLong() != before.getAsLong(),
          "%s pid=%d->%d".formatted(node, before.getAsLong(), now.getAsLong()));
    }
    field.release(node);
  }

  /// Gives the nodes back where there was nothing to break: an injury only for what it must tell.
  Optional<Injury> undone(String description)
      throws IOException, InterruptedException, NodeStopped {
    Evidence back = back();
    return back.misdeeds().isEmpty()
        ? Optional.empty()
        : Optional.of(new Wound(description, () -> back));
  }
}
