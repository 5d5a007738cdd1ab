package io.vxmeta.client.cli;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.function.Supplier;

/// Every command vxctl knows: its own, and those that other modules add.
final class CommandList {

  /// Options that may stand before the command and take the next word as their value.
  private static final Set<String> OPTIONS_WITH_VALUE =
      Set.of(
          "--endpoints",
          "--timeout",
          "--output",
          "-o",
          "--namespace",
          "-n",
          "--tls-ca",
          "--tls-cert",
          "--tls-key");

  private static final String HEAD =
      """
      usage: vxctl [OPTIONS] COMMAND [ARGUMENTS]

      The command line client of vx-meta. vxctl COMMAND --help explains a command.

      """;

  private static final String TAIL =
      """

      Options of every command that talks to a cluster:
        --endpoints HOST:PORT,...   any nodes of the cluster; $VXCTL_ENDPOINTS, else 127.0.0.1:7401..7403
        --timeout DURATION          how long to try: 500ms, 5s, 2m; $VXCTL_TIMEOUT, else 5s
        --tls-ca, --tls-cert, --tls-key FILE   TLS: the authority to trust; the client's own pair
        -n, --namespace NAME        $VXCTL_NAMESPACE, else default
        -o, --output table|json

      Exit codes: 0 done; 1 error, or the cluster has a problem; 2 wrong usage; 3 a precondition failed, or
      something is not there; 4 unavailable, or no answer in time; 7 a replica's memory or a backup is damaged
      """;

  private final List<CommandModule.Entry> entries;
  private final Map<String, Supplier<Object>> byName = new HashMap<>();

  private CommandList(List<CommandModule.Entry> entries) {
    this.entries = List.copyOf(entries);
    entries.forEach(entry -> byName.putIfAbsent(entry.name(), entry.command()));
  }

  static CommandList of(Streams streams) {
    List<CommandModule.Entry> entries = new ArrayList<>(own(streams));
    for (CommandModule module : ServiceLoader.load(CommandModule.class)) {
      entries.addAll(module.commands());
    }
    return new CommandList(entries);
  }

  private static List<CommandModule.Entry> own(Streams streams) {
    return List.of(
        entry("get", "the value of a key", () -> new GetCommand(streams)),
        entry("mget", "the records of several keys", () -> new MgetCommand(streams)),
        entry("put", "stores a value", () -> new PutCommand(streams)),
        entry("del", "deletes keys", () -> new DelCommand(streams)),
        entry("cas", "stores a value if the record is as expected", () -> new CasCommand(streams)),
        entry("add", "adds to a counter", () -> new AddCommand(streams)),
        entry(
            "merge",
            "raises or lowers a counter, changes a set, adds intervals",
            () -> new MergeCommand(streams)),
        entry("scan", "the records of a namespace, by prefix", () -> new ScanCommand(streams)),
        entry(
            "load",
            "stores the records of a JSONL or TSV file; resumable",
            () -> new LoadCommand(streams)),
        entry("dump", "writes the records of a namespace as JSONL", () -> new DumpCommand(streams)),
        entry(
            "status",
            "the cluster at a glance, and what is wrong with it",
            () -> new StatusCommand(streams)),
        entry(
            "shard",
            "map: who holds what; locate: where a key belongs",
            () -> new ShardCommand(streams)),
        entry(
            "leader",
            "list; transfer: moves a group's leadership; balance: leaders where they belong",
            () -> new LeaderCommand(streams)),
        entry(
            "node",
            "list, describe; drain: leads nothing any more; undrain",
            () -> new NodeCommand(streams)),
        entry("namespace", "create, list", () -> new NamespaceCommand(streams)),
        entry("digest", "compares the replicas of shard groups", () -> new DigestCommand(streams)),
        entry(
            "raft",
            "verify: walks the tables of live replicas and looks for damage",
            () -> new RaftCommand(streams)),
        entry(
            "snapshot",
            "create: takes snapshots of replicas now",
            () -> new SnapshotCommand(streams)));
  }

  private static CommandModule.Entry entry(String name, String summary, Supplier<Object> command) {
    return new CommandModule.Entry(name, summary, command);
  }

  /// Index of the first word that names a command; -1 without one.
  int indexOfCommand(String[] args) {
    int at = 0;
    while (at < args.length && args[at].startsWith("-")) {
      at += OPTIONS_WITH_VALUE.contains(args[at]) ? 2 : 1;
    }
    return at < args.length && byName.containsKey(args[at]) ? at : -1;
  }

  Object make(String name) {
    Supplier<Object> command = byName.get(name);
    if (command == null) {
      throw new IllegalArgumentException("no such command: command=" + name);
    }
    return command.get();
  }

  String help() {
    StringBuilder text = new StringBuilder(HEAD);
    for (CommandModule.Entry entry : entries) {
      text.append("  ").append(entry.name());
      text.append(" ".repeat(Math.max(1, 12 - entry.name().length())));
      text.append(entry.summary()).append('\n');
    }
    return text.append(TAIL).toString();
  }
}
