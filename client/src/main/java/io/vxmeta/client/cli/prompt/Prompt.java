package io.vxmeta.client.cli.prompt;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jline.reader.Candidate;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.ParsedLine;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import picocli.AutoComplete;
import picocli.CommandLine.Model.CommandSpec;

/// Asks the user of a terminal for lines, with history, and with the commands of a model completed
/// by Tab.
public final class Prompt implements AutoCloseable {
  /* Threads: one.
   * The model is made when Tab is pressed first: it loads every command there is. */

  private static final int HISTORY_LINES_MAX = 1_000;

  private final Terminal terminal;
  private final LineReader reader;

  /// On the terminal of this process.
  ///
  /// @param history a file that exists; empty: nothing is remembered beyond this session
  /// @param commands whose words are completed
  /// @param more words that may stand in place of a command
  public static Prompt onTerminal(
      Optional<Path> history, Supplier<CommandSpec> commands, List<String> more)
      throws IOException {
    return new Prompt(
        TerminalBuilder.builder().name("vxctl").system(true).build(), history, commands, more);
  }

  Prompt(
      Terminal terminal,
      Optional<Path> history,
      Supplier<CommandSpec> commands,
      List<String> more) {
    this.terminal = terminal;
    Words words = new Words(commands, more);
    LineReaderBuilder builder =
        LineReaderBuilder.builder()
            .terminal(terminal)
            .appName("vxctl")
            .completer((reader, line, candidates) -> words.complete(line, candidates))
            .variable(LineReader.HISTORY_SIZE, HISTORY_LINES_MAX)
            .variable(LineReader.HISTORY_FILE_SIZE, HISTORY_LINES_MAX)
            // A value may have an exclamation mark.
            .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true);
    history.ifPresent(file -> builder.variable(LineReader.HISTORY_FILE, file));
    this.reader = builder.build();
  }

  /// The next line; empty when the user ends the input (Ctrl-D). Ctrl-C drops what is typed and
  /// asks again.
  public Optional<String> next(String prompt) {
    while (true) {
      try {
        return Optional.of(reader.readLine(prompt));
      } catch (UserInterruptException dropped) {
        // Asked again, on a new line.
      } catch (EndOfFileException end) {
        return Optional.empty();
      }
    }
  }

  @Override
  public void close() throws IOException {
    terminal.close();
  }

  /// What Tab offers.
  private static final class Words {
    private final Supplier<CommandSpec> commands;
    private final List<String> more;
    private Optional<CommandSpec> model = Optional.empty();

    Words(Supplier<CommandSpec> commands, List<String> more) {
      this.commands = commands;
      this.more = List.copyOf(more);
    }

    void complete(ParsedLine line, List<Candidate> candidates) {
      if (model.isEmpty()) {
        model = Optional.of(commands.get());
      }
      List<CharSequence> found = new ArrayList<>();
      String[] words = line.words().toArray(new String[0]);
      AutoComplete.complete(model.get(), words, line.wordIndex(), 0, line.cursor(), found);
      found.forEach(each -> candidates.add(new Candidate(each.toString())));
      if (line.wordIndex() == 0) {
        more.forEach(each -> candidates.add(new Candidate(each)));
      }
    }
  }
}
