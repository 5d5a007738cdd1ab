package io.vxmeta.chaos.nemesis;

import static io.vxmeta.chaos.nemesis.FaultFamily.PAUSE;

import io.vxmeta.chaos.cluster.NodeStopped;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;

/// Nodes that stand still for a while and do not know it.
final class Pauses {
  private static final int SHORT_MS_LEAST = 100;
  private static final int SHORT_MS_MOST = 2_000;
  private static final int LONG_MS_LEAST = 100;
  private static final int LONG_MS_MOST = 60_000;

  /// A node of which the rest of a long pause is waited for looks for its end so often.
  private static final int IDLE_MS = 1_000;

  /// The Raft library closes servers that stood still for a minute, unless told otherwise, as ours
  /// is. From a pause of about that length on we look whether the node does go on.
  private static final Duration LOOKED_AFTER = Duration.ofSeconds(50);

  /// Within it a node has stopped that means to after so long a pause.
  private static final Duration SECOND_THOUGHTS = Duration.ofSeconds(10);

  private Pauses() {}

  static List<Fault> all() {
    return List.of(
        new Recipe(
            "pause-short",
            PAUSE,
            "SIGSTOP of one node for 0.1 to 2 s, again and again",
            Needs.PROCESSES,
            Pauses::stutter),
        new Recipe(
            "pause-leader",
            PAUSE,
            "SIGSTOP of a node that leads, until mended",
            Needs.PROCESSES,
            (field, random) -> {
              Map<NodeId, Integer> leaders = field.leaders();
              return freeze(field, field.claim(random, leaders::containsKey).stream().toList());
            }),
        new Recipe(
            "pause-long",
            PAUSE,
            "SIGSTOP of one node, once, for 0.1 to 60 s",
            Needs.PROCESSES,
            Pauses::freezeLong),
        new Recipe(
            "pause-majority",
            PAUSE,
            "SIGSTOP of a majority until mended",
            Needs.PROCESSES,
            (field, random) ->
                freeze(field, field.claim(field.cluster().nodes().size() / 2 + 1, random))));
  }

  private static Optional<Injury> freeze(Battlefield field, List<NodeId> nodes)
      throws IOException, InterruptedException, NodeStopped {
    if (nodes.isEmpty()) {
      return Optional.empty();
    }
    Downtime downtime = new Downtime(field, nodes);
    Map<NodeId, Frozen> frozen = new LinkedHashMap<>();
    return downtime.inflict(
        () -> {
          for (NodeId node : nodes) {
            frozen.put(node, Frozen.freeze(pid(field, node)));
          }
          return Optional.of(
              new Wound("SIGSTOP " + Kills.names(nodes), () -> thaw(frozen, downtime)));
        },
        Downtime.each(frozen.values(), Frozen::thaw));
  }

  private static Evidence thaw(Map<NodeId, Frozen> frozen, Downtime downtime)
      throws IOException, InterruptedException, NodeStopped {
    Map<NodeId, Duration> lengths = new LinkedHashMap<>();
    return downtime.backAfter(
        Downtime.each(
            frozen.entrySet(),
            each -> {
              lengths.put(each.getKey(), each.getValue().length());
              downtime.note(each.getValue().thaw());
            }),
        Downtime.each(
            lengths.entrySet(), stood -> awaken(stood.getKey(), stood.getValue(), downtime)));
  }

  /// A thawed node must go on, however long it stood still.
  private static void awaken(NodeId node, Duration stood, Downtime downtime)
      throws IOException, InterruptedException {
    if (stood.compareTo(LOOKED_AFTER) >= 0) {
      boolean _ = downtime.hasEnded(node, SECOND_THOUGHTS);
    }
  }

  private static Optional<Injury> freezeLong(Battlefield field, Random random) {
    return field
        .claim(random)
        .map(node -> {
          int millis = dose(random);
          Downtime downtime = new Downtime(field, List.of(node));
          Queue<Evidence> proofs = new ConcurrentLinkedQueue<>();
          // Once; what is left of the time it does nothing.
          Repetition pause =
              Repetition.start(
                  "pause-long",
                  random,
                  (turn, dice) -> {
                    if (proofs.isEmpty()) {
                      proofs.add(freezeOnce(field, node, turn, dice, millis, millis));
                    } else {
                      turn.rest(dice, IDLE_MS, IDLE_MS);
                    }
                  });
          return new Wound(
              "SIGSTOP for %d ms, %s".formatted(millis, node),
              () ->
                  downtime.backAfter(() -> {
                    int _ = pause.end();
                    downtime.note(Evidence.all(proofs));
                    awaken(node, Duration.ofMillis(millis), downtime);
                  }));
        });
  }

  /// Each factor of ten is as likely as any other: mostly short, now and then a minute.
  static int dose(Random random) {
    double factor = (double) LONG_MS_MOST / LONG_MS_LEAST;
    return (int) Math.round(LONG_MS_LEAST * Math.pow(factor, random.nextDouble()));
  }

  /// The node must go on.
  private static Optional<Injury> stutter(Battlefield field, Random random) {
    return field
        .claim(random)
        .map(node -> {
          Downtime downtime = new Downtime(field, List.of(node));
          Queue<Evidence> proofs = new ConcurrentLinkedQueue<>();
          Repetition loop =
              Repetition.start(
                  "stutter",
                  random,
                  (turn, dice) -> {
                    proofs.add(freezeOnce(field, node, turn, dice, SHORT_MS_LEAST, SHORT_MS_MOST));
                    turn.rest(dice, SHORT_MS_LEAST, SHORT_MS_MOST);
                  });
          return new Wound(
              "SIGSTOP and SIGCONT " + node,
              () ->
                  downtime.backAfter(() -> {
                    int _ = loop.end();
                    downtime.note(Evidence.all(proofs));
                  }));
        });
  }

  /// One standstill of a repetition; a node that ended by itself is left to its downtime.
  static Evidence freezeOnce(
      Battlefield field, NodeId node, Repetition turn, Random dice, int leastMs, int mostMs)
      throws IOException, InterruptedException {
    OptionalLong pid = field.cluster().pid(node);
    if (pid.isEmpty()) {
      return Evidence.missed(node + " is gone");
    }
    Frozen frozen = Frozen.freeze(pid.getAsLong());
    Evidence proof;
    try {
      turn.rest(dice, leastMs, mostMs);
    } finally {
      proof = frozen.thaw();
    }
    return proof;
  }

  static long pid(Battlefield field, NodeId node) throws IOException {
    return field
        .cluster()
        .pid(node)
        .orElseThrow(() -> new IOException("the node is gone: node=" + node));
  }
}
