package io.vxmeta.client.cli;

import com.google.gson.stream.JsonWriter;
import io.vxmeta.client.Bytes;
import io.vxmeta.client.Freshness;
import io.vxmeta.client.StoredRecord;
import java.io.IOException;
import java.util.Base64;

/// The JSON form of records: `key` and `value` as text, or `key_base64` and `value_base64` where
/// the bytes are not UTF-8.
final class RecordJson {

  private RecordJson() {}

  static void write(JsonWriter json, String namespace, StoredRecord record) throws IOException {
    begin(json, namespace, record);
    end(json, record);
  }

  /// A counter, with its number beside its bytes.
  static void write(JsonWriter json, String namespace, StoredRecord record, long number)
      throws IOException {
    begin(json, namespace, record);
    json.name("number").value(number);
    end(json, record);
  }

  private static void begin(JsonWriter json, String namespace, StoredRecord record)
      throws IOException {
    json.beginObject().name("namespace").value(namespace);
    bytes(json, "key", record.key());
    bytes(json, "value", record.value());
  }

  private static void end(JsonWriter json, StoredRecord record) throws IOException {
    json.name("version").value(record.version().value());
    json.name("create_version").value(record.createVersion().value());
    json.name("flags").value(Integer.toUnsignedLong(record.flags()));
    if (record.expiresAtMs() != 0) {
      json.name("expires_at_ms").value(record.expiresAtMs());
    }
    json.endObject();
  }

  static void bytes(JsonWriter json, String name, Bytes bytes) throws IOException {
    if (bytes.isUtf8()) {
      json.name(name).value(bytes.toUtf8());
    } else {
      json.name(name + "_base64").value(Base64.getEncoder().encodeToString(bytes.toArray()));
    }
  }

  static void freshness(JsonWriter json, Freshness freshness) throws IOException {
    json.name("node").value(freshness.node());
    json.name("role").value(freshness.role().name());
    json.name("token").value(freshness.token().toString());
    if (freshness.stalenessMs().isPresent()) {
      json.name("staleness_ms").value(freshness.stalenessMs().getAsLong());
    }
  }
}
