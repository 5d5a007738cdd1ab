package io.vxmeta.chaos.cluster;

import io.vxmeta.chaos.net.Wires;
import io.vxmeta.shardmap.Endpoint;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.ServiceLoader;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// A cluster whose nodes run inside this JVM, over real sockets and files: quick to start, and
/// without what only a process of its own can suffer.
public final class EmbeddedCluster implements Cluster {
  /* Threads: one owner starts and stops; a node starts and stops on a thread of its own, so that nodes wait for each other, and
   *   nobody for ever.
   * A kill is a stop here: nothing that runs in this JVM can be ended between two instructions. */

  /// After it has started, for which it has its own time.
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(20);

  /// What a process would end with: of a start that failed, and of a node that stopped itself.
  private static final int FAILED = 1;

  private static final int FAIL_STOP = 70;

  private final ClusterPlan plan;
  private final List<NodeId> nodes;
  private final NodeLayout layout;
  private final NodeHost host;
  private final Map<NodeId, Run> runs = new ConcurrentHashMap<>();

  /// One run of a node, from its start to its stop.
  private static final class Run {
    final CompletableFuture<NodeHost.Hosted> start = new CompletableFuture<>();
    volatile boolean stopped;
    private @Nullable String lastWords;

    /// Why it would have ended its process, or did not start; the first cause counts.
    synchronized void fatal(String cause) {
      lastWords = lastWords == null ? cause : lastWords;
    }

    synchronized Optional<String> lastWords() {
      return Optional.ofNullable(lastWords);
    }

    boolean isAlive() {
      return !stopped && lastWords().isEmpty();
    }

    /// What a process would have ended with.
    int code() {
      if (start.isCompletedExceptionally()) {
        return FAILED;
      }
      return lastWords().isPresent() ? FAIL_STOP : 0;
    }
  }

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
    return start(plan, host);
  }

  static EmbeddedCluster start(ClusterPlan plan, NodeHost host)
      throws IOException, InterruptedException, NodeStopped {
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
  public boolean isRunning(NodeId node) {
    Run run = runs.get(node);
    return run != null && run.isAlive();
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
    return run(node).code();
  }

  private Run run(NodeId node) {
    Run run = runs.get(node);
    if (run == null) {
      throw new IllegalStateException("the node was not started: node=" + node);
    }
    return run;
  }

  /// One that would have ended its process, or did not start, is stopped as well: what is left of
  /// it goes.
  private void end(NodeId node) {
    Run run = runs.get(node);
    if (run != null && !run.stopped) {
      CompletableFuture<Void> end =
          run.start
              .handle((hosted, _) -> Optional.ofNullable(hosted))
              .thenAcceptAsync(
                  hosted -> hosted.ifPresent(NodeHost.Hosted::stop), onThread("stop-" + node));
      try {
        Duration most = plan.startTimeout().plus(STOP_TIMEOUT);
        var _ = end.orTimeout(most.toSeconds(), TimeUnit.SECONDS).join();
      } catch (CompletionException failed) {
        run.fatal("it did not stop: " + failed.getCause());
      }
      run.stopped = true;
    }
  }

  private static Executor onThread(String name) {
    return task -> {
      Thread _ = Thread.ofPlatform().daemon().name(name).start(task);
    };
  }

  @Override
  public void launch(NodeId node) throws IOException {
    if (isRunning(node)) {
      throw new IllegalStateException("the node runs already: node=" + node + "; stop it first");
    }
    end(node);
    layout.write(node);
    Run run = new Run();
    // BEFORE it starts, so that nothing it says of its end is lost.
    runs.put(node, run);
    onThread("start-" + node)
        .execute(() -> {
          try {
            boolean _ = run.start.complete(host.start(layout.config(node), run::fatal));
          } catch (Throwable failed) {
            run.fatal(String.valueOf(failed));
            boolean _ = run.start.completeExceptionally(failed);
          }
        });
  }

  @Override
  public void awaitReady(NodeId node) throws InterruptedException, NodeStopped {
    try {
      NodeHost.Hosted _ =
          run(node).start.get(plan.startTimeout().toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException late) {
      throw new NodeStopped(node, OptionalInt.empty(), "it is still starting");
    } catch (ExecutionException failed) {
      throw new NodeStopped(node, OptionalInt.of(FAILED), lastWords(node));
    }
  }

  @Override
  public String lastWords(NodeId node) {
    return run(node).lastWords().orElse("it was stopped");
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
