package io.vxmeta.client.cli;

import java.util.ArrayList;
import java.util.List;

/// Splits a line into words as shells do: blanks part them, '...' and "..." hold them together, a
/// backslash takes the next character as it is, # begins a comment.
final class ShellWords {
  private static final char NONE = 0;

  private final List<String> words = new ArrayList<>();
  private final StringBuilder word = new StringBuilder();
  private final String line;

  /// Whether a word has begun; "" is a word without characters.
  private boolean begun;

  private ShellWords(String line) {
    this.line = line;
  }

  /// Throws for a line that ends inside quotes, or behind a backslash.
  static List<String> of(String line) {
    ShellWords split = new ShellWords(line);
    split.run();
    return List.copyOf(split.words);
  }

  private void run() {
    char quote = NONE;
    for (int at = 0; at < line.length(); at++) {
      char next = line.charAt(at);
      if (next == '\\' && isEscape(quote, at)) {
        at++;
        add(line.charAt(at));
      } else if (quote != NONE) {
        quote = inside(quote, next);
      } else if (next == '\'' || next == '"') {
        quote = next;
        begun = true;
      } else if (Character.isWhitespace(next)) {
        end();
      } else if (next == '#' && !begun) {
        return;
      } else {
        add(next);
      }
    }
    if (quote != NONE) {
      throw new IllegalArgumentException("a quote is not closed: quote=" + quote);
    }
    end();
  }

  /// Inside '...' a backslash is one, inside "..." unless it is before a quote or another.
  private boolean isEscape(char quote, int at) {
    if (quote == '\'') {
      return false;
    }
    if (at + 1 == line.length()) {
      throw new IllegalArgumentException("nothing follows the backslash at the end of the line");
    }
    char next = line.charAt(at + 1);
    return quote == NONE || next == '"' || next == '\\';
  }

  private char inside(char quote, char next) {
    if (next == quote) {
      return NONE;
    }
    add(next);
    return quote;
  }

  private void add(char next) {
    word.append(next);
    begun = true;
  }

  private void end() {
    if (begun) {
      words.add(word.toString());
      word.setLength(0);
      begun = false;
    }
  }
}
