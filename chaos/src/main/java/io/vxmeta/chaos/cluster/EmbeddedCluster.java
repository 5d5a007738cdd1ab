package io.vxmeta.chaos.cluster;

import io.vxmeta.chaos.net.Wires;
import io.vxmeta.shardmap.Endpoint;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.ServiceLoader;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;

/// A cluster whose nodes run inside this JVM, over real sockets and files: quick to start, and
/// without what only a process of its own can suffer.
public final class EmbeddedCluster implements Cluster {
  /* Threads: one owner starts and stops; a node starts on a thread of its own, so that nodes wait for each other.
   * A kill is a stop here: nothing that runs in this JVM can be ended between two instructions. */

  private final ClusterPlan plan;
  private final List<NodeId> nodes;
  private final NodeLayout layout;
  private final NodeHost host;
  private final Map<NodeId, CompletableFuture<NodeHost.Hosted>> running = new LinkedHashMap<>();
  private final Map<NodeId, String> lastWords = new LinkedHashMap<>();

  private EmbeddedCluster(ClusterPlan plan, NodeHost host) {
    this.plan = plan;
    this.host = host;
    this.nodes =
        IntStream.range(1, plan.nodes() + 1).mapToObj(i -> new NodeId("node-" + i)).toList();
    List<NodePorts> ports =
        plan.ports().orElseGet(() -> NodePorts.free(plan.nodes(), new Random()));
    this.layout = new NodeLayout(plan, nodes, ports, Optional.empty(), Optional.empty());
  }

  /// Starts all nodes and returns when each serves.
  public static EmbeddedCluster start(ClusterPlan plan)
      throws IOException, InterruptedException, NodeStopped {
    NodeHost host =
        ServiceLoader.load(NodeHost.class)
            .findFirst()
            .orElseThrow(() ->
                new IllegalStateException(
                    "no server is on the class path that runs nodes in this process; start node processes instead"));
    EmbeddedCluster cluster = new EmbeddedCluster(plan, host);
    try {
      for (NodeId node : cluster.nodes) {
        cluster.launch(node);
      }
      for (NodeId node : cluster.nodes) {
        cluster.awaitReady(node);
      }
      return cluster;
    } catch (IOException | InterruptedException | NodeStopped | RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  @Override
  public List<NodeId> nodes() {
    return nodes;
  }

  @Override
  public List<Endpoint> endpoints() {
    return nodes.stream().map(layout::clientEndpoint).toList();
  }

  @Override
  public Endpoint endpoint(NodeId node) {
    return layout.clientEndpoint(node);
  }

  @Override
  public Path folder(NodeId node) {
    return layout.folder(node);
  }

  @Override
  public Path data(NodeId node) {
    return layout.data(node);
  }

  @Override
  public synchronized boolean isRunning(NodeId node) {
    return running.containsKey(node) && !lastWords.containsKey(node);
  }

  @Override
  public OptionalLong pid(NodeId node) {
    return OptionalLong.empty();
  }

  @Override
  public void kill(NodeId node) {
    end(node);
  }

  @Override
  public void killEach() {
    nodes.parallelStream().forEach(this::end);
  }

  @Override
  public int stop(NodeId node) {
    end(node);
    return 0;
  }

  private void end(NodeId node) {
    CompletableFuture<NodeHost.Hosted> started;
    synchronized (this) {
      started = running.remove(node);
    }
    if (started != null) {
      started
          .handle((hosted, _) -> Optional.ofNullable(hosted))
          .join()
          .ifPresent(NodeHost.Hosted::stop);
    }
  }

  @Override
  public void launch(NodeId node) throws IOException {
    if (isRunning(node)) {
      throw new IllegalStateException("the node runs already: node=" + node + "; stop it first");
    }
    // One that would have ended its process, or did not start: what is left of it goes first.
    end(node);
    layout.write(node);
    CompletableFuture<NodeHost.Hosted> start =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return host.start(layout.config(node), cause -> fatal(node, cause));
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            },
            task -> Thread.ofPlatform().name("start-" + node).start(task));
    synchronized (this) {
      lastWords.remove(node);
      running.put(node, start);
    }
  }

  private synchronized void fatal(NodeId node, String cause) {
    lastWords.putIfAbsent(node, cause);
  }

  @Override
  public void awaitReady(NodeId node) throws InterruptedException, NodeStopped {
    CompletableFuture<NodeHost.Hosted> start;
    synchronized (this) {
      start = running.get(node);
    }
    if (start == null) {
      throw new IllegalStateException("the node was not started: node=" + node);
    }
    try {
      NodeHost.Hosted _ = start.get(plan.startTimeout().toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException late) {
      throw new NodeStopped(node, OptionalInt.empty(), "it is still starting");
    } catch (ExecutionException | CompletionException failed) {
      fatal(node, String.valueOf(failed.getCause()));
      throw new NodeStopped(node, OptionalInt.of(1), lastWords(node));
    }
  }

  @Override
  public synchronized String lastWords(NodeId node) {
    return lastWords.getOrDefault(node, "it was stopped");
  }

  @Override
  public Optional<Wires> wires() {
    return Optional.empty();
  }

  @Override
  public void close() {
    killEach();
  }
}
