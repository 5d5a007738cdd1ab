package io.vxmeta.client.cli;

/// Ends a command with one line on stderr and an exit code.
public final class CommandFailed extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final int exitCode;

  /// @param exitCode of [ExitCode]
  public CommandFailed(int exitCode, String message) {
    super(message);
    this.exitCode = exitCode;
  }

  static CommandFailed usage(String message) {
    return new CommandFailed(ExitCode.USAGE, message);
  }

  int exitCode() {
    return exitCode;
  }
}
