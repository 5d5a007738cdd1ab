package io.vxmeta.chaos.nemesis;

import io.vxmeta.chaos.cluster.Cluster;
import io.vxmeta.chaos.cluster.NodeStopped;
import java.io.IOException;
import java.util.Optional;
import java.util.Random;

/// A fault put together from its parts.
record Recipe(String name, FaultFamily family, String summary, Needs needs, Turn turn, Blow blow)
    implements Fault {

  Recipe(String name, FaultFamily family, String summary, Needs needs, Blow blow) {
    this(name, family, summary, needs, Turn.ANY, blow);
  }

  /// How it is inflicted: see [Fault#inflict].
  @FunctionalInterface
  interface Blow {
    Optional<Injury> strike(Battlefield field, Random random)
        throws IOException, InterruptedException, NodeStopped;
  }

  @Override
  public Optional<String> impossibleOn(Cluster cluster) {
    return needs.missingOn(cluster);
  }

  @Override
  public Optional<Injury> inflict(Battlefield field, Random random)
      throws IOException, InterruptedException, NodeStopped {
    return blow.strike(field, random);
  }
}
