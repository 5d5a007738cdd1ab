package io.vxmeta.chaos.demo;

import java.io.PrintStream;
import java.util.Locale;

/// Tells what happens, line by line, with the seconds since the start.
final class Timeline {
  /* Threads: any thread may tell; lines do not mix. On a terminal the progress line is overwritten in place. */

  private static final String ERASE_LINE = "\r\u001b[K";

  /// Where the lines go and what it is.
  enum Screen {
    TERMINAL,
    FILE
  }

  private final PrintStream out;
  private final Screen screen;
  private final long startNanos = System.nanoTime();
  private boolean progressShown;

  Timeline(PrintStream out, Screen screen) {
    this.out = out;
    this.screen = screen;
  }

  double seconds() {
    return (System.nanoTime() - startNanos) / 1e9;
  }

  synchronized void tell(String what) {
    eraseProgress();
    out.println(line(what));
    out.flush();
  }

  /// A line that the next one replaces, where that can be.
  synchronized void progress(String what) {
    if (screen == Screen.FILE) {
      out.println(line(what));
    } else {
      eraseProgress();
      out.print(line(what));
      progressShown = true;
    }
    out.flush();
  }

  private void eraseProgress() {
    if (progressShown) {
      out.print(ERASE_LINE);
      progressShown = false;
    }
  }

  private String line(String what) {
    return String.format(Locale.ROOT, "%7.2fs  %s", seconds(), what);
  }
}
