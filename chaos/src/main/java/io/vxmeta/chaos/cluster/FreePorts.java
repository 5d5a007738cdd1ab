package io.vxmeta.chaos.cluster;

import java.util.List;
import java.util.Random;

/// Ports of this machine that nobody listens on now.
public final class FreePorts {
  private FreePorts() {}

  public static List<Integer> pick(int count) {
    return NodePorts.free(
            (count + NodePorts.PORTS_PER_NODE - 1) / NodePorts.PORTS_PER_NODE, new Random())
        .stream()
        .flatMap(ports -> ports.all().stream())
        .limit(count)
        .toList();
  }
}
