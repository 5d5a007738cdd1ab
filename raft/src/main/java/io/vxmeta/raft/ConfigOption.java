package io.vxmeta.raft;

import io.vxmeta.raft.NodeConfig.Leaders;
import io.vxmeta.raft.NodeConfig.Logs;
import io.vxmeta.raft.NodeConfig.Moves;
import io.vxmeta.raft.NodeConfig.Numa;
import io.vxmeta.raft.NodeConfig.Scrub;
import io.vxmeta.raft.NodeConfig.SlowDisk;
import io.vxmeta.raft.NodeConfig.Snapshots;
import io.vxmeta.raft.NodeConfig.Traces;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Everything a node can be told: the key of each setting, what it takes, what holds unless it is
/// set.
///
/// One list for the reader, for what errors say, and for the file that `vxmeta config
/// print-defaults` prints.
enum ConfigOption {
  CLUSTER(
      "cluster",
      "1..63 of [a-z0-9._-], starting with a letter or digit",
      Unset.REFUSED,
      "example",
      """
      The name of the cluster. The data directory remembers it, and nodes of different clusters
      refuse each other.\
      """),
  NODE(
      "node",
      "one of nodes[].id",
      Unset.REFUSED,
      "node-1",
      "Which of the nodes below this one is. All else may be the same on every node."),
  DATA(
      "data",
      "a directory",
      Unset.REFUSED,
      "/var/lib/vxmeta",
      "Where logs, votes and snapshots lie. One node has it for itself; made if it is not there."),
  NODES(
      "nodes",
      "a list of 1.." + NodeConfig.NODES_MAX + " initial members",
      Unset.REFUSED,
      "",
      "The initial members, the same list on every node. Fixed at the first start."),
  JOIN(
      "join",
      "host:port,host:port,... of a running cluster's client ports",
      Unset.FOLLOWS,
      "one of the initial members",
      "127.0.0.1:7401,127.0.0.1:7402",
      """
      For a node that joins a running cluster (`vxctl node join` announces it there): `nodes` has
      this node alone then, and `data-groups` and `replication` are the cluster's.\
      """),
  BOOTSTRAP(
      "bootstrap",
      "automatic or manual",
      Unset.HOLDS,
      "automatic",
      """
      Whether a new cluster begins by itself once its initial members have found each other, or
      when `vxctl cluster init` says so. The same on every node; of no consequence later.\
      """),
  NODES_ID("nodes[].id", "1..63 of [a-z0-9.-]", Unset.REFUSED, "node-1", "The node's name."),
  NODES_ZONE(
      "nodes[].zone",
      "a name",
      Unset.FOLLOWS,
      "no zone",
      "zone-a",
      "Where it stands: what fails together."),
  NODES_CLIENT(
      "nodes[].client",
      Shapes.ENDPOINT,
      Unset.REFUSED,
      "127.0.0.1:7401",
      "Where clients reach it."),
  NODES_PEER(
      "nodes[].peer",
      Shapes.ENDPOINT,
      Unset.REFUSED,
      "127.0.0.1:7501",
      "Where other nodes reach it, beside Raft."),
  NODES_RAFT(
      "nodes[].raft",
      Shapes.ENDPOINT,
      Unset.REFUSED,
      "127.0.0.1:7601",
      "Where the Raft servers of other nodes reach it."),
  ADMIN(
      "admin",
      Shapes.ENDPOINT,
      Unset.HOLDS,
      NodeConfig.ADMIN_DEFAULT.toString(),
      """
      The HTTP port for operators: /metrics, /livez, /readyz. Plain HTTP, no authentication: a
      loopback address as long as there is no `insecure: true`.\
      """),
  LISTEN_CLIENT(
      "listen.client",
      Shapes.ENDPOINT,
      Unset.FOLLOWS,
      "as in nodes",
      "0.0.0.0:7401",
      "Where to bind for clients, if not at the address under which they reach this node."),
  LISTEN_PEER(
      "listen.peer",
      Shapes.ENDPOINT,
      Unset.FOLLOWS,
      "as in nodes",
      "0.0.0.0:7501",
      "Where to bind for other nodes."),
  LISTEN_RAFT(
      "listen.raft",
      Shapes.ENDPOINT,
      Unset.FOLLOWS,
      "as in nodes",
      "0.0.0.0:7601",
      "Where to bind for the Raft servers of other nodes."),
  INSECURE(
      "insecure",
      "true or false",
      Unset.HOLDS,
      "false",
      """
      Allows addresses off loopback without TLS, and an admin port off loopback. Everybody who
      reaches the ports can then read and change everything. TLS that is configured stays on.\
      """),
  TLS_CERTIFICATE(
      "tls.certificate",
      Shapes.FILE,
      Unset.FOLLOWS,
      "no TLS",
      "/etc/vxmeta/node.crt",
      """
      This node's certificate. With TLS, clients and other nodes must show one of the same
      authority.\
      """),
  TLS_KEY(
      "tls.key",
      Shapes.FILE,
      Unset.FOLLOWS,
      "no TLS",
      "/etc/vxmeta/node.key",
      "The certificate's key (PKCS #8)."),
  TLS_CA(
      "tls.ca",
      Shapes.FILE,
      Unset.FOLLOWS,
      "no TLS",
      "/etc/vxmeta/ca.crt",
      "The authority that signed the certificates of clients and nodes."),
  DATA_GROUPS(
      "data-groups",
      "a number of groups, 1.." + NodeConfig.DATA_GROUPS_MAX,
      Unset.HOLDS,
      Integer.toString(NodeConfig.DATA_GROUPS_DEFAULT),
      """
      Shard groups beside the root group; the 128 shards are spread over them. A group costs threads
      and a stream of syncs on each node that has it. Fixed at the first start.\
      """),
  REPLICATION(
      "replication",
      "a number of replicas, odd, 1.. the number of nodes",
      Unset.FOLLOWS,
      "3, or 1 if there are fewer nodes",
      "3",
      "Voters of each shard group. Fixed at the first start."),
  MEMORY_LOCK(
      "memory.lock",
      "auto or off",
      Unset.HOLDS,
      "auto",
      """
      auto: tables are locked in memory where the system allows it (RLIMIT_MEMLOCK, CAP_IPC_LOCK),
      and a line in the log says if it does not. off: they may be paged out.\
      """),
  MEMORY_PLACE(
      "memory.place",
      "auto, anonymous or files",
      Unset.HOLDS,
      "auto",
      """
      What tables lie in. auto: memory of the process; files if memory.home is set or the system
      gives no such memory.\
      """),
  MEMORY_HOME(
      "memory.home",
      "a directory",
      Unset.FOLLOWS,
      "beside the data",
      "/mnt/tables",
      "Where the files of tables go, if they lie in files."),
  NUMA_BIND(
      "numa.bind",
      "auto or off",
      Unset.HOLDS,
      Numa.DEFAULT.bind().name().toLowerCase(Locale.ROOT),
      """
      auto: where the machine has several NUMA domains, each group lives in one: its apply thread
      and its tables. off: threads and tables lie where the kernel puts them.\
      """),
  NUMA_SYSFS_ROOT(
      "numa.sysfs-root",
      "a directory",
      Unset.HOLDS,
      Numa.DEFAULT.sysfsRoot().toString(),
      "Where the kernel tells of the machine's CPUs and domains."),
  DISK_RESERVE_BYTES(
      "disk.reserve-bytes",
      "bytes, 0 or more",
      Unset.FOLLOWS,
      "a fiftieth of the disk, at least 64 MiB, at most a quarter of it",
      "1073741824",
      "Free space of the data's disk below which only deletes are written."),
  DISK_DAMAGED_LOG(
      "disk.damaged-log",
      "repair or refuse",
      Unset.HOLDS,
      "repair",
      """
      What a start does about a Raft log that can not be read to its end. repair: takes a snapshot
      from the group's leader and drops the log. refuse: ends with a line that names the file.\
      """),
  DISK_SLOW_FLUSH_MS(
      "disk.slow-flush-ms",
      "milliseconds, 0 (off) or " + SlowDisk.FLUSH_MIN.toMillis() + ".." + Integer.MAX_VALUE,
      Unset.HOLDS,
      Long.toString(SlowDisk.DEFAULT.flush().toMillis()),
      """
      A node gives the groups it leads to others when writes wait for its disk so much longer than
      three times as long as for theirs.\
      """),
  DISK_HANDOVER_PAUSE_SECONDS(
      "disk.handover-pause-seconds",
      "seconds, " + SlowDisk.PAUSE_MIN.toSeconds() + ".." + Integer.MAX_VALUE,
      Unset.HOLDS,
      Long.toString(SlowDisk.DEFAULT.pause().toSeconds()),
      "Until the same group is handed over again by this node."),
  SNAPSHOT_LOG_BYTES(
      "snapshot.log-bytes",
      "bytes, " + Snapshots.LOG_BYTES_MIN + " or more",
      Unset.HOLDS,
      Long.toString(Snapshots.DEFAULT.logBytes()),
      """
      A replica takes a snapshot after so many bytes of entries: about what a restart replays at
      most.\
      """),
  SNAPSHOT_AGE_SECONDS(
      "snapshot.age-seconds",
      "seconds, " + Snapshots.AGE_MIN.toSeconds() + ".." + Integer.MAX_VALUE,
      Unset.HOLDS,
      Long.toString(Snapshots.DEFAULT.age().toSeconds()),
      "And after so long, if anything was applied since the last one."),
  SCRUB_TABLE_STEPS_PER_SECOND(
      "scrub.table-steps-per-second",
      "steps a second, 0 (never).." + Scrub.TABLE_STEPS_MAX,
      Unset.HOLDS,
      Integer.toString(Scrub.DEFAULT.tableStepsPerSecond()),
      """
      How fast live tables are walked to find damage, all groups together. A step is some 350
      records and 0.2 ms of one group's apply thread.\
      """),
  MOVE_BYTES_PER_SECOND(
      "move.bytes-per-second",
      "bytes, " + Moves.BYTES_MIN + ".." + Moves.BYTES_MAX,
      Unset.HOLDS,
      Long.toString(Moves.DEFAULT.bytesPerSecond()),
      """
      How fast the node that leads the root group copies shards that move to other groups (`vxctl
      shard move`), all together. Each byte goes through the new group's log once.\
      """),
  LEADERS_SPREAD(
      "leaders.spread",
      "automatic or manual",
      Unset.HOLDS,
      Leaders.DEFAULT.spread().name().toLowerCase(Locale.ROOT),
      """
      automatic: leads go where the shard map wants them. manual: only off a draining node, or when
      told. The same on every node.\
      """),
  LEADERS_CALM_SECONDS(
      "leaders.calm-seconds",
      "seconds, " + Leaders.CALM_MIN.toSeconds() + ".." + Leaders.CALM_MAX.toSeconds(),
      Unset.HOLDS,
      Long.toString(Leaders.DEFAULT.calm().toSeconds()),
      "How long a node answers without a break before it is given a lead unasked."),
  LOG_FORMAT(
      "log.format",
      "text or json",
      Unset.HOLDS,
      Logs.DEFAULT.format().name().toLowerCase(Locale.ROOT),
      """
      How the log's lines on standard error look. json: one object a line, with timestamp, level,
      logger, thread, message, the message's facts, and the exception.\
      """),
  LOG_SLOW_OPERATION_MS(
      "log.slow-operation-ms",
      "milliseconds, 0 (off).." + Integer.MAX_VALUE,
      Unset.HOLDS,
      Long.toString(Logs.DEFAULT.slowOperation().toMillis()),
      """
      Reads and writes that take so long from arrival to answer are logged, ten a second at most,
      with what they were and never with keys or values.\
      """),
  TRACING_ENDPOINT(
      "tracing.endpoint",
      "http://host:port or https://host:port",
      Unset.FOLLOWS,
      "no tracing",
      "http://127.0.0.1:4318",
      """
      An OpenTelemetry collector that takes spans by OTLP over HTTP, at /v1/traces below this. Spans
      say what was asked and how long its steps took, never keys or values.\
      """),
  TRACING_SAMPLE_RATIO(
      "tracing.sample-ratio",
      "a part of all reads and writes, 0..1",
      Unset.HOLDS,
      Double.toString(Traces.DEFAULT.sampleRatio()),
      """
      How many are traced of those whose callers do not say. One that comes with a `traceparent` is
      traced if its caller traces it.\
      """);

  /// Before each environment variable that sets an option.
  static final String ENVIRONMENT = "VXMETA_";

  private static final String ITEM = "[].";

  /// What holds for an option that nobody set.
  enum Unset {
    /// The start is refused.
    REFUSED,
    /// The default value.
    HOLDS,
    /// What holds depends on something else.
    FOLLOWS
  }

  private static final class Shapes {
    static final String ENDPOINT = "host:port, or [address]:port for IPv6";
    static final String FILE = "a readable file (PEM)";
  }

  private final String key;
  private final String shape;
  private final Unset unset;
  private final String meaning;
  private final String example;
  private final String about;

  ConfigOption(String key, String shape, Unset unset, String example, String about) {
    this(key, shape, unset, example, example, about);
  }

  ConfigOption(
      String key, String shape, Unset unset, String meaning, String example, String about) {
    this.key = key;
    this.shape = shape;
    this.unset = unset;
    this.meaning = meaning;
    this.example = example;
    this.about = about;
  }

  /// The path in the file: `disk.reserve-bytes`. With two dashes before it, the flag.
  String key() {
    return key;
  }

  /// What it takes, with unit and range, as errors and the printed file say it.
  String shape() {
    return shape;
  }

  Unset unset() {
    return unset;
  }

  /// What holds unless it is set, in words where it is no fixed value.
  String meaning() {
    return meaning;
  }

  /// A value that it takes; the default, if there is one.
  String example() {
    return example;
  }

  List<String> about() {
    return about.lines().toList();
  }

  /// The mapping of the file that it stands in: `disk`.
  Optional<String> section() {
    int dot = key.indexOf('.');
    return dot < 0 || isOfItem() ? Optional.empty() : Optional.of(key.substring(0, dot));
  }

  /// The last part of the key: `reserve-bytes`.
  String leaf() {
    return key.substring(key.lastIndexOf('.') + 1);
  }

  /// Whether it is said once for each item of a list, and so in no variable and no flag.
  boolean isOfItem() {
    return key.contains(ITEM);
  }

  /// The variable that sets it: `VXMETA_DISK_RESERVE_BYTES`.
  String variable() {
    return ENVIRONMENT + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
  }

  String flag() {
    return "--" + key;
  }

  static Optional<ConfigOption> ofKey(String key) {
    return Arrays.stream(values()).filter(option -> option.key.equals(key)).findFirst();
  }

  /// Those that flags and variables can set.
  static List<ConfigOption> single() {
    return Arrays.stream(values()).filter(option -> !option.isOfItem()).toList();
  }
}
