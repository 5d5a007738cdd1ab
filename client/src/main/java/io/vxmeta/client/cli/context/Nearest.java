package io.vxmeta.client.cli.context;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/// Finds the known word that somebody may have meant.
///
/// Measured by the edits that turn one into the other: a character put in, taken out or replaced
/// (Levenshtein's distance).
public final class Nearest {

  /// Of the longer word's characters, at most this part may be wrong.
  private static final double WRONG_MAX = 0.5;

  private Nearest() {}

  /// Empty when no word is near.
  public static Optional<String> of(String word, Collection<String> known) {
    return known.stream()
        .filter(each -> distance(word, each) <= WRONG_MAX * Math.max(word.length(), each.length()))
        .min(Comparator.comparingInt(each -> distance(word, each)));
  }

  /// `; did you mean X?`, or nothing.
  public static String question(String word, Collection<String> known) {
    return of(word, known).map(near -> "; did you mean " + near + "?").orElse("");
  }

  private static int distance(String from, String to) {
    int[] row = new int[to.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= from.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j < row.length; j++) {
        int replaced = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[to.length()];
  }
}
