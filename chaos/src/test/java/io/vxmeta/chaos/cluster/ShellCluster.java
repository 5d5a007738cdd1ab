package io.vxmeta.chaos.cluster;

import io.vxmeta.chaos.net.Wires;
import io.vxmeta.shardmap.Endpoint;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.IntStream;

/// A cluster whose nodes are shells: real processes, which end as a test tells them to.
public final class ShellCluster implements Cluster {
  /* A node reads from its standard input what to end with. Threads: the test's and a fault's, one at a time. */

  private static final String NODE = "read -r code; exit \"$code\"";

  private final Path folder;
  private final List<NodeId> nodes;
  private final Map<NodeId, Process> processes = new HashMap<>();
  private final Map<NodeId, Integer> stopCodes = new HashMap<>();
  private final Map<NodeId, Integer> startCodes = new HashMap<>();
  private final Map<NodeId, Surroundings> surroundings = new HashMap<>();
  private final Map<NodeId, Integer> lateCodes = new HashMap<>();
  private final Set<NodeId> unlaunchable = new HashSet<>();
  private final Set<NodeId> everReady = new HashSet<>();
  private final Set<NodeId> doomed = new HashSet<>();

  private ShellCluster(Path folder, int nodes) {
    this.folder = folder;
    this.nodes = IntStream.range(1, nodes + 1).mapToObj(i -> new NodeId("node-" + i)).toList();
  }

  /// All run.
  public static ShellCluster start(Path folder, int nodes) throws IOException {
    ShellCluster cluster = new ShellCluster(folder, nodes);
    for (NodeId node : cluster.nodes) {
      Files.createDirectories(cluster.folder(node));
      cluster.launch(node);
      cluster.everReady.add(node);
    }
    return cluster;
  }

  /// The node ends by itself; returns when it has.
  public void end(NodeId node, int code) throws IOException, InterruptedException {
    Process process = process(node);
    process.getOutputStream().write((code + "\n").getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().flush();
    int _ = process.waitFor();
  }

  /// What it ends with when it is asked to stop, instead of 0.
  public void stopsWith(NodeId node, int code) {
    stopCodes.put(node, code);
  }

  /// It ends with this code just when it is waited for, or asked to stop; then it stops too late
  /// for whoever asked.
  public void endsLate(NodeId node, int code) {
    lateCodes.put(node, code);
  }

  /// Its next start fails.
  public void doesNotLaunch(NodeId node) {
    unlaunchable.add(node);
  }

  /// Its next start ends with this code instead of being ready.
  public void startsInto(NodeId node, int code) {
    startCodes.put(node, code);
  }

  public void log(NodeId node, String line) throws IOException {
    Files.writeString(
        folder(node).resolve("node.log"),
        line + "\n",
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }

  public Surroundings surroundings(NodeId node) {
    return surroundings.getOrDefault(node, Surroundings.USUAL);
  }

  private Process process(NodeId node) {
    return Optional.ofNullable(processes.get(node)).orElseThrow();
  }

  @Override
  public List<NodeId> nodes() {
    return nodes;
  }

  @Override
  public Path folder(NodeId node) {
    return folder.resolve(node.value());
  }

  @Override
  public Path data(NodeId node) {
    return folder(node).resolve("data");
  }

  @Override
  public boolean isRunning(NodeId node) {
    return process(node).isAlive();
  }

  /// Only a start that is waited for gets ready.
  @Override
  public boolean isReady(NodeId node) {
    return isRunning(node) && everReady.contains(node);
  }

  @Override
  public OptionalLong pid(NodeId node) {
    return isRunning(node) ? OptionalLong.of(process(node).pid()) : OptionalLong.empty();
  }

  @Override
  public OptionalInt exitCode(NodeId node) {
    return isRunning(node) ? OptionalInt.empty() : OptionalInt.of(process(node).exitValue());
  }

  @Override
  public void kill(NodeId node) {
    Process _ = process(node).destroyForcibly();
    Process _ = process(node).onExit().join();
  }

  @Override
  public void killEach() {
    nodes.forEach(this::kill);
  }

  @Override
  public int stop(NodeId node) throws IOException, InterruptedException {
    if (endLate(node)) {
      throw new IOException("it did not stop when asked: node=" + node);
    }
    end(node, stopCodes.getOrDefault(node, 0));
    return process(node).exitValue();
  }

  private boolean endLate(NodeId node) throws IOException, InterruptedException {
    Optional<Integer> code = Optional.ofNullable(lateCodes.remove(node));
    if (code.isPresent()) {
      end(node, code.get());
    }
    return code.isPresent();
  }

  @Override
  public void launch(NodeId node) throws IOException {
    if (unlaunchable.remove(node)) {
      throw new IOException("it could not be started: node=" + node);
    }
    everReady.remove(node);
    Optional<Integer> code = Optional.ofNullable(startCodes.remove(node));
    boolean _ = code.isPresent() ? doomed.add(node) : doomed.remove(node);
    String program = code.map(end -> "exit " + end).orElse(NODE);
    processes.put(node, new ProcessBuilder("sh", "-c", program).start());
  }

  @Override
  public void awaitReady(NodeId node) throws InterruptedException, NodeStopped {
    try {
      boolean _ = endLate(node);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Process process = process(node);
    if (doomed.contains(node) || !process.isAlive()) {
      throw new NodeStopped(node, OptionalInt.of(process.waitFor()), lastWords(node));
    }
    everReady.add(node);
  }

  @Override
  public String lastWords(NodeId node) {
    return "the last words of " + node;
  }

  @Override
  public Optional<Launches> launches() {
    return Optional.of(surroundings::put);
  }

  @Override
  public Optional<Wires> wires() {
    return Optional.empty();
  }

  @Override
  public List<Endpoint> endpoints() {
    throw new UnsupportedOperationException("nobody listens in a shell");
  }

  @Override
  public Endpoint endpoint(NodeId node) {
    throw new UnsupportedOperationException("nobody listens in a shell");
  }

  @Override
  public void close() {
    killEach();
  }
}
