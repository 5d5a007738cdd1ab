package io.vxmeta.chaos.cluster;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.InspectContainerResponse.ContainerState;
import com.github.dockerjava.api.exception.NotModifiedException;
import com.github.dockerjava.api.model.Bind;
import io.vxmeta.chaos.host.Command;
import io.vxmeta.chaos.net.NamespaceWires;
import io.vxmeta.chaos.net.Way;
import io.vxmeta.chaos.net.Wires;
import io.vxmeta.shardmap.Endpoint;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.utility.DockerImageName;

/// A cluster of containers on a network of their own, each with the image that is shipped.
final class ContainerCluster implements Cluster {
  /* A node's folder is mounted at the same path inside, so that its files are where the harness looks; it belongs to the
   * image's user. What a node prints goes there, too. Containers are killed and started again, never made anew: a node keeps its
   * address. */

  private static final String SUBNET = "10.87.19";
  private static final String SMALL_JVM =
      "-Xms96m -Xmx320m -Xss512k -XX:+UseSerialGC -XX:TieredStopAtLevel=1";
  private static final String READY = "vxmeta: ready ";
  private static final int LAST_WORDS_LINES = 8;
  private static final int STOP_SECONDS = 20;
  private static final long LOOK_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private final ClusterPlan plan;
  private final List<NodeId> nodes;
  private final List<NodePorts> ports;
  private final NodeLayout layout;
  private final Network network;
  private final NamespaceWires wires;
  private final Map<NodeId, GenericContainer<?>> containers = new LinkedHashMap<>();
  private final Map<NodeId, Long> outputStart = new LinkedHashMap<>();
  private final DockerClient engine = DockerClientFactory.lazyClient();

  private ContainerCluster(ClusterPlan plan) {
    this.plan = plan;
    this.nodes =
        IntStream.range(1, plan.nodes() + 1).mapToObj(i -> new NodeId("node-" + i)).toList();
    this.ports = NodePorts.standard(plan.nodes());
    this.layout = new NodeLayout(plan, nodes, ports, Optional.empty(), Optional.of(this::address));
    this.wires = filters();
    this.network =
        Network.builder()
            .createNetworkCmdModifier(create ->
                create.withIpam(
                    new com.github.dockerjava.api.model.Network.Ipam()
                        .withConfig(
                            new com.github.dockerjava.api.model.Network.Ipam.Config()
                                .withSubnet(SUBNET + ".0/24"))))
            .build();
  }

  /// Why there can be none here, with the remedy; empty when they can.
  static Optional<String> whyNot() {
    if (System.getenv("DOCKER_HOST") == null) {
      return Optional.of(
          "no container engine: DOCKER_HOST is not set; eval \"$(chaos/src/test/containers/engine-up)\"");
    }
    return DockerClientFactory.instance().isDockerAvailable()
        ? Optional.empty()
        : Optional.of(
            "the container engine does not answer: DOCKER_HOST="
                + System.getenv("DOCKER_HOST")
                + "; run chaos/src/test/containers/engine-up");
  }

  static ContainerCluster start(ClusterPlan plan)
      throws IOException, InterruptedException, NodeStopped {
    ContainerCluster cluster = new ContainerCluster(plan);
    try {
      for (NodeId node : cluster.nodes) {
        cluster.make(node);
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

  private void make(NodeId node) throws IOException, InterruptedException {
    layout.write(node);
    Path folder = layout.folder(node);
    String owner = NodeImage.USER + ":" + NodeImage.USER;
    String _ = Command.run("chown", "-R", owner, folder.toString());
    String script =
        "exec vxmeta --config '%s' >>'%s/node.out' 2>>'%s/node.log'"
            .formatted(layout.config(node), folder, folder);
    GenericContainer<?> container =
        new GenericContainer<>(DockerImageName.parse(NodeImage.NAME))
            .withNetwork(network)
            .withEnv("VXMETA_JAVA_OPTS", SMALL_JVM)
            .withCreateContainerCmdModifier(create -> {
              create.withEntrypoint("sh", "-c").withCmd(script).withIpv4Address(address(node));
              Optional.ofNullable(create.getHostConfig())
                  .orElseThrow()
                  .withBinds(Bind.parse(folder + ":" + folder));
            });
    containers.put(node, container);
    outputStart.put(node, 0L);
    container.start();
  }

  private String address(NodeId node) {
    return SUBNET + "." + (nodes.indexOf(node) + 11);
  }

  private String id(NodeId node) {
    return Optional.ofNullable(containers.get(node)).orElseThrow().getContainerId();
  }

  private ContainerState state(NodeId node) {
    return engine.inspectContainerCmd(id(node)).exec().getState();
  }

  @Override
  public List<NodeId> nodes() {
    return nodes;
  }

  @Override
  public List<Endpoint> endpoints() {
    return nodes.stream().map(this::endpoint).toList();
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
    return Boolean.TRUE.equals(state(node).getRunning());
  }

  @Override
  public OptionalLong pid(NodeId node) {
    Long pid = state(node).getPidLong();
    return pid == null || pid == 0 ? OptionalLong.empty() : OptionalLong.of(pid);
  }

  @Override
  public boolean isReady(NodeId node) {
    try {
      return isRunning(node) && saysReady(node);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  /// Returns when the image's own check is content with a node, which must have the standard ports.
  void awaitHealthy(NodeId node) throws NodeStopped {
    awaitReady(node);
    while (!"healthy".equals(state(node).getHealth().getStatus())) {
      if (!isRunning(node)) {
        throw new NodeStopped(node, exitCode(node), lastWords(node));
      }
      LockSupport.parkNanos(LOOK_EVERY_NANOS);
    }
  }

  private boolean saysReady(NodeId node) throws IOException {
    Path output = folder(node).resolve("node.out");
    if (!Files.exists(output)) {
      return false;
    }
    long start = Optional.ofNullable(outputStart.get(node)).orElse(0L);
    String text = Files.readString(output);
    return text.substring((int) Math.min(start, text.length())).contains(READY);
  }

  @Override
  public OptionalInt exitCode(NodeId node) {
    ContainerState state = state(node);
    Long code = state.getExitCodeLong();
    return Boolean.TRUE.equals(state.getRunning()) || code == null
        ? OptionalInt.empty()
        : OptionalInt.of(code.intValue());
  }

  @Override
  public void kill(NodeId node) {
    if (isRunning(node)) {
      engine.killContainerCmd(id(node)).exec();
    }
    awaitStopped(node);
  }

  private void awaitStopped(NodeId node) {
    while (isRunning(node)) {
      LockSupport.parkNanos(LOOK_EVERY_NANOS);
    }
  }

  @Override
  public void killEach() {
    nodes.stream()
        .filter(this::isRunning)
        .forEach(node -> engine.killContainerCmd(id(node)).exec());
    nodes.forEach(this::awaitStopped);
  }

  @Override
  public int stop(NodeId node) throws IOException {
    try {
      engine.stopContainerCmd(id(node)).withTimeout(STOP_SECONDS).exec();
    } catch (NotModifiedException alreadyStopped) {
      // Then its exit code is what we were asked for.
    }
    awaitStopped(node);
    return exitCode(node).orElseThrow(() -> new IOException("no exit code: node=" + node));
  }

  @Override
  public void launch(NodeId node) throws IOException {
    Path output = folder(node).resolve("node.out");
    outputStart.put(node, Files.exists(output) ? (long) Files.readString(output).length() : 0L);
    engine.startContainerCmd(id(node)).exec();
  }

  @Override
  public void awaitReady(NodeId node) throws NodeStopped {
    long deadline = System.nanoTime() + plan.startTimeout().toNanos();
    while (!isReady(node)) {
      if (!isRunning(node) || System.nanoTime() > deadline) {
        throw new NodeStopped(node, exitCode(node), lastWords(node));
      }
      LockSupport.parkNanos(LOOK_EVERY_NANOS);
    }
  }

  @Override
  public String lastWords(NodeId node) {
    try {
      List<String> lines = Files.readAllLines(folder(node).resolve("node.log"));
      return String.join(
          " | ", lines.subList(Math.max(0, lines.size() - LAST_WORDS_LINES), lines.size()));
    } catch (IOException nothingWritten) {
      return "nothing: " + nothingWritten;
    }
  }

  @Override
  public Optional<Wires> wires() {
    return Optional.of(wires);
  }

  /// Filters in the namespace that a node's container has just now, set from outside.
  private NamespaceWires filters() {
    Map<NodeId, NamespaceWires.Place> places = new LinkedHashMap<>();
    places.put(Wires.CLIENT, NamespaceWires.Place.ofClients(SUBNET + ".1"));
    for (NodeId node : nodes) {
      NodePorts its = layout.ports(node);
      places.put(
          node,
          new NamespaceWires.Place(
              () -> enter(node),
              address(node),
              Map.of(
                  Way.Line.CLIENT, its.client(),
                  Way.Line.PEER, its.peer(),
                  Way.Line.RAFT, its.raft())));
    }
    return new NamespaceWires(places);
  }

  private List<String> enter(NodeId node) {
    return List.of("nsenter", "--net", "--target", Long.toString(pid(node).orElseThrow()));
  }

  @Override
  public void close() {
    containers.values().forEach(GenericContainer::stop);
    network.close();
  }
}
