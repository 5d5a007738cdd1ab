package io.vxmeta.client.cli;

import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// A script that teaches a shell vxctl's commands and flags.
@Command(
    name = "completion",
    description =
        "Prints a script that teaches a shell to complete vxctl's commands and flags. bash: source"
            + " <(vxctl completion bash). zsh: source <(vxctl completion zsh).",
    mixinStandardHelpOptions = true)
final class CompletionCommand implements Callable<Integer> {

  /// What zsh needs before it can take completions made for bash.
  private static final String FOR_ZSH =
      """
      #compdef vxctl
      autoload -U +X compinit && compinit
      autoload -U +X bashcompinit && bashcompinit
      """;

  /// The shells that are known.
  enum Shell {
    bash,
    zsh
  }

  private final Streams streams;
  private final Supplier<CommandLine> commands;

  @Parameters(paramLabel = "SHELL", description = "bash or zsh.")
  private Shell shell = Shell.bash;

  CompletionCommand(Streams streams, Supplier<CommandLine> commands) {
    this.streams = streams;
    this.commands = commands;
  }

  @Override
  public Integer call() {
    if (shell == Shell.zsh) {
      streams.out().print(FOR_ZSH);
    }
    streams.out().print(AutoComplete.bash("vxctl", commands.get()));
    streams.out().flush();
    return ExitCode.OK;
  }
}
