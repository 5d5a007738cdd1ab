package io.vxmeta.client.cli;

import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.VxClient;
import io.vxmeta.client.cli.context.Setting;
import io.vxmeta.client.cli.context.Settings;
import io.vxmeta.client.cli.prompt.Prompt;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Spec;

/// Commands one after the other, over one connection.
@Command(
    name = "shell",
    description =
        "Runs commands line by line over one connection. On a terminal it completes them (Tab),"
            + " remembers them and goes on after one that failed, whose exit code the prompt shows;"
            + " exit or Ctrl-D ends it. Without a terminal it reads lines from standard input and"
            + " ends at the first that fails, with its exit code.",
    mixinStandardHelpOptions = true)
final class ShellCommand implements Callable<Integer> {
  /* JLine is loaded by Prompt, and Prompt by who talks to a terminal. */

  private final Streams streams;
  private final Settings settings;
  private final Supplier<CommandLine> commands;
  private final Function<ClientConfig, VxClient> open;

  @Mixin private final Connection connection = new Connection();
  @Spec private @Nullable CommandSpec spec;

  ShellCommand(Streams streams, Settings settings, Supplier<CommandLine> commands) {
    this(streams, settings, commands, VxClient::connect);
  }

  ShellCommand(
      Streams streams,
      Settings settings,
      Supplier<CommandLine> commands,
      Function<ClientConfig, VxClient> open) {
    this.streams = streams;
    this.settings = settings;
    this.commands = commands;
    this.open = open;
  }

  @Override
  public Integer call() throws IOException {
    ClientConfig unused = connection.config(); // Says at once what is wrong with the flags.
    try (KeptClients clients = new KeptClients(open)) {
      Shell shell = new Shell(streams, variables(), clients::client);
      return isTalk() ? talk(shell) : shell.runAll(lines());
    }
  }

  private boolean isTalk() {
    return streams.in().equals(System.in) && Terminal.readsIn() && Terminal.showsOut();
  }

  private Shell.Lines lines() {
    LineReader reader = new LineReader(streams.in(), 0);
    return prompt -> reader.next();
  }

  private int talk(Shell shell) throws IOException {
    HistoryFile history = HistoryFile.of(settings.variables());
    try (Prompt prompt =
        Prompt.onTerminal(
            history.made(streams.err()), () -> commands.get().getCommandSpec(), Shell.ENDS)) {
      return shell.talk(prompt::next);
    }
  }

  /// The environment of the lines: ours, and over it the flags that were given here.
  private Map<String, String> variables() {
    Map<String, String> variables = new HashMap<>(settings.variables());
    settings.context().ifPresent(name -> variables.put(Settings.CONTEXT, name));
    if (spec != null) {
      for (OptionSpec option : spec.commandLine().getParseResult().matchedOptions()) {
        Optional<Setting> setting =
            Optional.of(option)
                .filter(SettingDefaults::isSetting)
                .flatMap(each -> Setting.ofKey(each.longestName().substring(2)));
        List<String> given = option.originalStringValues();
        if (setting.isPresent() && !given.isEmpty()) {
          variables.put(setting.get().variable(), given.get(given.size() - 1));
        }
      }
    }
    return variables;
  }
}
