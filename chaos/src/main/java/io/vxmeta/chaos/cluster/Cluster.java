package io.vxmeta.chaos.cluster;

import io.vxmeta.chaos.net.Wires;
import io.vxmeta.shardmap.Endpoint;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/// A cluster under test, however its nodes and their network are made.
public interface Cluster extends AutoCloseable {
  List<NodeId> nodes();

  /// Where clients of the harness reach the nodes, in the order of the nodes.
  List<Endpoint> endpoints();

  Endpoint endpoint(NodeId node);

  /// Holds what the node writes: configuration, data, logs.
  Path folder(NodeId node);

  Path data(NodeId node);

  boolean isRunning(NodeId node);

  /// The process of a node that runs and is a process of its own on this machine.
  OptionalLong pid(NodeId node);

  /// kill -9, or the nearest thing to it; returns when the node is gone.
  void kill(NodeId node);

  /// kill -9 for all, as close together as possible.
  void killEach();

  /// Asks the node to stop; returns its exit code. Fails when it does not stop in time.
  int stop(NodeId node) throws IOException, InterruptedException;

  /// Starts a node that does not run and does not wait for it.
  void launch(NodeId node) throws IOException, InterruptedException;

  /// Whether the node runs and has said that it is ready.
  default boolean isReady(NodeId node) {
    return isRunning(node);
  }

  /// What the node's last run ended with; empty while it runs, or when a node is no process.
  default OptionalInt exitCode(NodeId node) {
    return OptionalInt.empty();
  }

  /// Waits until a launched node says that it is ready.
  void awaitReady(NodeId node) throws InterruptedException, NodeStopped;

  /// What the node's last run wrote about its end.
  String lastWords(NodeId node);

  /// The network between the parties, where it can be broken.
  Optional<Wires> wires();

  /// The nodes' disks, where each has one of its own.
  default Optional<Disks> disks() {
    return Optional.empty();
  }

  /// What the next starts of a node are made with, where that can be chosen.
  default Optional<Launches> launches() {
    return Optional.empty();
  }

  /// Chooses what nodes are started with.
  interface Launches {
    /// From the next start of the node on, until chosen anew.
    void surround(NodeId node, Surroundings surroundings);
  }

  @Override
  void close() throws IOException;
}
