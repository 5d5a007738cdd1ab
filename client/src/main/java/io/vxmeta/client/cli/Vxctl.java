package io.vxmeta.client.cli;

import io.vxmeta.client.CallFailed;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;

/// The front door of vxctl: finds the one command that is meant, runs it, and turns whatever goes
/// wrong into one line and an exit code.
public final class Vxctl {
  /* Start-up: only the class of the command that runs is loaded and reflected upon; the help of vxctl itself touches neither
   * picocli nor gRPC. Options that stand before the command are moved behind it, where picocli knows them. */

  private static final String VERSION = "0.1.0";

  private Vxctl() {}

  public static void main(String[] args) {
    PrintStream out =
        new PrintStream(
            new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16),
            false,
            StandardCharsets.UTF_8);
    PrintStream err =
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
    int code = run(args, new Streams(System.in, out, err));
    out.flush();
    System.exit(code);
  }

  static int run(String[] args, Streams streams) {
    CommandList commands = CommandList.of(streams);
    int at = commands.indexOfCommand(args);
    if (at < 0) {
      return withoutCommand(args, commands, streams);
    }
    CommandLine line = new CommandLine(commands.make(args[at]));
    line.setCommandName("vxctl " + args[at]);
    return execute(line, arguments(args, at, line), streams);
  }

  private static int withoutCommand(String[] args, CommandList commands, Streams streams) {
    List<String> words = List.of(args);
    if (words.contains("--version")) {
      streams.out().println("vxctl " + VERSION);
      return ExitCode.OK;
    }
    if (words.isEmpty()
        || words.contains("--help")
        || words.contains("-h")
        || words.get(0).equals("help")) {
      streams.out().print(commands.help());
      streams.out().flush();
      return words.isEmpty() ? ExitCode.USAGE : ExitCode.OK;
    }
    Optional<String> wrong = words.stream().filter(word -> !word.startsWith("-")).findFirst();
    return fail(
        streams,
        ExitCode.USAGE,
        "no such command: command="
            + wrong.orElse(words.get(0))
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
    line.setOut(new PrintWriter(streams.out(), true, StandardCharsets.UTF_8));
    line.setErr(new PrintWriter(streams.err(), true, StandardCharsets.UTF_8));
    line.setParameterExceptionHandler((wrong, given) ->
        fail(
            streams,
            ExitCode.USAGE,
            oneLine(wrong)
                + "; see "
                + wrong.getCommandLine().getCommandSpec().qualifiedName()
                + " --help"));
    line.setExecutionExceptionHandler((failure, at, parsed) -> fail(streams, failure));
    return line.execute(args);
  }

  private static int fail(Streams streams, Exception failure) {
    streams.out().flush();
    if (failure instanceof CommandFailed failed) {
      return fail(streams, failed.exitCode(), oneLine(failed));
    }
    if (failure instanceof CallFailed failed) {
      return fail(streams, ExitCode.of(failed), withReason(failed));
    }
    if (failure instanceof IllegalArgumentException) {
      return fail(streams, ExitCode.USAGE, oneLine(failure));
    }
    if (failure instanceof UncheckedIOException) {
      return fail(streams, ExitCode.ERROR, oneLine(failure));
    }
    if (failure instanceof InterruptedException) {
      return fail(streams, ExitCode.ERROR, "interrupted");
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
    streams.err().println("vxctl: error: " + message);
    return code;
  }

  private static String oneLine(Throwable failure) {
    return String.valueOf(failure.getMessage()).replaceAll("\\s*\\R\\s*", " ").strip();
  }
}
