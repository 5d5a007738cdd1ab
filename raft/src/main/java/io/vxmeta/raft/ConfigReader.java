package io.vxmeta.raft;

import io.vxmeta.raft.NodeConfig.ConfigInvalid;
import io.vxmeta.raft.NodeConfig.DamagedLog;
import io.vxmeta.raft.NodeConfig.Leaders;
import io.vxmeta.raft.NodeConfig.Listen;
import io.vxmeta.raft.NodeConfig.Memory;
import io.vxmeta.raft.NodeConfig.MemoryLock;
import io.vxmeta.raft.NodeConfig.MemoryPlace;
import io.vxmeta.raft.NodeConfig.Scrub;
import io.vxmeta.raft.NodeConfig.SlowDisk;
import io.vxmeta.raft.NodeConfig.Snapshots;
import io.vxmeta.raft.NodeConfig.Tls;
import io.vxmeta.raft.place.LeadSpread;
import io.vxmeta.shardmap.Endpoint;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/// Reads a node's configuration from YAML; what it does not know, it refuses.
public final class ConfigReader {
  private static final Set<String> KEYS =
      Set.of(
          "cluster",
          "node",
          "data",
          "nodes",
          "admin",
          "data-groups",
          "replication",
          "insecure",
          "tls",
          "memory",
          "disk",
          "snapshot",
          "scrub",
          "leaders",
          "listen");
  private static final Set<String> NODE_KEYS = Set.of("id", "zone", "client", "peer", "raft");
  private static final Set<String> DISK_KEYS =
      Set.of("reserve-bytes", "damaged-log", "slow-flush-ms", "handover-pause-seconds");
  private static final int FILE_BYTES_MAX = 1 << 20;

  private ConfigReader() {}

  public static NodeConfig read(Path file) {
    String text;
    try {
      if (Files.size(file) > FILE_BYTES_MAX) {
        throw new ConfigInvalid("--config", "a file of at most 1 MiB", file.toString());
      }
      text = Files.readString(file);
    } catch (IOException e) {
      throw new ConfigInvalid("--config", "a readable YAML file (" + e + ")", file.toString());
    }
    return parse(text);
  }

  static NodeConfig parse(String text) {
    Object document;
    try {
      document =
          new Load(LoadSettings.builder().setLabel("configuration").build()).loadFromString(text);
    } catch (YamlEngineException e) {
      throw new ConfigInvalid(
          "--config", "valid YAML", String.valueOf(e.getMessage()).replace('\n', ' '));
    }
    Section root = Section.of("", document, KEYS);
    NodeId self = root.required("node", value -> new NodeId(value));
    List<Node> nodes = new ArrayList<>();
    for (Object item : root.list("nodes")) {
      nodes.add(node(Section.of("nodes[].", item, NODE_KEYS)));
    }
    int replicationDefault = Math.min(3, nodes.size() % 2 == 0 ? nodes.size() - 1 : nodes.size());
    Optional<Section> disk = root.section("disk", DISK_KEYS);
    return new NodeConfig(
        root.required("cluster", Function.identity()),
        self,
        root.required("data", Path::of),
        nodes,
        root.optional("admin", Endpoint::parse).orElse(NodeConfig.ADMIN_DEFAULT),
        root.optional("data-groups", Integer::parseInt).orElse(NodeConfig.DATA_GROUPS_DEFAULT),
        root.optional("replication", Integer::parseInt).orElse(Math.max(1, replicationDefault)),
        root.optional("insecure", ConfigReader::truth).orElse(false),
        root.section("tls", Set.of("certificate", "key", "ca")).map(ConfigReader::tls),
        root.section("memory", Set.of("lock", "place", "home"))
            .map(ConfigReader::memory)
            .orElse(Memory.DEFAULT),
        disk.flatMap(section -> section.optional("reserve-bytes", Long::parseLong))
            .map(OptionalLong::of)
            .orElse(OptionalLong.empty()),
        disk.flatMap(section -> section.optional("damaged-log", ConfigReader::damagedLog))
            .orElse(DamagedLog.REPAIR),
        disk.map(ConfigReader::slowDisk).orElse(SlowDisk.DEFAULT),
        root.section("snapshot", Set.of("log-bytes", "age-seconds"))
            .map(ConfigReader::snapshots)
            .orElse(Snapshots.DEFAULT),
        root.section("scrub", Set.of("table-steps-per-second"))
            .flatMap(section -> section.optional("table-steps-per-second", Integer::parseInt))
            .map(Scrub::new)
            .orElse(Scrub.DEFAULT),
        root.section("leaders", Set.of("spread", "calm-seconds"))
            .map(ConfigReader::leaders)
            .orElse(Leaders.DEFAULT),
        listen(root, self, nodes));
  }

  private static Node node(Section section) {
    return new Node(
        section.required("id", NodeId::new),
        section.optional("zone", Function.<String>identity()).orElse(""),
        List.of(section.required("client", Endpoint::parse)),
        section.required("raft", Endpoint::parse),
        section.required("peer", Endpoint::parse));
  }

  private static Tls tls(Section section) {
    return new Tls(
        section.required("certificate", ConfigReader::readable),
        section.required("key", ConfigReader::readable),
        section.required("ca", ConfigReader::readable));
  }

  private static Path readable(String value) {
    Path file = Path.of(value);
    if (!Files.isReadable(file)) {
      throw new IllegalArgumentException("expected a readable file");
    }
    return file;
  }

  private static Memory memory(Section section) {
    return new Memory(
        section.optional("lock", ConfigReader::lock).orElse(MemoryLock.AUTO),
        section.optional("place", ConfigReader::place).orElse(MemoryPlace.AUTO),
        section.optional("home", Path::of));
  }

  private static MemoryPlace place(String value) {
    return switch (value) {
      case "auto" -> MemoryPlace.AUTO;
      case "anonymous" -> MemoryPlace.ANONYMOUS;
      case "files" -> MemoryPlace.FILES;
      default -> throw new IllegalArgumentException("expected auto, anonymous or files");
    };
  }

  private static Snapshots snapshots(Section section) {
    return new Snapshots(
        section.optional("log-bytes", Long::parseLong).orElse(Snapshots.DEFAULT.logBytes()),
        section
            .optional("age-seconds", value -> Duration.ofSeconds(Integer.parseInt(value)))
            .orElse(Snapshots.DEFAULT.age()));
  }

  private static SlowDisk slowDisk(Section section) {
    return new SlowDisk(
        section
            .optional("slow-flush-ms", value -> Duration.ofMillis(Integer.parseInt(value)))
            .orElse(SlowDisk.DEFAULT.flush()),
        section
            .optional(
                "handover-pause-seconds", value -> Duration.ofSeconds(Integer.parseInt(value)))
            .orElse(SlowDisk.DEFAULT.pause()));
  }

  private static Leaders leaders(Section section) {
    return new Leaders(
        section.optional("spread", ConfigReader::spread).orElse(Leaders.DEFAULT.spread()),
        section
            .optional("calm-seconds", value -> Duration.ofSeconds(Integer.parseInt(value)))
            .orElse(Leaders.DEFAULT.calm()));
  }

  private static LeadSpread.Mode spread(String value) {
    return switch (value) {
      case "automatic" -> LeadSpread.Mode.AUTOMATIC;
      case "manual" -> LeadSpread.Mode.MANUAL;
      default -> throw new IllegalArgumentException("expected automatic or manual");
    };
  }

  private static DamagedLog damagedLog(String value) {
    return switch (value) {
      case "refuse" -> DamagedLog.REFUSE;
      case "repair" -> DamagedLog.REPAIR;
      default -> throw new IllegalArgumentException("expected refuse or repair");
    };
  }

  private static MemoryLock lock(String value) {
    return switch (value) {
      case "auto" -> MemoryLock.AUTO;
      case "off", "false" -> MemoryLock.OFF;
      default -> throw new IllegalArgumentException("expected auto or off");
    };
  }

  private static Boolean truth(String value) {
    return switch (value) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new IllegalArgumentException("expected true or false");
    };
  }

  private static Listen listen(Section root, NodeId self, List<Node> nodes) {
    Optional<Section> section = root.section("listen", Set.of("client", "peer", "raft"));
    Node node =
        nodes.stream()
            .filter(each -> each.id().equals(self))
            .findFirst()
            .orElseThrow(() -> new ConfigInvalid("node", "one of nodes[].id", self.value()));
    return new Listen(
        section
            .flatMap(s -> s.optional("client", Endpoint::parse))
            .orElse(node.clientEndpoints().getFirst()),
        section.flatMap(s -> s.optional("peer", Endpoint::parse)).orElse(node.peer()),
        section.flatMap(s -> s.optional("raft", Endpoint::parse)).orElse(node.raft()));
  }

  /// One mapping of the document, its keys checked against those known.
  private record Section(String path, Map<?, ?> values) {
    static Section of(String path, @Nullable Object value, Set<String> known) {
      if (!(value instanceof Map<?, ?> map)) {
        throw new ConfigInvalid(
            path.isEmpty() ? "--config" : path, "a mapping", String.valueOf(value));
      }
      for (Object key : map.keySet()) {
        if (!known.contains(String.valueOf(key))) {
          throw new ConfigInvalid(
              path + key, "one of " + new TreeSet<>(known), String.valueOf(map.get(key)));
        }
      }
      return new Section(path, map);
    }

    <T> T required(String key, Function<String, T> parse) {
      return optional(key, parse)
          .orElseThrow(
              () -> new ConfigInvalid(path + key, "a value (this key is required)", "nothing"));
    }

    <T> Optional<T> optional(String key, Function<String, T> parse) {
      Object value = values.get(key);
      if (value == null) {
        return Optional.empty();
      }
      try {
        return Optional.of(parse.apply(String.valueOf(value)));
      } catch (IllegalArgumentException e) {
        throw new ConfigInvalid(
            path + key, "a usable value (" + e.getMessage() + ")", String.valueOf(value));
      }
    }

    List<?> list(String key) {
      if (values.get(key) instanceof List<?> list) {
        return list;
      }
      throw new ConfigInvalid(path + key, "a list", String.valueOf(values.get(key)));
    }

    Optional<Section> section(String key, Set<String> known) {
      return Optional.ofNullable(values.get(key)).map(value -> of(path + key + ".", value, known));
    }
  }
}
