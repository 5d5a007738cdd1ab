package io.vxmeta.client.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/// Rows in aligned columns, two blanks between them; nothing is cut.
final class TextTable {

  /// What may be printed besides the rows' usual columns.
  enum Part {
    HEADS,
    WIDE_COLUMNS
  }

  private final List<List<String>> rows = new ArrayList<>();
  private final boolean heads;
  private final int narrow;

  TextTable(String... heads) {
    rows.add(List.of(heads));
    this.heads = true;
    this.narrow = heads.length;
  }

  private TextTable(int columns) {
    this.heads = false;
    this.narrow = columns;
  }

  /// Names and values below each other, without heads.
  static TextTable facts() {
    return new TextTable(2);
  }

  /// Adds columns that only the wide form shows; before the first row.
  TextTable wide(String... more) {
    List<String> all = new ArrayList<>(rows.remove(0));
    all.addAll(Arrays.asList(more));
    rows.add(all);
    return this;
  }

  TextTable row(Object... cells) {
    List<String> row = new ArrayList<>();
    for (Object cell : cells) {
      row.add(cell(String.valueOf(cell)));
    }
    rows.add(row);
    return this;
  }

  /// On one line, and harmless to a terminal.
  static String cell(String text) {
    return text.replaceAll("[\\p{Cntrl}]", "\uFFFD");
  }

  boolean hasHeads() {
    return heads;
  }

  List<String> firstColumn() {
    return rows.stream().skip(heads ? 1 : 0).map(row -> row.get(0)).toList();
  }

  void print(PrintStream out, Set<Part> parts) {
    List<List<String>> shown =
        rows.stream()
            .skip(heads && !parts.contains(Part.HEADS) ? 1 : 0)
            .map(row -> parts.contains(Part.WIDE_COLUMNS) ? row : row.subList(0, narrow))
            .toList();
    if (shown.isEmpty()) {
      return;
    }
    int[] widths = new int[shown.get(0).size()];
    for (List<String> row : shown) {
      for (int i = 0; i < row.size(); i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    for (List<String> row : shown) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < row.size(); i++) {
        line.append(row.get(i)).append(" ".repeat(widths[i] - row.get(i).length() + 2));
      }
      out.println(line.toString().stripTrailing());
    }
  }
}
