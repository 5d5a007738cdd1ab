package io.vxmeta.chaos.cluster;

import io.vxmeta.chaos.net.NamespaceWires;
import io.vxmeta.chaos.net.Namespaces;
import io.vxmeta.chaos.net.Network;
import io.vxmeta.chaos.net.Way;
import io.vxmeta.chaos.net.Wires;
import io.vxmeta.shardmap.Endpoint;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.net.BindException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/// A cluster of node processes on loopback, which a harness starts, breaks and ends.
public final class ProcessCluster implements Cluster {
  /* Threads: one owner closes; a node is started and restarted by one thread at a time; signals may be sent from any.
   * Invariants: no process outlives close(), nor this JVM (shutdown hook, and the kernel's parent death signal).
   * Ports: when a node of a cluster that has never run finds its port taken, all nodes start again on other ports. */

  /// Fresh sets of ports before we give up.
  private static final int PORT_TRIES_MAX = 5;

  /// How long a node may take to stop when asked, on a machine that hardly lets it run.
  public static final Duration STOP_TIMEOUT = Duration.ofSeconds(60);

  private final ClusterPlan plan;
  private final List<NodeId> nodes;
  private final AtomicInteger newcomers = new AtomicInteger();
  private final Optional<Network> network;
  private final Optional<Namespaces> namespaces;
  private final Optional<Wires> wires;
  private final NodeLayout layout;
  private final Optional<LoopDisks> disks;
  private final Map<NodeId, Surroundings> surroundings = new ConcurrentHashMap<>();
  private final Map<NodeId, NodeProcess> running = new LinkedHashMap<>();
  private final Thread hook = new Thread(this::endAll, "cluster-cleanup");

  private Phase state = Phase.NEW;

  private enum Phase {
    NEW,
    HOOKED,
    CLOSED
  }

  private ProcessCluster(ClusterPlan plan, List<NodePorts> ports)
      throws IOException, InterruptedException {
    this.plan = plan;
    this.nodes =
        IntStream.range(1, plan.nodes() + 1).mapToObj(i -> new NodeId("node-" + i)).toList();
    this.network =
        plan.wiring() == ClusterPlan.Wiring.PROXIED
            ? Optional.of(new Network(nodes))
            : Optional.empty();
    this.namespaces =
        plan.wiring() == ClusterPlan.Wiring.NAMESPACES
            ? Optional.of(Namespaces.make(nodes))
            : Optional.empty();
    this.layout =
        new NodeLayout(plan, nodes, ports, network, namespaces.map(made -> made::address));
    this.disks =
        plan.storage() == ClusterPlan.Storage.OWN_DISKS
            ? Optional.of(new LoopDisks(plan.directory()))
            : Optional.empty();
    this.wires = network.map(Wires.class::cast).or(() -> namespaces.map(this::filteredBy));
  }

  private Wires filteredBy(Namespaces made) {
    Map<NodeId, NamespaceWires.Place> places = new LinkedHashMap<>();
    places.put(Wires.CLIENT, NamespaceWires.Place.ofClients(made.clientAddress()));
    for (NodeId node : nodes) {
      NodePorts its = layout.ports(node);
      places.put(
          node,
          NamespaceWires.Place.named(
              made.namespace(node),
              made.address(node),
              Map.of(
                  Way.Line.CLIENT, its.client(),
                  Way.Line.PEER, its.peer(),
                  Way.Line.RAFT, its.raft())));
    }
    return new NamespaceWires(places);
  }

  /// Starts all nodes and returns when each has said that it is ready; leaders may still be
  /// electing.
  public static ProcessCluster start(ClusterPlan plan)
      throws IOException, InterruptedException, NodeStopped {
    Random random = new Random();
    for (int attempt = 1; ; attempt++) {
      List<NodePorts> ports = plan.ports().orElseGet(() -> NodePorts.free(plan.nodes(), random));
      ProcessCluster cluster = new ProcessCluster(plan, ports);
      boolean last = plan.ports().isPresent() || attempt == PORT_TRIES_MAX;
      try {
        cluster.connectAll();
        cluster.startAll();
        return cluster;
      } catch (NodeStopped stopped) {
        cluster.close();
        if (!stopped.isTakenPort() || last) {
          throw stopped;
        }
      } catch (BindException taken) {
        cluster.close();
        if (last) {
          throw taken;
        }
      } catch (IOException | InterruptedException | RuntimeException e) {
        cluster.close();
        throw e;
      }
    }
  }

  /// Fails with a [BindException] where a port is taken at an address of the network.
  private void connectAll() throws IOException {
    if (network.isPresent()) {
      connectAll(network.get());
    }
  }

  private void connectAll(Network cables) throws IOException {
    for (NodeId to : nodes) {
      NodePorts ports = layout.ports(to);
      cables.connect(new Way(Network.CLIENT, to, Way.Line.CLIENT), ports.client());
      for (NodeId from : nodes) {
        if (!from.equals(to)) {
          cables.connect(new Way(from, to, Way.Line.PEER), ports.peer());
          cables.connect(new Way(from, to, Way.Line.RAFT), ports.raft());
        }
      }
    }
  }

  /// Starts every node that does not run and waits for all of them.
  public void startAll() throws IOException, InterruptedException, NodeStopped {
    List<NodeId> started = new ArrayList<>();
    for (NodeId node : nodes) {
      if (!isRunning(node)) {
        launch(node);
        started.add(node);
      }
    }
    awaitOneEndOrAllReady(started.stream().map(this::process).toList());
    for (NodeId node : started) {
      awaitReady(node);
    }
  }

  /// A first start waits for the other nodes, so the end of one keeps all waiting: it comes out at
  /// once.
  private void awaitOneEndOrAllReady(List<NodeProcess> processes)
      throws InterruptedException, NodeStopped {
    CompletableFuture<?> allReady =
        CompletableFuture.allOf(
            processes.stream().map(NodeProcess::ready).toArray(CompletableFuture[]::new));
    CompletableFuture<?> oneEnd =
        CompletableFuture.anyOf(
            processes.stream().map(NodeProcess::exit).toArray(CompletableFuture[]::new));
    try {
      Object _ =
          CompletableFuture.anyOf(allReady, oneEnd)
              .get(plan.startTimeout().toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new IllegalStateException("waiting for processes failed", e);
    } catch (TimeoutException late) {
      // Which of them is late is told by who waits for each.
    }
    for (NodeProcess process : processes) {
      if (!process.isAlive()) {
        process.awaitReady(plan.startTimeout());
      }
    }
  }

  /// Starts a node that does not run and waits until it is ready.
  public NodeProcess restart(NodeId node) throws IOException, InterruptedException, NodeStopped {
    launch(node);
    awaitReady(node);
    return process(node);
  }

  @Override
  public void awaitReady(NodeId node) throws InterruptedException, NodeStopped {
    process(node).awaitReady(plan.startTimeout());
  }

  @Override
  public void launch(NodeId node) throws IOException, InterruptedException {
    if (isRunning(node)) {
      throw new IllegalStateException("the node runs already: node=" + node + "; stop it first");
    }
    hookOnce();
    layout.write(node);
    if (disks.isPresent()) {
      disks.get().mount(node);
    }
    Surroundings around = surroundings.getOrDefault(node, Surroundings.USUAL);
    List<String> options = new ArrayList<>(plan.jvmOptions());
    options.addAll(around.jvmOptions());
    if (network.isPresent()) {
      options.add("-Djdk.net.hosts.file=" + layout.hosts(node));
    }
    List<String> command = new ArrayList<>();
    namespaces.ifPresent(made -> command.addAll(made.enter(node)));
    command.addAll(JavaCommand.node(around.prefix(), options, layout.config(node)));
    NodeProcess process =
        Launcher.launch(() -> NodeProcess.start(node, command, layout.folder(node)));
    synchronized (running) {
      running.put(node, process);
    }
  }

  /// A node that may join the running cluster, with free ports: to be announced there, and
  /// launched. It is none of `nodes()`, which are those that the cluster began with.
  public Node newcomer() {
    if (plan.wiring() != ClusterPlan.Wiring.DIRECT
        || plan.storage() != ClusterPlan.Storage.FOLDERS) {
      throw new IllegalStateException(
          "expected a direct cluster on folders for a node to join: wiring="
              + plan.wiring()
              + " storage="
              + plan.storage());
    }
    NodeId node = new NodeId("node-" + (nodes.size() + newcomers.incrementAndGet()));
    return layout.add(node, NodePorts.free(1, new Random()).getFirst());
  }

  private synchronized void hookOnce() {
    if (state == Phase.CLOSED) {
      throw new IllegalStateException("the cluster is closed; start another");
    }
    if (state == Phase.NEW) {
      Runtime.getRuntime().addShutdownHook(hook);
      state = Phase.HOOKED;
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

  public NodePorts ports(NodeId node) {
    return layout.ports(node);
  }

  /// The configuration file the node was started with.
  public Path config(NodeId node) {
    return layout.config(node);
  }

  @Override
  public Path data(NodeId node) {
    return layout.data(node);
  }

  @Override
  public Path folder(NodeId node) {
    return layout.folder(node);
  }

  /// The cables of a proxied cluster.
  public Network network() {
    return network.orElseThrow(
        () -> new IllegalStateException("a direct cluster has no cables; plan it PROXIED"));
  }

  /// The current or last run of a node.
  public NodeProcess process(NodeId node) {
    synchronized (running) {
      NodeProcess process = running.get(node);
      if (process == null) {
        throw new IllegalArgumentException("no such node was started: node=" + node);
      }
      return process;
    }
  }

  @Override
  public boolean isRunning(NodeId node) {
    synchronized (running) {
      NodeProcess process = running.get(node);
      return process != null && process.isAlive();
    }
  }

  @Override
  public boolean isReady(NodeId node) {
    return isRunning(node) && process(node).isReady();
  }

  @Override
  public OptionalInt exitCode(NodeId node) {
    return process(node).exitCode();
  }

  @Override
  public void kill(NodeId node) {
    process(node).kill();
  }

  @Override
  public void killEach() {
    List<NodeProcess> all;
    synchronized (running) {
      all = List.copyOf(running.values());
    }
    for (NodeProcess process : all) {
      process.destroy();
    }
    for (NodeProcess process : all) {
      process.kill();
    }
  }

  /// SIGSTOP: the node freezes, its connections stay.
  public void freeze(NodeId node) throws IOException {
    process(node).send(Signal.STOP);
  }

  /// SIGCONT.
  public void thaw(NodeId node) throws IOException {
    process(node).send(Signal.CONT);
  }

  @Override
  public int stop(NodeId node) throws IOException, InterruptedException {
    NodeProcess process = process(node);
    process.send(Signal.TERM);
    try {
      return exitCode(process.exit());
    } catch (TimeoutException late) {
      throw new IOException(
          "a node did not stop when asked: node=" + node + " waited=" + STOP_TIMEOUT, late);
    }
  }

  @Override
  public OptionalLong pid(NodeId node) {
    return isRunning(node) ? OptionalLong.of(process(node).pid()) : OptionalLong.empty();
  }

  @Override
  public String lastWords(NodeId node) {
    return process(node).lastWords();
  }

  @Override
  public Optional<Wires> wires() {
    return wires;
  }

  @Override
  public Optional<Disks> disks() {
    return disks.map(Disks.class::cast);
  }

  /// Why clusters wired so can not be had here, with the remedy; empty when they can.
  public static Optional<String> whyNot(ClusterPlan.Wiring wiring) {
    return wiring == ClusterPlan.Wiring.NAMESPACES ? Namespaces.whyNot() : Optional.empty();
  }

  /// Why clusters on such storage can not be had here, with the remedy; empty when they can.
  public static Optional<String> whyNot(ClusterPlan.Storage storage) {
    return storage == ClusterPlan.Storage.OWN_DISKS ? LoopDisks.whyNot() : Optional.empty();
  }

  @Override
  public Optional<Launches> launches() {
    return Optional.of((node, around) -> surroundings.put(node, around));
  }

  private static int exitCode(CompletableFuture<Integer> exit)
      throws InterruptedException, TimeoutException {
    try {
      return exit.get(STOP_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new IllegalStateException("waiting for a process failed", e);
    }
  }

  /// SIGTERM for all that run; what does not stop in time is killed by close().
  public void stopAll() throws IOException, InterruptedException, TimeoutException {
    List<NodeProcess> all;
    synchronized (running) {
      all = running.values().stream().filter(NodeProcess::isAlive).toList();
    }
    for (NodeProcess process : all) {
      process.send(Signal.TERM);
    }
    for (NodeProcess process : all) {
      int _ = exitCode(process.exit());
    }
  }

  private void unhook() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException shuttingDown) {
      // The hook runs already, or will find nothing alive.
    }
  }

  private void endAll() {
    if (plan.ending() == ClusterPlan.Ending.STOP) {
      try {
        stopAll();
      } catch (IOException | InterruptedException | TimeoutException late) {
        // Killed below.
      }
    }
    synchronized (running) {
      running.values().forEach(NodeProcess::destroy);
    }
  }

  /// Kills what still runs and closes the network; data stays.
  @Override
  public void close() throws IOException {
    synchronized (this) {
      if (state == Phase.HOOKED) {
        unhook();
      }
      state = Phase.CLOSED;
    }
    try {
      if (disks.isPresent()) {
        disks.get().resumeAll();
      }
    } finally {
      try {
        killEach();
      } finally {
        closeGround();
      }
    }
  }

  /// What nodes stand on; they must be gone.
  private void closeGround() throws IOException {
    try {
      if (disks.isPresent()) {
        disks.get().close();
      }
    } finally {
      try {
        if (network.isPresent()) {
          network.get().close();
        }
      } finally {
        if (namespaces.isPresent()) {
          namespaces.get().close();
        }
      }
    }
  }
}
