package io.vxmeta.chaos.nemesis;

import io.vxmeta.chaos.cluster.Cluster;
import io.vxmeta.chaos.cluster.NodeStopped;
import java.io.IOException;
import java.util.Optional;
import java.util.Random;

/// One kind of thing that can go wrong.
public interface Fault {
  /// As plans and reports name it: `kill-leader`.
  String name();

  FaultFamily family();

  /// One line for people.
  String summary();

  /// Why this cluster can not have it, with the remedy; empty when it can.
  Optional<String> impossibleOn(Cluster cluster);

  /// When it is inflicted among the faults of one period.
  default Turn turn() {
    return Turn.ANY;
  }

  /// A node that must come back with the help of the others can only do so while they are well.
  enum Turn {
    FIRST,
    ANY
  }

  /// Breaks it and returns when it is broken. Empty: nobody is left to be hurt just now, try
  /// another fault. Everything random comes from `random`.
  Optional<Injury> inflict(Battlefield field, Random random)
      throws IOException, InterruptedException, NodeStopped;
}
