package io.vxmeta.client.cli;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/// Knows up to which line everything is stored, although answers come in any order.
final class ConfirmedLines {
  /* Threads: one reads lines, many answer; all under `this`. Memory: the lines in flight, which the writer bounds, and those
   * answered behind the oldest of them. Invariant: `confirmed` is the last line before the first unanswered one. */

  /// A place in a file: so many lines, which end at this offset.
  record Position(long line, long offset) {}

  /// A line on its way.
  static final class Line {
    private final Position end;
    private boolean stored;

    private Line(Position end) {
      this.end = end;
    }

    long number() {
      return end.line();
    }
  }

  private final Deque<Line> open = new ArrayDeque<>();
  private Position confirmed;
  private Optional<String> trouble = Optional.empty();
  private int troubleExitCode;
  private long troubleLine = Long.MAX_VALUE;

  ConfirmedLines(Position start) {
    this.confirmed = start;
  }

  synchronized Line onRead(Position end) {
    Line line = new Line(end);
    open.add(line);
    return line;
  }

  /// A line with nothing to store counts as stored.
  synchronized void onStored(Line line) {
    line.stored = true;
    while (!open.isEmpty() && open.element().stored) {
      confirmed = open.remove().end;
    }
  }

  /// The line was not stored, or nobody knows; the first such line is what the user hears of.
  synchronized void onTrouble(Line line, int exitCode, String message) {
    if (line.number() < troubleLine) {
      troubleLine = line.number();
      troubleExitCode = exitCode;
      trouble = Optional.of(message);
    }
  }

  synchronized Position confirmed() {
    return confirmed;
  }

  synchronized boolean isTroubled() {
    return trouble.isPresent();
  }

  /// Throws what went wrong first, if anything did.
  synchronized void throwTrouble(String remedy) {
    if (trouble.isPresent()) {
      throw new CommandFailed(
          troubleExitCode, "line " + troubleLine + ": " + trouble.get() + "; " + remedy);
    }
  }
}
