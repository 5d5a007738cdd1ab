package io.vxmeta.chaos.nemesis;

import io.vxmeta.chaos.cluster.Cluster;
import io.vxmeta.chaos.host.Machine;
import io.vxmeta.chaos.net.Trouble;
import io.vxmeta.chaos.seeded.FailPoints;
import java.util.Optional;

/// What a fault demands of a cluster and of this machine.
@FunctionalInterface
interface Needs {
  /// Why it can not be had, with the remedy; empty when all is there.
  Optional<String> missingOn(Cluster cluster);

  Needs NOTHING = _ -> Optional.empty();

  /// Nodes that are processes of their own, so that the kernel can be told to hurt them.
  Needs PROCESSES =
      cluster ->
          cluster.nodes().stream().anyMatch(node -> cluster.pid(node).isPresent())
              ? Optional.empty()
              : Optional.of("no node is a process of this machine; use the process driver");

  /// A disk for each node.
  Needs DISKS =
      cluster ->
          cluster.disks().isPresent()
              ? Optional.empty()
              : Optional.of(
                  "the nodes share a file system; plan the cluster with storage OWN_DISKS (root)");

  /// Nodes whose next start can be changed.
  Needs LAUNCHES =
      PROCESSES.and(cluster ->
          cluster.launches().isPresent()
              ? Optional.empty()
              : Optional.of("starts can not be changed here; use the process driver"));

  /// Nodes that were started with fail points.
  Needs FAIL_POINTS =
      PROCESSES.and(cluster ->
          cluster.nodes().stream()
                  .flatMapToLong(node -> cluster.pid(node).stream())
                  .allMatch(FailPoints::areIn)
              ? Optional.empty()
              : Optional.of(
                  "the nodes have no fail points; start them with the options of Seeding"));

  Needs ROOT =
      _ ->
          Machine.isRoot()
              ? Optional.empty()
              : Optional.of("only root may do this; run the harness as root");

  static Needs nodes(int least, String otherwise) {
    return cluster ->
        cluster.nodes().size() >= least
            ? Optional.empty()
            : Optional.of(
                "too few nodes: expected>=%d nodes=%d; %s"
                    .formatted(least, cluster.nodes().size(), otherwise));
  }

  static Needs wires(Class<? extends Trouble> trouble) {
    return cluster ->
        cluster
            .wires()
            .map(wires -> wires.whyNot(trouble))
            .orElse(Optional.of("the network of this cluster can not be broken; wire it PROXIED"));
  }

  /// A program on the path.
  static Needs tool(String program, String debianPackage) {
    return _ ->
        Machine.has(program)
            ? Optional.empty()
            : Optional.of(
                "the program is not installed: program=%s; apt-get install %s"
                    .formatted(program, debianPackage));
  }

  /// The first of both that is missing.
  default Needs and(Needs other) {
    return cluster -> missingOn(cluster).or(() -> other.missingOn(cluster));
  }
}
