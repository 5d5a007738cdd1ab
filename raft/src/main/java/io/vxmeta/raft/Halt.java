package io.vxmeta.raft;

import io.vxmeta.raft.ratis.FailStop;
import java.io.PrintStream;
import java.util.concurrent.atomic.AtomicBoolean;

/// Ends the process at once, with one line that names the cause.
final class Halt implements FailStop {
  /// Exit status of a process that stopped itself to protect its data.
  static final int STATUS = 70;

  private final PrintStream err;
  private final AtomicBoolean halting = new AtomicBoolean();

  Halt(PrintStream err) {
    this.err = err;
  }

  /// Shut-down hooks do not run: they would wait for the very threads that are in trouble.
  @Override
  public void stop(String cause, Throwable problem) {
    if (halting.compareAndSet(false, true)) {
      err.println("vxmeta: fatal: " + cause + " cause=" + problem);
      problem.printStackTrace(err);
      err.flush();
      Runtime.getRuntime().halt(STATUS);
    }
  }
}
