package io.vxmeta.chaos.workload;

import io.vxmeta.chaos.history.Micro;
import io.vxmeta.client.Bytes;
import io.vxmeta.client.StoredRecord;
import java.util.Optional;
import java.util.regex.Pattern;

/// Numbers as values of records, in text.
final class Numbers {
  private static final Pattern WHOLE = Pattern.compile("-?[0-9]{1,18}");

  private Numbers() {}

  static Bytes text(long number) {
    return Bytes.utf8(Long.toString(number));
  }

  /// What a read found under a key, in the words of a history of written values.
  static Micro seen(long key, Optional<StoredRecord> found) {
    return found
        .<Micro>map(record -> new Micro.ReadValue(key, parse(record.value())))
        .orElseGet(() -> new Micro.ReadNull(key));
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
