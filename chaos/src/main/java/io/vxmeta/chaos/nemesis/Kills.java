package io.vxmeta.chaos.nemesis;

import static io.vxmeta.chaos.nemesis.FaultFamily.PROCESS;

import io.vxmeta.chaos.cluster.Cluster;
import io.vxmeta.chaos.cluster.NodeStopped;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;

/// Nodes that die, one way or another, and come back.
final class Kills {
  /// Between two deaths of a node that is restarted again and again.
  private static final int UP_MS_MOST = 3_000;

  /// A start takes several seconds on a busy machine, and a tenth of one in a warm process; death
  /// comes somewhere in it.
  private static final int STARTING_MS_LEAST = 10;

  private static final int STARTING_MS_MOST = 6_000;

  private Kills() {}

  static List<Fault> all() {
    return List.of(
        fault(
            "kill-leader",
            "kill -9 of a node that leads",
            (field, random) -> kill(field, leader(field, random))),
        fault(
            "kill-follower",
            "kill -9 of the node that leads least",
            (field, random) -> kill(field, follower(field, random))),
        fault(
            "kill-majority",
            "kill -9 of a majority of the nodes",
            (field, random) ->
                kill(field, field.claim(field.cluster().nodes().size() / 2 + 1, random))),
        fault(
            "kill-all",
            "kill -9 of every node at once",
            (field, _) -> kill(field, field.claimAll() ? field.cluster().nodes() : List.of())),
        fault("stop-graceful", "SIGTERM, and the node ends by itself", Kills::stop),
        fault("restart-loop", "one node is killed and started again and again", Kills::restartLoop),
        // A node in this process can be stopped when it has started, not before.
        new Recipe(
            "kill-during-startup",
            PROCESS,
            "kill -9 while a node starts and replays, again and again",
            Needs.PROCESSES,
            Kills::killStarting));
  }

  private static Fault fault(String name, String summary, Recipe.Blow blow) {
    return new Recipe(name, PROCESS, summary, Needs.NOTHING, blow);
  }

  private static List<NodeId> leader(Battlefield field, Random random) {
    Map<NodeId, Integer> leaders = field.leaders();
    return field.claim(random, leaders::containsKey).stream().toList();
  }

  private static List<NodeId> follower(Battlefield field, Random random) {
    Map<NodeId, Integer> leads = field.leaders();
    int least =
        field.free().stream()
            .map(node -> leads.getOrDefault(node, 0))
            .min(Comparator.naturalOrder())
            .orElse(0);
    return field.claim(random, node -> leads.getOrDefault(node, 0) == least).stream().toList();
  }

  /// Each must have run until it was killed.
  private static Optional<Injury> kill(Battlefield field, List<NodeId> victims) {
    if (victims.isEmpty()) {
      return Optional.empty();
    }
    Downtime downtime = new Downtime(field, victims);
    downtime.kill();
    return Optional.of(new Wound("kill -9 " + names(victims), downtime::back));
  }

  /// Each must end with 0.
  private static Optional<Injury> stop(Battlefield field, Random random)
      throws IOException, InterruptedException {
    Optional<NodeId> victim = field.claim(random);
    if (victim.isEmpty()) {
      return Optional.empty();
    }
    Downtime downtime = new Downtime(field, List.of(victim.get()));
    downtime.stop();
    return Optional.of(new Wound("SIGTERM " + victim.get(), downtime::back));
  }

  /// Between its deaths the node must run.
  private static Optional<Injury> restartLoop(Battlefield field, Random random) {
    return field
        .claim(random)
        .map(node -> {
          Downtime downtime = new Downtime(field, List.of(node));
          Repetition loop =
              Repetition.start(
                  "restart-loop",
                  random,
                  (turn, dice) -> restart(field.cluster(), node, downtime, turn, dice));
          return new Wound(
              "restart loop of " + node,
              () ->
                  downtime.backAfter(() -> {
                    int restarts = loop.end();
                    downtime.note(restarts > 0, "%s restarts=%d".formatted(node, restarts));
                  }));
        });
  }

  private static void restart(
      Cluster cluster, NodeId node, Downtime downtime, Repetition turn, Random dice)
      throws IOException, InterruptedException, NodeStopped {
    boolean _ = downtime.killAgain(node);
    downtime.launch(node);
    cluster.awaitReady(node);
    turn.rest(dice, 0, UP_MS_MOST);
  }

  private static Optional<Injury> killStarting(Battlefield field, Random random) {
    return field
        .claim(random)
        .map(node -> {
          Downtime downtime = new Downtime(field, List.of(node));
          boolean _ = downtime.killAgain(node);
          Repetition loop =
              Repetition.start(
                  "kill-starting",
                  random,
                  (turn, dice) -> startAndKill(field.cluster(), node, downtime, turn, dice));
          return new Wound(
              "kill -9 while starting, " + node,
              () ->
                  downtime.backAfter(() -> {
                    int _ = loop.end();
                  }));
        });
  }

  /// Death comes at a moment of its own, or when the node is ready, whichever is first: only the
  /// former counts. A node that ends by itself meanwhile can not start, which is a find.
  private static void startAndKill(
      Cluster cluster, NodeId node, Downtime downtime, Repetition turn, Random dice)
      throws IOException, InterruptedException, NodeStopped {
    for (int most = STARTING_MS_MOST; ; most /= 2) {
      downtime.launch(node);
      long begunNanos = System.nanoTime();
      turn.rest(dice, STARTING_MS_LEAST, Math.max(STARTING_MS_LEAST, most));
      if (!cluster.isRunning(node)) {
        cluster.awaitReady(node); // Tells how it ended.
      }
      boolean starting = !cluster.isReady(node);
      boolean killed = downtime.killAgain(node);
      if (starting && killed) {
        downtime.note(true, "killed_after_ms=" + (System.nanoTime() - begunNanos) / 1_000_000);
        return;
      }
      if (most < STARTING_MS_LEAST) {
        downtime.note(false, "%s was ready before it could be killed".formatted(node));
        return;
      }
    }
  }

  static String names(List<NodeId> nodes) {
    return nodes.stream().map(NodeId::value).sorted().collect(Collectors.joining(" "));
  }
}
