package io.vxmeta.client.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import java.io.PrintStream;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Option;

/// How a command's data looks: every form it can be asked for is made here.
final class Output {

  /// For people: table, wide. For programs: the rest.
  enum Format {
    table,
    wide,
    json,
    yaml,
    name,
    jsonl
  }

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      defaultValue = "table",
      descriptionKey = SettingDefaults.MARK,
      description = "table, wide (with more columns), json, yaml, name, or jsonl (a line per row).")
  private Format format = Format.table;

  @Option(names = "--no-headers", description = "Tables without their heads.")
  private boolean headless;

  boolean isForPeople() {
    return format == Format.table || format == Format.wide;
  }

  Format format() {
    return format;
  }

  void print(Streams streams, Listing listing) {
    PrintStream out = streams.out();
    switch (format) {
      case table, wide -> listing.parts().forEach(part -> print(out, part));
      case json -> Json.print(out, listing.document());
      case yaml -> Yaml.print(out, Json.tree(listing.document()));
      case name -> listing.names().forEach(name -> out.print(name + "\n"));
      case jsonl -> rows(listing).forEach(row -> out.print(row + "\n"));
    }
    out.flush();
  }

  private void print(PrintStream out, Object part) {
    if (part instanceof TextTable table) {
      table.print(out, shown());
    } else {
      out.println(part);
    }
  }

  private Set<TextTable.Part> shown() {
    Set<TextTable.Part> shown = EnumSet.noneOf(TextTable.Part.class);
    if (!headless) {
      shown.add(TextTable.Part.HEADS);
    }
    if (format == Format.wide) {
      shown.add(TextTable.Part.WIDE_COLUMNS);
    }
    return shown;
  }

  private static List<JsonElement> rows(Listing listing) {
    JsonElement tree = Json.tree(listing.document());
    JsonElement rows =
        listing.rowsAt().isEmpty() ? tree : tree.getAsJsonObject().get(listing.rowsAt());
    return rows instanceof JsonArray array ? array.asList() : List.of(rows);
  }

  /// For rows that are printed as they come.
  RowStream rows(Streams streams) {
    return new RowStream(streams.out(), format);
  }
}
