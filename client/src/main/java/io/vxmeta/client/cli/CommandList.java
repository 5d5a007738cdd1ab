package io.vxmeta.client.cli;

import io.vxmeta.client.cli.context.Settings;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

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
          "--context",
          "--consistency",
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

      Options of commands that talk to a cluster:
        --endpoints HOST:PORT,...   any nodes of the cluster; 127.0.0.1:7401..7403
        --timeout DURATION          how long to try: 500ms, 5s, 2m; 5s
        --tls-ca, --tls-cert, --tls-key FILE   TLS: the authority to trust; the client's own pair
        -n, --namespace NAME        default
        --consistency LEVEL         of reads: linearizable, local, bounded:DURATION, at-least:TOKEN
        -o, --output FORMAT         table, wide, json, yaml, name, jsonl; --no-headers
        --context NAME              flags that are not given come from here (vxctl config)
      Each may come from $VXCTL_ENDPOINTS, $VXCTL_TIMEOUT and so on; then from the context.

      Exit codes:
      """;

  private final List<CommandModule.Entry> entries;
  private final Map<String, Supplier<Object>> byName = new HashMap<>();

  private CommandList(List<CommandModule.Entry> entries) {
    this.entries = List.copyOf(entries);
    entries.forEach(entry -> byName.putIfAbsent(entry.name(), entry.command()));
  }

  static CommandList of(Streams streams, Settings settings) {
    List<CommandModule.Entry> entries = new ArrayList<>(own(streams, settings));
    for (CommandModule module : ServiceLoader.load(CommandModule.class)) {
      entries.addAll(module.commands());
    }
    return new CommandList(entries);
  }

  private static List<CommandModule.Entry> own(Streams streams, Settings settings) {
    Supplier<CommandLine> all = () -> of(streams, settings).model();
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
        entry("cluster", "status; health: one line per problem", () -> new ClusterCommand(streams)),
        entry("top", "the groups, again and again", () -> new TopCommand(streams)),
        entry(
            "shard",
            "list, describe; map: who holds what; locate: where a key belongs; hash",
            () -> new ShardCommand(streams)),
        entry(
            "leader",
            "list; transfer: moves a group's leadership; balance: leaders where they belong",
            () -> new LeaderCommand(streams)),
        entry(
            "node",
            "list, describe; drain, undrain; join, decommission, replace: nodes come and go",
            () -> new NodeCommand(streams)),
        entry("replica", "move: to another node; cancel; list", () -> new ReplicaCommand(streams)),
        entry("op", "list, wait, cancel: what is under way", () -> new OpCommand(streams)),
        entry(
            "placement",
            "plan: which replicas should move; apply: moves them",
            () -> new PlacementCommand(streams)),
        entry(
            "numa",
            "show: which group lives in which NUMA domain; check: this machine",
            () -> new NumaCommand(streams)),
        entry(
            "memory",
            "the tables of each node, and what is locked",
            () -> new MemoryCommand(streams)),
        entry("namespace", "create, list", () -> new NamespaceCommand(streams)),
        entry("digest", "compares the replicas of shard groups", () -> new DigestCommand(streams)),
        entry(
            "raft",
            "info: terms, leaders, logs; verify: walks live tables and looks for damage",
            () -> new RaftCommand(streams)),
        entry(
            "snapshot",
            "create: takes snapshots of replicas now",
            () -> new SnapshotCommand(streams)),
        entry(
            "doctor",
            "looks at this machine: kernel, limits, clock, disk, certificates",
            () -> new DoctorCommand(streams)),
        entry(
            "check",
            "disk: how long it takes to sync; perf, consistency: a cluster; clock",
            () -> new CheckCommand(streams)),
        entry(
            "config",
            "contexts: clusters by name, with the flags to reach them",
            () -> new ConfigCommand(streams, settings)),
        entry(
            "shell",
            "commands line by line, over one connection",
            () -> new ShellCommand(streams, settings, all)),
        entry(
            "completion",
            "bash, zsh: a script for your shell",
            () -> new CompletionCommand(streams, all)),
        entry("man", "manual pages", () -> new ManCommand(streams, settings.variables(), all)));
  }

  private static CommandModule.Entry entry(String name, String summary, Supplier<Object> command) {
    return new CommandModule.Entry(name, summary, command);
  }

  /// Index of the first word that names a command; -1 without one.
  int indexOfCommand(String[] args) {
    int at = indexOfWord(args);
    return at < args.length && byName.containsKey(args[at]) ? at : -1;
  }

  private static int indexOfWord(String[] args) {
    int at = 0;
    while (at < args.length && args[at].startsWith("-")) {
      at += OPTIONS_WITH_VALUE.contains(args[at]) ? 2 : 1;
    }
    return at;
  }

  /// What stands where a command should.
  static Optional<String> firstWord(String[] args) {
    int at = indexOfWord(args);
    return at < args.length ? Optional.of(args[at]) : Optional.empty();
  }

  Set<String> names() {
    return byName.keySet();
  }

  Object make(String name) {
    Supplier<Object> command = byName.get(name);
    if (command == null) {
      throw new IllegalArgumentException("no such command: command=" + name);
    }
    return command.get();
  }

  /// All commands below one root, for what must know them all; loads every one of them.
  CommandLine model() {
    CommandSpec root = CommandSpec.create().name("vxctl").mixinStandardHelpOptions(true);
    root.usageMessage().description("The command line client of vx-meta.");
    CommandLine line = new CommandLine(root);
    entries.forEach(
        entry -> line.addSubcommand(entry.name(), new CommandLine(entry.command().get())));
    return line;
  }

  String help() {
    StringBuilder text = new StringBuilder(HEAD);
    for (CommandModule.Entry entry : entries) {
      text.append("  ").append(entry.name());
      text.append(" ".repeat(Math.max(1, 12 - entry.name().length())));
      text.append(entry.summary()).append('\n');
    }
    text.append(TAIL);
    for (ExitCode.Meaning meaning : ExitCode.MEANINGS) {
      text.append(String.format(Locale.ROOT, "  %3d  %s%n", meaning.code(), meaning.text()));
    }
    return text.toString();
  }
}
