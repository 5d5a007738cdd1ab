package io.vxmeta.chaos.workload;

import io.vxmeta.client.Bytes;
import java.util.regex.Pattern;

/// Numbers as values of records, in text.
final class Numbers {
  private static final Pattern WHOLE = Pattern.compile("-?[0-9]{1,18}");

  private Numbers() {}

  static Bytes text(long number) {
    return Bytes.utf8(Long.toString(number));
  }

  /// A [Long]; what is no number stays as it was found, which no writer wrote and every checker
  /// convicts.
  static Object parse(Bytes value) {
    return parse(value.isUtf8() ? value.toUtf8() : value.toString());
  }

  static Object parse(String text) {
    return WHOLE.matcher(text).matches() ? (Object) Long.valueOf(text) : "garbled: " + text;
  }
}
