package io.vxmeta.raft.observe;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The `key=value` facts of a log message, in its order; of a key said twice, the last.
final class MessageFacts {
  /* From the pattern, not from the finished text: there `to={}` says exactly what the value is, also one with blanks or with
   * an equals sign in it. A value that is part of the pattern ends at a blank, or at the punctuation that our messages put
   * behind facts.
   */

  /// A placeholder that is no fact's, or a fact with a placeholder or a value of its own.
  private static final Pattern PART =
      Pattern.compile("\\{}|(?<![\\w.\\-])([A-Za-z][\\w.\\-]*)=(\\{}|[^\\s;,(){}]*)");

  /// What fits a long without a look at its digits.
  private static final Pattern INTEGER = Pattern.compile("-?(0|[1-9]\\d{0,17})");

  private MessageFacts() {}

  /// @param pattern with `{}` for each argument
  static Map<String, String> of(@Nullable String pattern, Object @Nullable [] arguments) {
    Map<String, String> facts = new LinkedHashMap<>();
    int next = 0;
    Matcher part = PART.matcher(pattern == null ? "" : pattern);
    while (part.find()) {
      @Nullable String key = part.group(1);
      String value = part.group(key == null ? 0 : 2);
      if (value.equals("{}")) {
        value = argument(arguments, next++);
      }
      if (key != null && !value.isEmpty()) {
        facts.put(key, value);
      }
    }
    return facts;
  }

  private static String argument(Object @Nullable [] arguments, int index) {
    return arguments == null || index >= arguments.length ? "" : String.valueOf(arguments[index]);
  }

  static boolean isInteger(String value) {
    return INTEGER.matcher(value).matches();
  }
}
