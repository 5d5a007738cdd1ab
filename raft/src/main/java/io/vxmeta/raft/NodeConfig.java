package io.vxmeta.raft;

import io.vxmeta.raft.numa.GroupHomes;
import io.vxmeta.raft.observe.LogFormat;
import io.vxmeta.raft.place.LeadSpread;
import io.vxmeta.shardmap.Endpoint;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;

/// Everything a node is told, checked.
///
/// @param clusterId remembered by the data directory; nodes of different clusters refuse each other
/// @param nodes the initial members, the same list on every node; of a node that joins, itself
/// @param join where clients reach the running cluster that this node joins; empty: it is one of
///   the initial members
/// @param bootstrap whether a new cluster begins by itself
/// @param dataGroups shard groups besides the root group; fixed at the first start; 0 where this
///   node joins, as the cluster knows
/// @param insecure allows addresses off loopback without TLS
/// @param numa whether groups are bound to NUMA domains
/// @param diskReserveBytes free space below which only deletes are written; by the disk's size if
///   not given
/// @param damagedLog what a start does about a Raft log that can not be read to its end
/// @param slowDisk when this node gives leadership away because of its disk
/// @param snapshots when a replica takes a snapshot by itself
/// @param scrub how fast a node walks its live tables
/// @param moves how fast shards move from group to group
/// @param leaders whether this node moves leads to where the shard map wants them
/// @param logs what this node logs, and how
/// @param traces which reads and writes are traced, and where to
/// @param listen where to bind, if not at the addresses under which the others reach this node
public record NodeConfig(
    String clusterId,
    NodeId self,
    Path data,
    List<Node> nodes,
    List<Endpoint> join,
    Bootstrap bootstrap,
    Endpoint admin,
    int dataGroups,
    int replication,
    boolean insecure,
    Optional<Tls> tls,
    Memory memory,
    Numa numa,
    OptionalLong diskReserveBytes,
    DamagedLog damagedLog,
    SlowDisk slowDisk,
    Snapshots snapshots,
    Scrub scrub,
    Moves moves,
    Leaders leaders,
    Logs logs,
    Traces traces,
    Listen listen) {

  public static final int DATA_GROUPS_DEFAULT = 3;

  /// Few groups, many shards in each: a group costs threads and an fsync stream on every node.
  public static final int DATA_GROUPS_MAX = 64;

  /// The root group spans the initial members; more of them would only slow its writes.
  public static final int NODES_MAX = 7;

  public static final Endpoint ADMIN_DEFAULT = new Endpoint("127.0.0.1", 7701);

  private static final Pattern CLUSTER_ID = Pattern.compile("[a-z0-9][a-z0-9._-]{0,62}");

  /// When the first shard map is written.
  public enum Bootstrap {
    /// As soon as the root group has a leader.
    AUTOMATIC,
    /// When an operator asks for it (`vxctl cluster init`).
    MANUAL
  }

  /// PEM files: this node's certificate and key, and the authority that signed its peers'.
  public record Tls(Path certificate, Path key, Path authority) {}

  /// Whether live memory is locked against paging.
  public enum MemoryLock {
    AUTO,
    OFF
  }

  /// What a start does about a Raft log that can not be read to its end.
  public enum DamagedLog {
    /// It ends with a line that names the file.
    REFUSE,
    /// The default: it takes a snapshot of all that may have been acknowledged from the group's
    /// leader and drops the log.
    REPAIR
  }

  /// When a node hands the groups it leads to others because its own disk is slow.
  ///
  /// @param flush a write was slowed if it waits for this node's disk so much longer than three
  ///   times as long as for the others'; zero, which is the default: leadership never moves for it
  /// @param pause until the same group is handed over again by this node
  public record SlowDisk(Duration flush, Duration pause) {
    public static final SlowDisk DEFAULT = new SlowDisk(Duration.ZERO, Duration.ofSeconds(60));

    /// A node looks every 50 ms; a shorter wait it would not see.
    public static final Duration FLUSH_MIN = Duration.ofMillis(100);

    public static final Duration PAUSE_MIN = Duration.ofSeconds(1);
  }

  /// How the memory of the tables is had.
  ///
  /// @param place what tables lie in
  /// @param home where their files go if they lie in files; empty: beside the data
  public record Memory(MemoryLock lock, MemoryPlace place, Optional<Path> home) {
    public static final Memory DEFAULT =
        new Memory(MemoryLock.AUTO, MemoryPlace.AUTO, Optional.empty());
  }

  /// Whether groups are bound to NUMA domains.
  ///
  /// @param sysfsRoot where the kernel's device tree is mounted
  public record Numa(GroupHomes.Binding bind, Path sysfsRoot) {
    public static final Numa DEFAULT = new Numa(GroupHomes.Binding.AUTO, Path.of("/sys"));
  }

  /// What tables lie in.
  public enum MemoryPlace {
    /// Memory of the process; files if there is a home for them or the system gives no such memory.
    AUTO,
    ANONYMOUS,
    FILES
  }

  /// When a replica takes a snapshot unasked: whichever comes first.
  ///
  /// @param logBytes of entries applied since the last one; what a restart replays at most, about
  /// @param age of the last one, if anything was applied since
  public record Snapshots(long logBytes, Duration age) {
    public static final Snapshots DEFAULT = new Snapshots(512L << 20, Duration.ofMinutes(10));

    /// Smaller ones would have a replica do little else.
    public static final long LOG_BYTES_MIN = 1L << 20;

    public static final Duration AGE_MIN = Duration.ofSeconds(1);
  }

  /// How fast a node walks its live tables to find damage, all groups together.
  ///
  /// @param tableStepsPerSecond of some 350 records, 0.2 ms of one group's apply thread each; 0:
  ///   never
  public record Scrub(int tableStepsPerSecond) {
    public static final Scrub DEFAULT = new Scrub(50);

    /// A fifth of an apply thread, if a node has one group.
    public static final int TABLE_STEPS_MAX = 1_000;
  }

  /// How fast shards move from group to group, all together.
  ///
  /// @param bytesPerSecond of records that are copied; each goes through the target's log once
  public record Moves(long bytesPerSecond) {
    public static final Moves DEFAULT = new Moves(16L << 20);

    /// Slower, and a part of a copy would take seconds, in which more changes than it has.
    public static final long BYTES_MIN = 1L << 20;

    public static final long BYTES_MAX = 1L << 30;
  }

  /// Whether this node moves the leads it has to the nodes that the shard map prefers.
  ///
  /// @param spread by itself, or only where an operator wants them; off a draining node in any case
  /// @param calm how long a node answers without a break before it is given a lead unasked
  public record Leaders(LeadSpread.Mode spread, Duration calm) {
    public static final Leaders DEFAULT =
        new Leaders(LeadSpread.Mode.AUTOMATIC, Duration.ofSeconds(10));

    public static final Duration CALM_MIN = Duration.ofSeconds(1);

    public static final Duration CALM_MAX = Duration.ofHours(1);
  }

  /// What a node logs, and how.
  ///
  /// @param format of each line
  /// @param slowOperation how long a read or write takes at least, from arrival to answer, to be
  ///   logged; zero: none is
  public record Logs(LogFormat format, Duration slowOperation) {
    public static final Logs DEFAULT = new Logs(LogFormat.TEXT, Duration.ofMillis(500));
  }

  /// Which reads and writes are traced, and where to.
  ///
  /// @param collector takes spans by OTLP over HTTP; empty: nothing is traced
  /// @param sampleRatio of the operations whose callers do not say whether they are traced, 0 to 1
  public record Traces(Optional<URI> collector, double sampleRatio) {
    public static final Traces DEFAULT = new Traces(Optional.empty(), 0.01);

    boolean collectorIsUsable() {
      return collector.filter(uri -> !isCollector(uri)).isEmpty();
    }

    private static boolean isCollector(URI uri) {
      return ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))
          && uri.getHost() != null
          && uri.getRawUserInfo() == null
          && uri.getRawQuery() == null
          && uri.getRawFragment() == null;
    }
  }

  public record Listen(Endpoint client, Endpoint peer, Endpoint raft) {}

  public NodeConfig {
    nodes = List.copyOf(nodes);
    join = List.copyOf(join);
    if (!CLUSTER_ID.matcher(clusterId).matches()) {
      throw new ConfigInvalid(ConfigOption.CLUSTER, clusterId);
    }
    Set<NodeId> ids = new HashSet<>();
    for (Node node : nodes) {
      if (!ids.add(node.id())) {
        throw new ConfigInvalid("nodes[].id", "each id once", node.id().value());
      }
    }
    if (nodes.isEmpty() || nodes.size() > NODES_MAX) {
      throw new ConfigInvalid(ConfigOption.NODES, nodes.size() + " members");
    }
    if (!ids.contains(self)) {
      throw new ConfigInvalid(ConfigOption.NODE, self.value());
    }
    if (!join.isEmpty()) {
      requireNewcomer(nodes, dataGroups);
    } else if (dataGroups < 1 || dataGroups > DATA_GROUPS_MAX) {
      throw new ConfigInvalid(ConfigOption.DATA_GROUPS, Integer.toString(dataGroups));
    }
    if (replication < 1 || replication % 2 == 0 || replication > nodes.size()) {
      throw new ConfigInvalid(
          "replication",
          "odd, 1.." + nodes.size() + " (the number of nodes)",
          Integer.toString(replication));
    }
    if (diskReserveBytes.isPresent() && diskReserveBytes.getAsLong() < 0) {
      throw new ConfigInvalid(
          ConfigOption.DISK_RESERVE_BYTES, Long.toString(diskReserveBytes.getAsLong()));
    }
    if (!slowDisk.flush().isZero() && slowDisk.flush().compareTo(SlowDisk.FLUSH_MIN) < 0) {
      throw new ConfigInvalid(
          ConfigOption.DISK_SLOW_FLUSH_MS, Long.toString(slowDisk.flush().toMillis()));
    }
    if (slowDisk.pause().compareTo(SlowDisk.PAUSE_MIN) < 0) {
      throw new ConfigInvalid(
          ConfigOption.DISK_HANDOVER_PAUSE_SECONDS, Long.toString(slowDisk.pause().toSeconds()));
    }
    if (snapshots.logBytes() < Snapshots.LOG_BYTES_MIN) {
      throw new ConfigInvalid(ConfigOption.SNAPSHOT_LOG_BYTES, Long.toString(snapshots.logBytes()));
    }
    if (snapshots.age().compareTo(Snapshots.AGE_MIN) < 0) {
      throw new ConfigInvalid(
          ConfigOption.SNAPSHOT_AGE_SECONDS, Long.toString(snapshots.age().toSeconds()));
    }
    if (scrub.tableStepsPerSecond() < 0 || scrub.tableStepsPerSecond() > Scrub.TABLE_STEPS_MAX) {
      throw new ConfigInvalid(
          ConfigOption.SCRUB_TABLE_STEPS_PER_SECOND, Integer.toString(scrub.tableStepsPerSecond()));
    }
    if (moves.bytesPerSecond() < Moves.BYTES_MIN || moves.bytesPerSecond() > Moves.BYTES_MAX) {
      throw new ConfigInvalid(
          ConfigOption.MOVE_BYTES_PER_SECOND, Long.toString(moves.bytesPerSecond()));
    }
    if (leaders.calm().compareTo(Leaders.CALM_MIN) < 0
        || leaders.calm().compareTo(Leaders.CALM_MAX) > 0) {
      throw new ConfigInvalid(
          ConfigOption.LEADERS_CALM_SECONDS, Long.toString(leaders.calm().toSeconds()));
    }
    if (logs.slowOperation().isNegative()) {
      throw new ConfigInvalid(
          ConfigOption.LOG_SLOW_OPERATION_MS, Long.toString(logs.slowOperation().toMillis()));
    }
    if (!traces.collectorIsUsable()) {
      throw new ConfigInvalid(
          ConfigOption.TRACING_ENDPOINT, traces.collector().map(URI::toString).orElse(""));
    }
    if (!(traces.sampleRatio() >= 0 && traces.sampleRatio() <= 1)) {
      throw new ConfigInvalid(
          ConfigOption.TRACING_SAMPLE_RATIO, Double.toString(traces.sampleRatio()));
    }
    if (!insecure) {
      requireLocalAdmin(admin);
    }
    if (!insecure && tls.isEmpty()) {
      for (Endpoint bound : List.of(listen.client(), listen.peer(), listen.raft())) {
        requireLoopback(bound);
      }
    }
  }

  private static void requireNewcomer(List<Node> nodes, int dataGroups) {
    if (nodes.size() != 1) {
      throw new ConfigInvalid(
          "nodes", "this node alone, because it joins (`join`)", nodes.size() + " members");
    }
    if (dataGroups != 0) {
      throw new ConfigInvalid(
          "data-groups",
          "nothing, because the cluster that it joins (`join`) has them",
          Integer.toString(dataGroups));
    }
  }

  /// Whether it is not one of the cluster's initial members.
  boolean joins() {
    return !join.isEmpty();
  }

  /// The admin port speaks plain HTTP, also where there is TLS.
  private static void requireLocalAdmin(Endpoint admin) {
    try {
      requireLoopback(admin);
    } catch (ConfigInvalid e) {
      throw new ConfigInvalid(
          "admin", "a loopback address as long as there is no `insecure: true`", admin.toString());
    }
  }

  private static void requireLoopback(Endpoint bound) {
    boolean loopback;
    try {
      loopback = InetAddress.getByName(bound.host()).isLoopbackAddress();
    } catch (UnknownHostException e) {
      throw new ConfigInvalid("nodes[] or listen", "a host name that resolves", bound.host());
    }
    if (!loopback) {
      throw new ConfigInvalid(
          "nodes[] or listen",
          "a loopback address as long as there is no `tls` and no `insecure: true`",
          bound.toString());
    }
  }

  Node selfNode() {
    return nodes.stream().filter(node -> node.id().equals(self)).findFirst().orElseThrow();
  }

  /// A setting that can not be used; the message names it, what was expected and what was found.
  public static final class ConfigInvalid extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String key;

    public ConfigInvalid(String key, String expected, String actual) {
      this("configuration: expected " + expected + "; key=" + key + " value=" + actual, key);
    }

    ConfigInvalid(ConfigOption option, String actual) {
      this(option.key(), option.shape(), actual);
    }

    private ConfigInvalid(String message, String key) {
      super(message);
      this.key = key;
    }

    String key() {
      return key;
    }

    /// The same, said of a value that a variable or a flag gave.
    ConfigInvalid from(String source) {
      return new ConfigInvalid(getMessage() + " from=" + source, key);
    }
  }
}
