package io.vxmeta.raft.read;

/// Something that can happen next in a model run.
///
/// @param from the node that acts
/// @param to the node that it reaches; the same where no other takes part
/// @param weight how often a random walk takes it, against others
record Step(String name, int from, int to, int weight, Runnable effect) {
  static Step of(String name, int node, int weight, Runnable effect) {
    return new Step(name, node, node, weight, effect);
  }

  static Step between(String name, int from, int to, int weight, Runnable effect) {
    return new Step(name, from, to, weight, effect);
  }

  @Override
  public String toString() {
    return name + " " + ReadWorld.NODES.get(from) + (from == to ? "" : ReadWorld.NODES.get(to));
  }
}
