package io.vxmeta.client.cli;

import io.vxmeta.client.Bytes;
import io.vxmeta.client.StoredRecord;
import java.util.List;

/// A record as a row of a table.
final class RecordRow {

  private static final String NONE = "-";

  private RecordRow() {}

  static TextTable table() {
    return new TextTable("KEY", "VERSION", "VALUE").wide("CREATED", "FLAGS", "EXPIRES-AT-MS");
  }

  static TextTable addTo(TextTable table, StoredRecord record) {
    return addTo(table, record, BytesArgument.show(record.value()));
  }

  /// With what is shown as its value.
  static TextTable addTo(TextTable table, StoredRecord record, String value) {
    List<String> wide = wide(record);
    return table.row(
        BytesArgument.show(record.key()),
        record.version(),
        value,
        wide.get(0),
        wide.get(1),
        wide.get(2));
  }

  /// A key that has no record.
  static TextTable addAbsent(TextTable table, Bytes key) {
    return table.row(BytesArgument.show(key), NONE, "(no such key)", NONE, NONE, NONE);
  }

  /// What the wide form adds: first version, flags, end of life.
  static List<String> wide(StoredRecord record) {
    return List.of(
        record.createVersion().toString(),
        Integer.toUnsignedString(record.flags()),
        record.expiresAtMs() == 0 ? NONE : Long.toString(record.expiresAtMs()));
  }
}
