package io.vxmeta.chaos.nemesis;

import static io.vxmeta.chaos.nemesis.FaultFamily.PAUSE;

import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.util.ArrayList;
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
            "SIGSTOP of one node until mended",
            Needs.PROCESSES,
            (field, random) -> freeze(field, field.claim(random).stream().toList())),
        new Recipe(
            "pause-majority",
            PAUSE,
            "SIGSTOP of a majority until mended",
            Needs.PROCESSES,
            (field, random) ->
                freeze(field, field.claim(field.cluster().nodes().size() / 2 + 1, random))));
  }

  private static Optional<Injury> freeze(Battlefield field, List<NodeId> nodes) throws IOException {
    if (nodes.isEmpty()) {
      return Optional.empty();
    }
    List<Frozen> frozen = new ArrayList<>();
    for (NodeId node : nodes) {
      frozen.add(Frozen.freeze(pid(field, node)));
    }
    return Optional.of(
        new Wound(
            "SIGSTOP " + Kills.names(nodes),
            () -> {
              Queue<Evidence> proofs = new ConcurrentLinkedQueue<>();
              for (Frozen each : frozen) {
                proofs.add(each.thaw());
              }
              nodes.forEach(field::release);
              return Evidence.all(proofs);
            }));
  }

  private static Optional<Injury> stutter(Battlefield field, Random random) {
    return field
        .claim(random)
        .map(node -> {
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
              () -> {
                int _ = loop.end();
                field.release(node);
                return Evidence.all(proofs);
              });
        });
  }

  /// One standstill of a repetition; a node that ended by itself is left to whoever looks for such.
  static Evidence freezeOnce(
      Battlefield field, NodeId node, Repetition turn, Random dice, int leastMs, int mostMs)
      throws IOException, InterruptedException {
    OptionalLong pid = field.cluster().pid(node);
    if (pid.isEmpty()) {
      return Evidence.missed(node + " is gone");
    }
    Frozen frozen = Frozen.freeze(pid.getAsLong());
    turn.rest(dice, leastMs, mostMs);
    return frozen.thaw();
  }

  static long pid(Battlefield field, NodeId node) throws IOException {
    return field
        .cluster()
        .pid(node)
        .orElseThrow(() -> new IOException("the node is gone: node=" + node));
  }
}
