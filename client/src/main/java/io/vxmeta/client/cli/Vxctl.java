package io.vxmeta.client.cli;

import io.vxmeta.client.CallFailed;
import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.Release;
import io.vxmeta.client.VxClient;
import io.vxmeta.client.cli.context.Nearest;
import io.vxmeta.client.cli.context.Settings;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/// The front door of vxctl: finds the one command that is meant, runs it, and turns whatever goes
/// wrong into one line and an exit code.
public final class Vxctl {
  /* Start-up: only the class of the command that runs is loaded and reflected upon; the help of vxctl itself touches neither
   * picocli nor gRPC. Options that stand before the command are moved behind it, where picocli knows them. */

  private Vxctl() {}

  public static void main(String[] args) {
    PrintStream out =
        new PrintStream(
            new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16),
            false,
            StandardCharsets.UTF_8);
    PrintStream err =
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
    Map<String, String> variables = System.getenv();
    int code = run(args, new Streams(System.in, out, err, Terminal.style(variables)), variables);
    System.exit(printed(out, err) || code != ExitCode.OK ? code : ExitCode.ERROR);
  }

  /// All commands below one root, those of other modules included, for who must know them all or
  /// read their reference; loads every one of them.
  public static CommandLine commands(PrintStream out, PrintStream err) {
    Streams streams = new Streams(InputStream.nullInputStream(), out, err);
    return CommandList.of(streams, new Settings(Map.of(), Optional.empty())).model();
  }

  /// A print stream keeps its errors to itself; data that was not written is no success.
  static boolean printed(PrintStream out, PrintStream err) {
    if (!out.checkError()) {
      return true;
    }
    err.println(
        "vxctl: error: cannot write standard output; its disk is full, or its reader went away");
    return false;
  }

  static int run(String[] given, Streams streams, Map<String, String> variables) {
    return run(given, streams, variables, VxClient::connect);
  }

  /// @param clients opens what the command talks through, and may keep it
  static int run(
      String[] given,
      Streams streams,
      Map<String, String> variables,
      Function<ClientConfig, VxClient> clients) {
    String[] args = asFlag(given);
    Settings settings = new Settings(variables, SettingDefaults.context(List.of(args)));
    CommandList commands = CommandList.of(streams, settings);
    int at = commands.indexOfCommand(args);
    if (at < 0) {
      return withoutCommand(args, commands, streams);
    }
    CommandLine line = new CommandLine(commands.make(args[at]));
    line.setCommandName("vxctl " + args[at]);
    nameVersion(line.getCommandSpec());
    openBy(clients, line.getCommandSpec());
    String[] arguments = arguments(args, at, line);
    try {
      setDefaults(line, arguments, settings);
    } catch (IllegalArgumentException | UncheckedIOException notUnderstood) {
      return fail(streams, notUnderstood);
    }
    return execute(line, arguments, streams);
  }

  /// `help node drain` is `node drain --help`.
  private static String[] asFlag(String[] args) {
    if (args.length < 2 || !args[0].equals("help")) {
      return args;
    }
    List<String> words = new ArrayList<>(List.of(args).subList(1, args.length));
    words.add("--help");
    return words.toArray(String[]::new);
  }

  /// `vxctl get --version` is `vxctl --version`.
  private static void nameVersion(CommandSpec command) {
    command.version(Release.of("vxctl"));
    command.subcommands().values().forEach(verb -> nameVersion(verb.getCommandSpec()));
  }

  private static void openBy(Function<ClientConfig, VxClient> clients, CommandSpec command) {
    for (CommandSpec mixin : command.mixins().values()) {
      if (mixin.userObject() instanceof Connection connection) {
        connection.openBy(clients);
      }
    }
    command.subcommands().values().forEach(verb -> openBy(clients, verb.getCommandSpec()));
  }

  /// Help is given whatever is wrong with the contexts.
  private static void setDefaults(CommandLine line, String[] arguments, Settings settings) {
    List<String> words = List.of(arguments);
    if (asksForHelp(words)) {
      return;
    }
    CommandLine verb =
        words.isEmpty() ? line : line.getSubcommands().getOrDefault(words.get(0), line);
    line.setDefaultValueProvider(SettingDefaults.of(verb.getCommandSpec(), settings));
  }

  /// Behind `--` a `-h` is a value.
  private static boolean asksForHelp(List<String> words) {
    int end = words.indexOf("--");
    List<String> flags = end < 0 ? words : words.subList(0, end);
    return flags.contains("--help") || flags.contains("-h");
  }

  private static int withoutCommand(String[] args, CommandList commands, Streams streams) {
    List<String> words = List.of(args);
    if (words.contains("--version") || words.contains("-V")) {
      streams.out().println(Release.of("vxctl"));
      return ExitCode.OK;
    }
    Optional<String> word = CommandList.firstWord(args);
    if (words.isEmpty()
        || word.equals(Optional.of("help"))
        || (word.isEmpty() && (words.contains("--help") || words.contains("-h")))) {
      streams.out().print(commands.help());
      streams.out().flush();
      return words.isEmpty() ? ExitCode.USAGE : ExitCode.OK;
    }
    String wrong = word.orElse(words.get(0));
    return fail(
        streams,
        ExitCode.USAGE,
        "no such command: command="
            + wrong
            + Nearest.question(wrong, commands.names())
            + "; vxctl --help lists the commands");
  }

  /// The options from before the command, then what follows it: the last of two options wins. A
  /// verb of the command stays in front.
  private static String[] arguments(String[] args, int at, CommandLine line) {
    List<String> all = new ArrayList<>(List.of(args).subList(at + 1, args.length));
    boolean verb = !all.isEmpty() && line.getSubcommands().containsKey(all.get(0));
    all.addAll(verb ? 1 : 0, List.of(args).subList(0, at));
    return all.toArray(String[]::new);
  }

  private static int execute(CommandLine line, String[] args, Streams streams) {
    line.setOverwrittenOptionsAllowed(true);
    line.setExpandAtFiles(false);
    line.setUsageHelpAutoWidth(false);
    line.setColorScheme(
        CommandLine.Help.defaultColorScheme(
            streams.style() == Streams.Style.COLOURED
                ? CommandLine.Help.Ansi.ON
                : CommandLine.Help.Ansi.OFF));
    line.setOut(new PrintWriter(streams.out(), true, StandardCharsets.UTF_8));
    line.setErr(new PrintWriter(streams.err(), true, StandardCharsets.UTF_8));
    line.setParameterExceptionHandler((wrong, given) ->
        fail(
            streams,
            ExitCode.USAGE,
            oneLine(wrong)
                + suggestion(wrong)
                + "; see "
                + wrong.getCommandLine().getCommandSpec().qualifiedName()
                + " --help"));
    line.setExecutionExceptionHandler((failure, at, parsed) -> fail(streams, failure));
    return line.execute(args);
  }

  private static String suggestion(CommandLine.ParameterException wrong) {
    if (!(wrong instanceof CommandLine.UnmatchedArgumentException unmatched)) {
      return "";
    }
    String word = unmatched.getUnmatched().get(0).replaceFirst("=.*", "");
    Set<String> known = new TreeSet<>(wrong.getCommandLine().getSubcommands().keySet());
    wrong.getCommandLine().getCommandSpec().options().forEach(o -> known.add(o.longestName()));
    return Nearest.question(word, known);
  }

  static int fail(Streams streams, Exception failure) {
    streams.out().flush();
    if (failure instanceof CommandFailed failed) {
      return fail(streams, failed.exitCode(), oneLine(failed));
    }
    if (failure instanceof CallFailed failed) {
      return fail(streams, ExitCode.of(failed), withReason(failed));
    }
    if (failure instanceof Settings.NoSuchContext) {
      return fail(streams, ExitCode.NOT_MET, oneLine(failure));
    }
    if (failure instanceof FileSystemException file) {
      return fail(
          streams,
          ExitCode.ERROR,
          "cannot use a file: file="
              + file.getFile()
              + " cause="
              + failure.getClass().getSimpleName()
              + "; check that it is there and its permissions");
    }
    if (failure instanceof IllegalArgumentException) {
      return fail(streams, ExitCode.USAGE, oneLine(failure));
    }
    if (failure instanceof UncheckedIOException) {
      return fail(streams, ExitCode.ERROR, oneLine(failure));
    }
    if (failure instanceof InterruptedException) {
      return fail(streams, ExitCode.INTERRUPTED, "interrupted");
    }
    return fail(
        streams, ExitCode.ERROR, failure.getClass().getSimpleName() + ": " + oneLine(failure));
  }

  /// Servers begin their messages with the reason.
  static String withReason(CallFailed failed) {
    String text = oneLine(failed);
    return text.startsWith(failed.reason()) ? text : failed.reason() + ": " + text;
  }

  private static int fail(Streams streams, int code, String message) {
    streams.err().println("vxctl: error: " + TextTable.cell(message + Hint.of(message)));
    return code;
  }

  private static String oneLine(Throwable failure) {
    return String.valueOf(failure.getMessage()).replaceAll("\\s*\\R\\s*", " ").strip();
  }
}
