package io.vxmeta.chaos.history;

/// A line of a history file that says nothing the reader understands.
public final class MalformedHistory extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final long line;

  MalformedHistory(String source, long line, String expected, Throwable cause) {
    super(
        "malformed history line: "
            + expected
            + " file="
            + source
            + " line="
            + line
            + "; mend or remove that line",
        cause);
    this.line = line;
  }

  /// Counted from 1.
  public long line() {
    return line;
  }
}
