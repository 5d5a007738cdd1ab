package io.vxmeta.deploy;

import io.vxmeta.client.cli.Vxctl;
import io.vxmeta.deploy.DocumentedCommands.Command;
import io.vxmeta.raft.ConfigOverrides;
import io.vxmeta.raft.NodeConfig.ConfigInvalid;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/// What each program of ours takes, from what parses its command line; runs nothing.
final class CommandModels {
  /* vxctl: its picocli model, of all modules. vx: its text of help, and where it hands its arguments on to; the options of benchmarks that live
   * among the tests of statemachine are read from their sources, which are not on the class path here. vxmeta: the settings of a node. */

  /// How much of a command must be there.
  enum Form {
    /// It could be run as it stands.
    WHOLE,
    /// It may lack arguments and verbs: a sentence names `vxctl backup`.
    NAMED
  }

  private static final PrintStream NOWHERE =
      new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);

  /// What a reader puts in the place of a word in capitals, where not any word will do.
  private static final Map<String, String> EXAMPLES = Map.of("NODE", "node-1", "DURATION", "1s");

  private static final Pattern PLACEHOLDER = Pattern.compile("<?([A-Z][A-Z-]*)>?(\\.\\.\\.)?");

  /// Stand for words of which a sentence says nothing.
  private static final Set<String> ANY_WORDS =
      Set.of("...", "COMMAND", "VERB", "FLAGS", "ARGUMENTS");

  private static final Pattern VX_COMMAND = Pattern.compile("^  ([a-z]+)\\b.*");
  private static final Pattern VX_FLAG = Pattern.compile("--[a-z][a-z-]*");
  private static final Pattern VX_TABLE_BENCH =
      Pattern.compile("\"bench (\\w+) \"\\*\\) run_table_bench (\\w+) ");
  private static final Pattern VX_CTL_BENCH =
      Pattern.compile("\"bench (\\w+) \"\\*\\) run_vxctl ([\\w-]+) ");
  private static final Pattern VX_CHAOS_VERBS =
      Pattern.compile("^ +(run \\|.*)\\) run_vxctl chaos .*");
  private static final Pattern OPTION_NAME = Pattern.compile("names = \"(--[a-z-]+)\"");

  private static final Path TABLE_BENCHES =
      Path.of("statemachine/src/test/java/io/vxmeta/statemachine/bench");

  private static final Set<String> VX_TO_VXCTL = Set.of("demo", "dev", "bench");
  private static final Set<String> VX_TO_MAVEN = Set.of("test", "format");
  private static final List<String> HELP = List.of("help", "-h", "--help");

  /// Flags of a node that are no settings, with the number of words behind them.
  private static final Map<String, Integer> NODE_FLAGS =
      Map.of("--config", 1, "--check", 0, "--exit-with-stdin", 0, "--help", 0);

  private final CommandLine vxctl;
  private final Repository repository;
  private final List<String> vx;

  /// Flags that the help of vx names, by command.
  private final Map<String, Set<String>> vxFlags = new HashMap<>();

  CommandModels(Repository repository) {
    this.repository = repository;
    vxctl =
        Vxctl.commands(NOWHERE, NOWHERE).setExpandAtFiles(false).setOverwrittenOptionsAllowed(true);
    vx = repository.lines(Path.of("vx"));
    List<String> help = vx.subList(vx.indexOf("  cat <<'USAGE'") + 1, vx.indexOf("USAGE"));
    for (String line : help) {
      Matcher command = VX_COMMAND.matcher(line);
      if (command.matches()) {
        Set<String> flags = vxFlags.computeIfAbsent(command.group(1), _ -> new TreeSet<>());
        VX_FLAG.matcher(line).results().forEach(flag -> flags.add(flag.group()));
      }
    }
  }

  /// The reference of all commands, as docs/vxctl-commands.md should have it.
  static String reference() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int code =
        Vxctl.commands(new PrintStream(out, true, StandardCharsets.UTF_8), NOWHERE)
            .execute("man", "--markdown");
    if (code != 0) {
      throw new IllegalStateException("vxctl man --markdown: code=" + code);
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  Set<String> vxCommands() {
    return vxFlags.keySet();
  }

  private static Optional<String> said(RuntimeException wrong) {
    return Optional.of(String.valueOf(wrong.getMessage()));
  }

  /// What is wrong with a command, for who wrote it.
  Optional<String> problem(Command command, Form form) {
    List<String> arguments =
        command.arguments().stream()
            .filter(word -> !ANY_WORDS.contains(word))
            .map(CommandModels::example)
            .toList();
    return switch (command.program()) {
      case "vxctl" -> vxctl(arguments, form);
      case "vx" -> vx(arguments, form);
      case "vxmeta" -> node(arguments, form);
      default ->
          arguments.isEmpty() || Set.of("livez", "readyz").contains(arguments.getFirst())
              ? Optional.empty()
              : Optional.of("no such page: " + arguments.getFirst());
    };
  }

  private static String example(String word) {
    Matcher placeholder = PLACEHOLDER.matcher(word);
    return placeholder.matches() ? EXAMPLES.getOrDefault(placeholder.group(1), "1") : word;
  }

  private Optional<String> vxctl(List<String> given, Form form) {
    List<String> words = commandFirst(given);
    try {
      return lacking(vxctl.parseArgs(words.toArray(String[]::new)), form);
    } catch (MissingParameterException incomplete) {
      return form == Form.NAMED ? Optional.empty() : said(incomplete);
    } catch (ParameterException wrong) {
      return said(wrong);
    }
  }

  /// vxctl takes its options before the command, too, and `help` for `--help`.
  private List<String> commandFirst(List<String> given) {
    List<String> words = new ArrayList<>(given);
    if (!words.isEmpty() && words.getFirst().equals("help")) {
      words.removeFirst();
      words.addLast("--help");
    }
    int at = 0;
    while (at < words.size() && !vxctl.getSubcommands().containsKey(words.get(at))) {
      at++;
    }
    if (at == words.size()) {
      return words;
    }
    List<String> ordered = new ArrayList<>(words.subList(at, words.size()));
    ordered.addAll(words.subList(0, at));
    return ordered;
  }

  /// A command that only has verbs does nothing alone.
  private static Optional<String> lacking(ParseResult parsed, Form form) {
    ParseResult last = parsed;
    boolean help = last.isUsageHelpRequested() || last.isVersionHelpRequested();
    while (last.hasSubcommand()) {
      last = last.subcommand();
      help |= last.isUsageHelpRequested() || last.isVersionHelpRequested();
    }
    return form == Form.NAMED || help || last.commandSpec().subcommands().isEmpty()
        ? Optional.empty()
        : Optional.of("a verb is missing: " + last.commandSpec().subcommands().keySet());
  }

  private Optional<String> vx(List<String> arguments, Form form) {
    if (arguments.isEmpty()) {
      return Optional.empty();
    }
    String command = arguments.getFirst();
    List<String> rest = arguments.subList(1, arguments.size());
    if (HELP.contains(command)) {
      return Optional.empty();
    } else if (!vxFlags.containsKey(command)) {
      return Optional.of("./vx help does not have it: " + command);
    } else if (command.equals("ctl")) {
      return vxctl(rest, form);
    } else if (command.equals("chaos")) {
      return vxctl(chaos(rest), form);
    } else if (command.equals("bench") && !rest.isEmpty()) {
      return bench(rest, form);
    } else if (VX_TO_VXCTL.contains(command)) {
      return vxctl(arguments, form);
    }
    return rest.stream()
        .filter(word -> !vxFlags.getOrDefault(command, Set.of()).contains(word))
        .filter(word -> !(VX_TO_MAVEN.contains(command) && word.matches("-(D|pl|am|P).*|[^-].*")))
        .findFirst()
        .map(word -> "./vx help does not have it: " + command + " " + word);
  }

  /// Without a verb it is `run`.
  private List<String> chaos(List<String> rest) {
    List<String> verbs =
        vx.stream()
            .map(VX_CHAOS_VERBS::matcher)
            .filter(Matcher::matches)
            .flatMap(line -> Pattern.compile(" \\| ").splitAsStream(line.group(1)))
            .toList();
    List<String> words = new ArrayList<>(List.of("chaos"));
    if (rest.isEmpty() || !verbs.contains(rest.getFirst())) {
      words.add("run");
    }
    words.addAll(rest);
    return words;
  }

  private Optional<String> bench(List<String> rest, Form form) {
    List<String> behind = rest.subList(1, rest.size());
    for (String line : vx) {
      Matcher table = VX_TABLE_BENCH.matcher(line);
      Matcher handed = VX_CTL_BENCH.matcher(line);
      if (table.find() && table.group(1).equals(rest.getFirst())) {
        return tableBench(table.group(2), behind);
      } else if (handed.find() && handed.group(1).equals(rest.getFirst())) {
        List<String> words = new ArrayList<>(List.of(handed.group(2)));
        words.addAll(behind);
        return vxctl(words, form);
      }
    }
    List<String> words = new ArrayList<>(List.of("bench"));
    words.addAll(rest);
    return vxctl(words, form);
  }

  private Optional<String> tableBench(String type, List<String> words) {
    String source = String.join("\n", repository.lines(TABLE_BENCHES.resolve(type + ".java")));
    Set<String> options = new TreeSet<>(Set.of("--help"));
    OPTION_NAME.matcher(source).results().forEach(name -> options.add(name.group(1)));
    return words.stream()
        .filter(word -> word.startsWith("-") && !options.contains(word))
        .findFirst()
        .map(word -> type + " has no " + word + ", only " + options);
  }

  private static Optional<String> node(List<String> words, Form form) {
    if (words.equals(List.of("config", "print-defaults"))) {
      return Optional.empty();
    }
    boolean check = !words.isEmpty() && words.getFirst().equals("config");
    if (check && (words.size() < 2 || !words.get(1).equals("check"))) {
      return form == Form.NAMED && words.size() == 1
          ? Optional.empty()
          : Optional.of("vxmeta config has check and print-defaults");
    }
    int at = check ? Math.min(words.size(), 3) : 0;
    while (at < words.size()) {
      String flag = words.get(at).replaceFirst("=.*", "");
      if (!flag.startsWith("--")) {
        return Optional.of("no argument of vxmeta: " + flag);
      }
      int values = NODE_FLAGS.getOrDefault(flag, 1);
      boolean missing = at + values >= words.size() && form == Form.WHOLE;
      if (values == 1 && !flag.equals(words.get(at))) {
        values = 0;
      } else if (missing) {
        return Optional.of("a value is missing: " + flag);
      }
      Optional<String> wrong = NODE_FLAGS.containsKey(flag) ? Optional.empty() : setting(flag);
      if (wrong.isPresent()) {
        return wrong;
      }
      at += 1 + values;
    }
    return Optional.empty();
  }

  /// Each flag is a variable, too; those are public.
  private static Optional<String> setting(String flag) {
    String variable =
        "VXMETA_" + flag.substring(2).replaceAll("[.-]", "_").toUpperCase(Locale.ROOT);
    try {
      ConfigOverrides _ = ConfigOverrides.of(Map.of(variable, "1"));
      return Optional.empty();
    } catch (ConfigInvalid unknown) {
      return said(unknown);
    }
  }
}
