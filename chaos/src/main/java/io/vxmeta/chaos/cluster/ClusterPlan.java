package io.vxmeta.chaos.cluster;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// What a cluster of processes should be like, before it is started.
///
/// @param directory holds everything the nodes keep, write and log; what is there already is used
///   again
/// @param ports fixed ports, one element for each node; free ones are picked when absent
/// @param jvmOptions heap, collector and the like; what every node needs is added
/// @param ending what happens to the nodes when this JVM is asked to end
/// @param startTimeout how long a node may take from its start to its ready line
/// @param storage where the nodes' data lies
/// @param leads whether leaders move by themselves
/// @param slowFlush a node gives its leads away, and takes none for a while, when writes wait so
///   long for its disk alone; zero: never
public record ClusterPlan(
    String clusterId,
    Path directory,
    int nodes,
    int dataGroups,
    Wiring wiring,
    Optional<List<NodePorts>> ports,
    List<String> jvmOptions,
    Ending ending,
    Duration startTimeout,
    Storage storage,
    Leads leads,
    Duration slowFlush) {

  /// How the parties reach each other.
  public enum Wiring {
    /// Straight over loopback.
    DIRECT,
    /// Through a proxy for each ordered pair, so that the network can be broken.
    PROXIED,
    /// Each node in a network namespace of its own, so that packets can be lost. Needs root.
    NAMESPACES
  }

  /// What the nodes' data lies on.
  public enum Storage {
    /// Folders of one file system.
    FOLDERS,
    /// A disk for each node, so that one can be cut off, filled or hung. Needs root.
    OWN_DISKS
  }

  /// Whether leaders move by themselves.
  public enum Leads {
    /// To where the shard map wants them, as nodes do unless told otherwise.
    SPREAD,
    /// Only when they are told, or fail: for who plays with leaders and needs them where they are.
    STAY
  }

  /// How nodes end with their harness.
  public enum Ending {
    /// At once: nobody needs their data any more.
    KILL,
    /// Asked first, killed when they do not stop in time.
    STOP
  }

  /// Small enough for three nodes and a client on two cores and 4 GB. The quick compiler alone
  /// starts a node with 60 % of the CPU time; what runs long should choose the other one, too.
  private static final List<String> SMALL_JVM =
      List.of("-Xms96m", "-Xmx320m", "-Xss512k", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

  /// For clusters whose speed is measured: what the distribution's launcher gives a node that runs
  /// as root, with less heap. The compiler comes before what it compiles, and inlines less: with
  /// three nodes on two cores it is busy for minutes otherwise.
  public static final List<String> FAST_JVM =
      List.of(
          "-Xms256m",
          "-Xmx512m",
          "-XX:TieredStopAtLevel=4",
          "-XX:MaxInlineLevel=9",
          "-XX:FreqInlineSize=200",
          "-XX:InlineSmallCode=1500",
          "-XX:ThreadPriorityPolicy=1",
          "-XX:CompilerThreadPriority=-10");

  /// Nodes leave it off unless told otherwise, but it is under fire here.
  private static final Duration SLOW_FLUSH = Duration.ofMillis(200);

  public ClusterPlan {
    ports = ports.map(List::copyOf);
    jvmOptions = List.copyOf(jvmOptions);
    if (nodes < 1 || (ports.isPresent() && ports.get().size() != nodes)) {
      throw new IllegalArgumentException(
          "a cluster has a node at least, and ports for each: nodes=" + nodes + " ports=" + ports);
    }
  }

  /// Three nodes, three data groups, free ports, straight wiring.
  public static ClusterPlan small(String clusterId, Path directory) {
    return new ClusterPlan(
        clusterId,
        directory.toAbsolutePath(),
        3,
        3,
        Wiring.DIRECT,
        Optional.empty(),
        SMALL_JVM,
        Ending.KILL,
        Duration.ofSeconds(150),
        Storage.FOLDERS,
        Leads.SPREAD,
        SLOW_FLUSH);
  }

  public ClusterPlan wired(Wiring newWiring) {
    return changed(draft -> draft.wiring = newWiring);
  }

  public ClusterPlan withNodes(int count) {
    return changed(draft -> draft.nodes = count);
  }

  public ClusterPlan withDataGroups(int groups) {
    return changed(draft -> draft.dataGroups = groups);
  }

  public ClusterPlan onPorts(List<NodePorts> fixed) {
    return changed(draft -> draft.ports = Optional.of(fixed));
  }

  /// With further JVM options; of two that contradict the later wins.
  public ClusterPlan withJvmOptions(List<String> more) {
    List<String> all = new ArrayList<>(jvmOptions);
    all.addAll(more);
    return changed(draft -> draft.jvmOptions = all);
  }

  public ClusterPlan ending(Ending newEnding) {
    return changed(draft -> draft.ending = newEnding);
  }

  public ClusterPlan on(Storage newStorage) {
    return changed(draft -> draft.storage = newStorage);
  }

  /// With leaders that stay where they are, or do not.
  public ClusterPlan with(Leads newLeads) {
    return changed(draft -> draft.leads = newLeads);
  }

  /// Whose nodes move leads for a disk that is slow like this, or, with zero, for none.
  public ClusterPlan withSlowFlush(Duration newSlowFlush) {
    return changed(draft -> draft.slowFlush = newSlowFlush);
  }

  private ClusterPlan changed(Consumer<Draft> change) {
    Draft draft = new Draft(this);
    change.accept(draft);
    return draft.plan();
  }

  /// What of a plan can be changed.
  private static final class Draft {
    private final ClusterPlan from;
    private int nodes;
    private int dataGroups;
    private Wiring wiring;
    private Optional<List<NodePorts>> ports;
    private List<String> jvmOptions;
    private Ending ending;
    private Storage storage;
    private Leads leads;
    private Duration slowFlush;

    private Draft(ClusterPlan from) {
      this.from = from;
      this.nodes = from.nodes;
      this.dataGroups = from.dataGroups;
      this.wiring = from.wiring;
      this.ports = from.ports;
      this.jvmOptions = from.jvmOptions;
      this.ending = from.ending;
      this.storage = from.storage;
      this.leads = from.leads;
      this.slowFlush = from.slowFlush;
    }

    private ClusterPlan plan() {
      return new ClusterPlan(
          from.clusterId,
          from.directory,
          nodes,
          dataGroups,
          wiring,
          ports,
          jvmOptions,
          ending,
          from.startTimeout,
          storage,
          leads,
          slowFlush);
    }
  }
}
