package io.vxmeta.client.cli;

import java.io.PrintStream;
import java.util.Locale;

/// Shows on stderr how far a long command is: a bar that is redrawn on a terminal, else a line now
/// and then.
final class Progress {
  /* Threads: the owner's only. Times come from the monotonic clock and decide only when to print. */

  private static final long REDRAW_NANOS = 200_000_000L;
  private static final long LINE_NANOS = 10_000_000_000L;
  private static final int BAR = 24;

  private final PrintStream err;
  private final String verb;
  private final long bytesTotal;
  private final boolean terminal;
  private final long startNanos = System.nanoTime();
  private long shownNanos = startNanos;
  private long records;
  private long bytes;
  private long skippedBytes;

  private Progress(PrintStream err, String verb, long bytesTotal, boolean terminal) {
    this.err = err;
    this.verb = verb;
    this.bytesTotal = bytesTotal;
    this.terminal = terminal;
  }

  /// `bytesTotal`: how much there is in all; 0 = not known.
  static Progress on(PrintStream err, String verb, long bytesTotal) {
    return new Progress(err, verb, bytesTotal, Terminal.showsErr());
  }

  /// What an earlier run did: it counts for the bar, not for the rate.
  void skip(long doneBytes) {
    skippedBytes = doneBytes;
  }

  void advance(long moreRecords, long moreBytes) {
    records += moreRecords;
    bytes += moreBytes;
    long now = System.nanoTime();
    if (now - shownNanos >= (terminal ? REDRAW_NANOS : LINE_NANOS)) {
      shownNanos = now;
      err.print(terminal ? "\r" + line() : line() + System.lineSeparator());
      err.flush();
    }
  }

  /// The last line, always printed.
  void end() {
    err.println((terminal ? "\r" : "") + line());
  }

  private String line() {
    double seconds = Math.max(1e-3, (System.nanoTime() - startNanos) / 1e9);
    String text =
        String.format(
            Locale.ROOT,
            "%s %,d records, %,.0f/s, %.1f s",
            verb,
            records,
            records / seconds,
            seconds);
    return bytesTotal == 0 ? text : part() + " " + text;
  }

  private String part() {
    double part = Math.min(1, (double) (skippedBytes + bytes) / bytesTotal);
    int full = (int) (part * BAR);
    String bar = terminal ? "[" + "#".repeat(full) + "-".repeat(BAR - full) + "] " : "";
    return bar + String.format(Locale.ROOT, "%3.0f %%", part * 100);
  }
}
