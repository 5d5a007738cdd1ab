package io.vxmeta.raft;

import java.util.Collection;
import java.util.Comparator;

/// The known name that an unknown one was probably meant to be.
final class NearestName {
  private NearestName() {}

  /// @param known not empty
  static String to(String unknown, Collection<String> known) {
    return known.stream()
        .min(
            Comparator.comparingInt((String name) -> distance(unknown, name))
                .thenComparing(Comparator.naturalOrder()))
        .orElseThrow();
  }

  /// A key without its section is as near as its last part, and one edit more.
  private static int distance(String unknown, String name) {
    String leaf = name.substring(name.lastIndexOf('.') + 1);
    int whole = edits(unknown, name);
    return unknown.indexOf('.') >= 0 || leaf.equals(name)
        ? whole
        : Math.min(whole, edits(unknown, leaf) + 1);
  }

  /// Characters to insert, delete or replace (Levenshtein), row by row.
  static int edits(String from, String to) {
    int[] above = new int[to.length() + 1];
    for (int column = 0; column <= to.length(); column++) {
      above[column] = column;
    }
    for (int row = 1; row <= from.length(); row++) {
      int[] current = new int[to.length() + 1];
      current[0] = row;
      for (int column = 1; column <= to.length(); column++) {
        int replaced = from.charAt(row - 1) == to.charAt(column - 1) ? 0 : 1;
        current[column] =
            Math.min(
                above[column - 1] + replaced, 1 + Math.min(above[column], current[column - 1]));
      }
      above = current;
    }
    return above[to.length()];
  }
}
