package io.vxmeta.client.cli;

import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.VxClient;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;

/// Runs vxctl once for each line, in this process.
final class Shell {

  /// The words that end it.
  static final List<String> ENDS = List.of("exit", "quit");

  private static final String SELF = "vxctl";
  private static final String SHELL = "shell";

  private final Streams streams;
  private final Map<String, String> variables;
  private final Function<ClientConfig, VxClient> clients;

  /// @param variables the environment of each line
  /// @param clients what the lines' commands talk through
  Shell(Streams streams, Map<String, String> variables, Function<ClientConfig, VxClient> clients) {
    this.streams = new Streams(new TakenInput(), streams.out(), streams.err(), streams.style());
    this.variables = Map.copyOf(variables);
    this.clients = clients;
  }

  /// Where lines come from.
  interface Lines {
    /// Empty at the end.
    Optional<String> next(String prompt) throws IOException;
  }

  /// Runs lines until one fails; ends with its exit code.
  int runAll(Lines lines) throws IOException {
    for (Optional<String> line = lines.next(""); line.isPresent(); line = lines.next("")) {
      OptionalInt code = run(line.get());
      if (code.isEmpty()) {
        return ExitCode.OK;
      }
      if (code.getAsInt() != ExitCode.OK) {
        return code.getAsInt();
      }
    }
    return ExitCode.OK;
  }

  /// Runs lines until the user ends it; the prompt shows the exit code of one that failed.
  int talk(Lines lines) throws IOException {
    OptionalInt code = OptionalInt.of(ExitCode.OK);
    while (code.isPresent()) {
      Optional<String> line = lines.next(prompt(code.getAsInt()));
      if (line.isEmpty()) {
        return ExitCode.OK;
      }
      code = run(line.get());
    }
    return ExitCode.OK;
  }

  private static String prompt(int code) {
    return code == ExitCode.OK ? SELF + "> " : SELF + " [" + code + "]> ";
  }

  /// The exit code of a line; empty for one that ends the shell.
  private OptionalInt run(String line) {
    try {
      List<String> words = ShellWords.of(line);
      if (!words.isEmpty() && words.get(0).equals(SELF)) {
        words = words.subList(1, words.size()); // Pasted from somewhere.
      }
      if (words.isEmpty()) {
        return OptionalInt.of(ExitCode.OK);
      }
      if (ENDS.contains(words.get(0))) {
        return OptionalInt.empty();
      }
      if (words.get(0).equals(SHELL)) {
        throw new IllegalArgumentException("this is a shell already; exit ends it");
      }
      return OptionalInt.of(Vxctl.run(words.toArray(new String[0]), streams, variables, clients));
    } catch (IllegalArgumentException notUnderstood) {
      return OptionalInt.of(Vxctl.fail(streams, notUnderstood));
    } finally {
      streams.out().flush();
    }
  }

  /// The shell's lines are no command's data.
  private static final class TakenInput extends InputStream {
    @Override
    public int read() throws IOException {
      throw taken();
    }

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
      throw taken();
    }

    private static IOException taken() {
      return new IOException(
          "standard input is where the shell's lines come from; name a file: @FILE instead of -");
    }
  }
}
