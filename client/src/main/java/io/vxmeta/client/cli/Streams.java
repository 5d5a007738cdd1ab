package io.vxmeta.client.cli;

import java.io.InputStream;
import java.io.PrintStream;

/// Where a command reads and writes: data on `out`, progress and errors on `err`.
record Streams(InputStream in, PrintStream out, PrintStream err, Style style) {

  /// Whether `out` shows colours.
  enum Style {
    PLAIN,
    COLOURED
  }

  Streams(InputStream in, PrintStream out, PrintStream err) {
    this(in, out, err, Style.PLAIN);
  }
}
