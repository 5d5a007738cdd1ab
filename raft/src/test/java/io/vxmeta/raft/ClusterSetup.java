package io.vxmeta.raft;

import io.vxmeta.raft.place.LeadSpread;
import java.util.Optional;

/// What is said of a test cluster's nodes before they start: little logs, and leads that stay where
/// the test puts them, unless it says otherwise.
///
/// @param entriesKept of a log behind a snapshot
record ClusterSetup(
    int nodes,
    int entriesKept,
    String clusterId,
    NodeConfig.Bootstrap bootstrap,
    NodeConfig.MemoryPlace place,
    NodeConfig.Numa numa,
    NodeConfig.Scrub scrub,
    NodeConfig.Leaders leaders,
    NodeConfig.Logs logs,
    Node.TraceStart tracing) {

  static ClusterSetup of(int nodes) {
    return new ClusterSetup(
        nodes,
        0,
        "test-cluster",
        NodeConfig.Bootstrap.AUTOMATIC,
        NodeConfig.MemoryPlace.AUTO,
        NodeConfig.Numa.DEFAULT,
        NodeConfig.Scrub.DEFAULT,
        new NodeConfig.Leaders(LeadSpread.Mode.MANUAL, NodeConfig.Leaders.CALM_MIN),
        NodeConfig.Logs.DEFAULT,
        (_, _) -> Optional.empty());
  }

  ClusterSetup keeping(int entriesKept) {
    return new ClusterSetup(
        nodes, entriesKept, clusterId, bootstrap, place, numa, scrub, leaders, logs, tracing);
  }

  ClusterSetup named(String clusterId) {
    return new ClusterSetup(
        nodes, entriesKept, clusterId, bootstrap, place, numa, scrub, leaders, logs, tracing);
  }

  ClusterSetup with(NodeConfig.Bootstrap bootstrap) {
    return new ClusterSetup(
        nodes, entriesKept, clusterId, bootstrap, place, numa, scrub, leaders, logs, tracing);
  }

  ClusterSetup with(NodeConfig.MemoryPlace place) {
    return new ClusterSetup(
        nodes, entriesKept, clusterId, bootstrap, place, numa, scrub, leaders, logs, tracing);
  }

  ClusterSetup with(NodeConfig.Numa numa) {
    return new ClusterSetup(
        nodes, entriesKept, clusterId, bootstrap, place, numa, scrub, leaders, logs, tracing);
  }

  ClusterSetup with(NodeConfig.Scrub scrub) {
    return new ClusterSetup(
        nodes, entriesKept, clusterId, bootstrap, place, numa, scrub, leaders, logs, tracing);
  }

  ClusterSetup with(NodeConfig.Leaders leaders) {
    return new ClusterSetup(
        nodes, entriesKept, clusterId, bootstrap, place, numa, scrub, leaders, logs, tracing);
  }

  ClusterSetup with(NodeConfig.Logs logs) {
    return new ClusterSetup(
        nodes, entriesKept, clusterId, bootstrap, place, numa, scrub, leaders, logs, tracing);
  }

  ClusterSetup with(Node.TraceStart tracing) {
    return new ClusterSetup(
        nodes, entriesKept, clusterId, bootstrap, place, numa, scrub, leaders, logs, tracing);
  }
}
