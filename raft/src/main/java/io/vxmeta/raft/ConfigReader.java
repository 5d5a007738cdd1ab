package io.vxmeta.raft;

import io.vxmeta.raft.NodeConfig.Bootstrap;
import io.vxmeta.raft.NodeConfig.ConfigInvalid;
import io.vxmeta.raft.NodeConfig.DamagedLog;
import io.vxmeta.raft.NodeConfig.Leaders;
import io.vxmeta.raft.NodeConfig.Listen;
import io.vxmeta.raft.NodeConfig.Logs;
import io.vxmeta.raft.NodeConfig.Memory;
import io.vxmeta.raft.NodeConfig.MemoryLock;
import io.vxmeta.raft.NodeConfig.MemoryPlace;
import io.vxmeta.raft.NodeConfig.Moves;
import io.vxmeta.raft.NodeConfig.Numa;
import io.vxmeta.raft.NodeConfig.Scrub;
import io.vxmeta.raft.NodeConfig.SlowDisk;
import io.vxmeta.raft.NodeConfig.Snapshots;
import io.vxmeta.raft.NodeConfig.Tls;
import io.vxmeta.raft.NodeConfig.Traces;
import io.vxmeta.raft.numa.GroupHomes;
import io.vxmeta.raft.observe.LogFormat;
import io.vxmeta.raft.place.LeadSpread;
import io.vxmeta.shardmap.Endpoint;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/// Reads a node's configuration: a YAML file, and over it the environment and flags. What it does
/// not know, it refuses.
public final class ConfigReader {
  /* The settings are listed in ConfigOption; here each gets its type. ConfigTree says which value holds. */

  private static final int FILE_BYTES_MAX = 1 << 20;

  /// What there is to read where there is no file.
  private static final String NO_FILE = "node:\n";

  private ConfigReader() {}

  /// Reads the file alone.
  public static NodeConfig read(Path file) {
    return read(file, ConfigOverrides.NONE);
  }

  public static NodeConfig read(Path file, ConfigOverrides overrides) {
    return parse(text(file), overrides);
  }

  /// For a node that is told everything by the environment and flags.
  static NodeConfig readWithoutFile(ConfigOverrides overrides) {
    return parse(NO_FILE, overrides);
  }

  private static String text(Path file) {
    try {
      if (Files.size(file) > FILE_BYTES_MAX) {
        throw new ConfigInvalid("--config", "a file of at most 1 MiB", file.toString());
      }
      return Files.readString(file);
    } catch (IOException e) {
      throw new ConfigInvalid("--config", "a readable YAML file (" + e + ")", file.toString());
    }
  }

  static NodeConfig parse(String text) {
    return parse(text, ConfigOverrides.NONE);
  }

  static NodeConfig parse(String text, ConfigOverrides overrides) {
    ConfigTree said = ConfigTree.of(text, overrides);
    try {
      return config(said);
    } catch (ConfigInvalid e) {
      throw said.traced(e);
    }
  }

  private static NodeConfig config(ConfigTree said) {
    NodeId self = said.required(ConfigOption.NODE, NodeId::new);
    List<Node> nodes = said.nodes().stream().map(ConfigReader::node).toList();
    List<Endpoint> join =
        said.optional(ConfigOption.JOIN, ConfigReader::endpoints).orElse(List.of());
    int replicationDefault = Math.min(3, nodes.size() % 2 == 0 ? nodes.size() - 1 : nodes.size());
    return new NodeConfig(
        said.required(ConfigOption.CLUSTER, Function.identity()),
        self,
        said.required(ConfigOption.DATA, Path::of),
        nodes,
        join,
        said.optional(ConfigOption.BOOTSTRAP, ConfigReader::bootstrap).orElse(Bootstrap.AUTOMATIC),
        said.optional(ConfigOption.ADMIN, Endpoint::parse).orElse(NodeConfig.ADMIN_DEFAULT),
        said.optional(ConfigOption.DATA_GROUPS, Integer::parseInt)
            .orElse(join.isEmpty() ? NodeConfig.DATA_GROUPS_DEFAULT : 0),
        said.optional(ConfigOption.REPLICATION, Integer::parseInt)
            .orElse(Math.max(1, replicationDefault)),
        said.optional(ConfigOption.INSECURE, ConfigReader::truth).orElse(false),
        said.says("tls") ? Optional.of(tls(said)) : Optional.empty(),
        memory(said),
        numa(said),
        said.optional(ConfigOption.DISK_RESERVE_BYTES, Long::parseLong)
            .map(OptionalLong::of)
            .orElse(OptionalLong.empty()),
        said.optional(ConfigOption.DISK_DAMAGED_LOG, ConfigReader::damagedLog)
            .orElse(DamagedLog.REPAIR),
        slowDisk(said),
        snapshots(said),
        said.optional(ConfigOption.SCRUB_TABLE_STEPS_PER_SECOND, Integer::parseInt)
            .map(Scrub::new)
            .orElse(Scrub.DEFAULT),
        said.optional(ConfigOption.MOVE_BYTES_PER_SECOND, Long::parseLong)
            .map(Moves::new)
            .orElse(Moves.DEFAULT),
        leaders(said),
        logs(said),
        traces(said),
        listen(said, self, nodes));
  }

  private static Node node(ConfigTree said) {
    return new Node(
        said.required(ConfigOption.NODES_ID, NodeId::new),
        said.optional(ConfigOption.NODES_ZONE, Function.<String>identity()).orElse(""),
        List.of(said.required(ConfigOption.NODES_CLIENT, Endpoint::parse)),
        said.required(ConfigOption.NODES_RAFT, Endpoint::parse),
        said.required(ConfigOption.NODES_PEER, Endpoint::parse));
  }

  private static List<Endpoint> endpoints(String list) {
    return Arrays.stream(list.split(",", -1)).map(String::strip).map(Endpoint::parse).toList();
  }

  private static Tls tls(ConfigTree said) {
    return new Tls(
        said.required(ConfigOption.TLS_CERTIFICATE, ConfigReader::readable),
        said.required(ConfigOption.TLS_KEY, ConfigReader::readable),
        said.required(ConfigOption.TLS_CA, ConfigReader::readable));
  }

  private static Path readable(String value) {
    Path file = Path.of(value);
    if (!Files.isReadable(file)) {
      throw new IllegalArgumentException("not readable: " + value);
    }
    return file;
  }

  private static Memory memory(ConfigTree said) {
    return new Memory(
        said.optional(ConfigOption.MEMORY_LOCK, ConfigReader::lock).orElse(Memory.DEFAULT.lock()),
        said.optional(ConfigOption.MEMORY_PLACE, ConfigReader::place)
            .orElse(Memory.DEFAULT.place()),
        said.optional(ConfigOption.MEMORY_HOME, Path::of));
  }

  private static Numa numa(ConfigTree said) {
    return new Numa(
        said.optional(ConfigOption.NUMA_BIND, ConfigReader::binding).orElse(Numa.DEFAULT.bind()),
        said.optional(ConfigOption.NUMA_SYSFS_ROOT, Path::of).orElse(Numa.DEFAULT.sysfsRoot()));
  }

  private static SlowDisk slowDisk(ConfigTree said) {
    return new SlowDisk(
        said.optional(ConfigOption.DISK_SLOW_FLUSH_MS, ConfigReader::milliseconds)
            .orElse(SlowDisk.DEFAULT.flush()),
        said.optional(ConfigOption.DISK_HANDOVER_PAUSE_SECONDS, ConfigReader::seconds)
            .orElse(SlowDisk.DEFAULT.pause()));
  }

  private static Snapshots snapshots(ConfigTree said) {
    return new Snapshots(
        said.optional(ConfigOption.SNAPSHOT_LOG_BYTES, Long::parseLong)
            .orElse(Snapshots.DEFAULT.logBytes()),
        said.optional(ConfigOption.SNAPSHOT_AGE_SECONDS, ConfigReader::seconds)
            .orElse(Snapshots.DEFAULT.age()));
  }

  private static Leaders leaders(ConfigTree said) {
    return new Leaders(
        said.optional(ConfigOption.LEADERS_SPREAD, ConfigReader::spread)
            .orElse(Leaders.DEFAULT.spread()),
        said.optional(ConfigOption.LEADERS_CALM_SECONDS, ConfigReader::seconds)
            .orElse(Leaders.DEFAULT.calm()));
  }

  private static Logs logs(ConfigTree said) {
    return new Logs(
        said.optional(ConfigOption.LOG_FORMAT, ConfigReader::logFormat)
            .orElse(Logs.DEFAULT.format()),
        said.optional(ConfigOption.LOG_SLOW_OPERATION_MS, ConfigReader::milliseconds)
            .orElse(Logs.DEFAULT.slowOperation()));
  }

  private static Traces traces(ConfigTree said) {
    return new Traces(
        said.optional(ConfigOption.TRACING_ENDPOINT, URI::create),
        said.optional(ConfigOption.TRACING_SAMPLE_RATIO, Double::parseDouble)
            .orElse(Traces.DEFAULT.sampleRatio()));
  }

  private static Listen listen(ConfigTree said, NodeId self, List<Node> nodes) {
    Node node =
        nodes.stream()
            .filter(each -> each.id().equals(self))
            .findFirst()
            .orElseThrow(() -> new ConfigInvalid(ConfigOption.NODE, self.value()));
    return new Listen(
        said.optional(ConfigOption.LISTEN_CLIENT, Endpoint::parse)
            .orElse(node.clientEndpoints().getFirst()),
        said.optional(ConfigOption.LISTEN_PEER, Endpoint::parse).orElse(node.peer()),
        said.optional(ConfigOption.LISTEN_RAFT, Endpoint::parse).orElse(node.raft()));
  }

  private static Duration milliseconds(String value) {
    return Duration.ofMillis(Integer.parseInt(value));
  }

  private static Duration seconds(String value) {
    return Duration.ofSeconds(Integer.parseInt(value));
  }

  private static Boolean truth(String value) {
    return switch (value) {
      case "true" -> true;
      case "false" -> false;
      default -> throw unexpected(value);
    };
  }

  private static MemoryLock lock(String value) {
    return switch (value) {
      case "auto" -> MemoryLock.AUTO;
      case "off", "false" -> MemoryLock.OFF; // What some YAML writers make of a bare `off`.
      default -> throw unexpected(value);
    };
  }

  private static GroupHomes.Binding binding(String value) {
    return switch (value) {
      case "auto" -> GroupHomes.Binding.AUTO;
      case "off", "false" -> GroupHomes.Binding.OFF;
      default -> throw unexpected(value);
    };
  }

  private static MemoryPlace place(String value) {
    return switch (value) {
      case "auto" -> MemoryPlace.AUTO;
      case "anonymous" -> MemoryPlace.ANONYMOUS;
      case "files" -> MemoryPlace.FILES;
      default -> throw unexpected(value);
    };
  }

  private static DamagedLog damagedLog(String value) {
    return switch (value) {
      case "refuse" -> DamagedLog.REFUSE;
      case "repair" -> DamagedLog.REPAIR;
      default -> throw unexpected(value);
    };
  }

  private static Bootstrap bootstrap(String value) {
    return switch (value) {
      case "automatic" -> Bootstrap.AUTOMATIC;
      case "manual" -> Bootstrap.MANUAL;
      default -> throw unexpected(value);
    };
  }

  private static LeadSpread.Mode spread(String value) {
    return switch (value) {
      case "automatic" -> LeadSpread.Mode.AUTOMATIC;
      case "manual" -> LeadSpread.Mode.MANUAL;
      default -> throw unexpected(value);
    };
  }

  private static LogFormat logFormat(String value) {
    return switch (value) {
      case "text" -> LogFormat.TEXT;
      case "json" -> LogFormat.JSON;
      default -> throw unexpected(value);
    };
  }

  private static IllegalArgumentException unexpected(String value) {
    return new IllegalArgumentException("unexpected value: " + value);
  }
}
