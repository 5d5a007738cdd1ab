package io.vxmeta.chaos.nemesis;

import static io.vxmeta.chaos.nemesis.FaultFamily.POWER;

import io.vxmeta.chaos.cluster.Disks;
import io.vxmeta.chaos.cluster.NodeStopped;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Nodes whose disk and process lose power at the same instant.
final class PowerCuts {
  /* Frozen first, then cut off, then killed: so nobody can acknowledge anything between the disk's end and the node's.
   * The proof is a file written just before and never flushed: it must be gone. */

  private static final String WITNESS = "unflushed";

  private PowerCuts() {}

  static List<Fault> all() {
    return List.of(
        new Recipe(
            "power-cut-one",
            POWER,
            "one node loses power: what it had not flushed is gone",
            needs(),
            (field, random) -> cut(field, field.claim(random).stream().toList())),
        new Recipe(
            "power-cut-all",
            POWER,
            "every node loses power at once",
            needs(),
            (field, _) -> cut(field, field.claimAll() ? field.cluster().nodes() : List.of())));
  }

  private static Needs needs() {
    return Needs.DISKS.and(Needs.PROCESSES);
  }

  private static Optional<Injury> cut(Battlefield field, List<NodeId> nodes)
      throws IOException, InterruptedException, NodeStopped {
    if (nodes.isEmpty()) {
      return Optional.empty();
    }
    Disks disks = field.cluster().disks().orElseThrow();
    Downtime downtime = new Downtime(field, nodes);
    return downtime.inflict(
        () -> {
          for (NodeId node : nodes) {
            if (!Frozen.freeze(Pauses.pid(field, node)).standsStill()) {
              // It may see the errors of a disk that is gone, and must then stop itself.
              downtime.allow(node, Downtime.FAIL_STOP);
            }
          }
          for (NodeId node : nodes) {
            Files.writeString(disks.mountPoint(node).resolve(WITNESS), "written, never flushed");
            disks.cutPower(node);
          }
          downtime.kill();
          return Optional.of(
              new Wound(
                  "power cut of " + Kills.names(nodes),
                  () ->
                      downtime.backAfter(
                          Downtime.each(nodes, node -> restore(disks, node, downtime)))));
        },
        Downtime.each(nodes, node -> undo(disks, node, downtime)));
  }

  private static void restore(Disks disks, NodeId node, Downtime downtime)
      throws IOException, InterruptedException {
    disks.restorePower(node);
    Path witness = disks.mountPoint(node).resolve(WITNESS);
    boolean lost = !Files.exists(witness) || Files.size(witness) == 0;
    downtime.note(lost, "%s unflushed_lost=%s".formatted(node, lost));
    boolean _ = Files.deleteIfExists(witness);
  }

  /// Its disk may be gone or not: it can be mounted anew as soon as nobody uses it.
  private static void undo(Disks disks, NodeId node, Downtime downtime)
      throws IOException, InterruptedException {
    boolean _ = downtime.killAgain(node);
    restore(disks, node, downtime);
  }
}
