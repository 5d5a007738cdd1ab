package io.vxmeta.client.cli;

import com.google.gson.JsonArray;
import java.io.PrintStream;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Rows printed as they come, because there may be more than memory holds.
///
/// Columns are separated by tabs and have no heads: aligning them would need all rows first.
final class RowStream implements AutoCloseable {
  /* Threads: the owner's only. Invariant: what was printed is a whole document once this is closed, also after a failure. */

  /// Nobody reads on, or nothing is kept: then the rest need not be read.
  private static final int ROWS_A_LOOK = 1_024;

  private final PrintStream out;
  private final Output.Format format;
  private long printed;

  RowStream(PrintStream out, Output.Format format) {
    this.out = out;
    this.format = format;
  }

  /// `wide` are the columns that only the wide form has.
  void print(String name, Json.Body document, List<String> columns, List<String> wide) {
    switch (format) {
      case table -> out.println(line(columns.stream()));
      case wide -> out.println(line(Stream.concat(columns.stream(), wide.stream())));
      case name -> out.println(name);
      case jsonl -> Json.print(out, document);
      case json -> out.print((printed > 0 ? ",\n" : "[") + Json.tree(document));
      case yaml -> {
        JsonArray one = new JsonArray();
        one.add(Json.tree(document));
        Yaml.print(out, one);
      }
    }
    if (++printed % ROWS_A_LOOK == 0 && out.checkError()) {
      throw new CommandFailed(
          ExitCode.ERROR, "cannot write standard output after " + printed + " rows");
    }
  }

  private static String line(Stream<String> cells) {
    return cells.map(TextTable::cell).collect(Collectors.joining("\t"));
  }

  @Override
  public void close() {
    if (format == Output.Format.json) {
      out.print(printed > 0 ? "]\n" : "[]\n");
    } else if (format == Output.Format.yaml && printed == 0) {
      out.print("[]\n");
    }
    out.flush();
  }
}
