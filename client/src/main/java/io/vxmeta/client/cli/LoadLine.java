package io.vxmeta.client.cli;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import io.vxmeta.client.Bytes;
import io.vxmeta.client.Transaction;
import java.io.IOException;
import java.io.StringReader;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;

/// One line of a file to load: a JSON object, or fields separated by tabs.
///
/// JSON: `key` or `key_base64`, `value` or `value_base64`, and if wanted `namespace` and `flags`.
/// Tabs: key, value, and if wanted the namespace.
record LoadLine(Optional<String> namespace, Bytes key, Bytes value, int flags) {

  /// What scan prints beside; of no use to a store that gives its own.
  private static final Set<String> IGNORED = Set.of("version", "create_version", "expires_at_ms");

  /// How the lines of a file are to be read.
  enum Format {
    jsonl,
    tsv
  }

  Transaction transaction(String defaultNamespace) {
    return Transaction.in(namespace.orElse(defaultNamespace)).put(key, value, flags).build();
  }

  /// Throws IllegalArgumentException when the line is not of the format.
  static LoadLine parse(String line, Format format) {
    return format == Format.tsv ? tabs(line) : json(line);
  }

  private static LoadLine tabs(String line) {
    String[] fields = line.split("\t", -1);
    if (fields.length < 2 || fields.length > 3) {
      throw new IllegalArgumentException(
          "a line has key, value and perhaps a namespace, separated by tabs: fields="
              + fields.length
              + "; use JSON lines for keys or values with tabs");
    }
    return new LoadLine(
        fields.length == 3 ? Optional.of(fields[2]) : Optional.empty(),
        Bytes.utf8(fields[0]),
        Bytes.utf8(fields[1]),
        0);
  }

  private static LoadLine json(String line) {
    Fields fields = new Fields();
    try (JsonReader json = new JsonReader(new StringReader(line))) {
      json.beginObject();
      while (json.hasNext()) {
        fields.read(json, json.nextName());
      }
      json.endObject();
      if (json.peek() != JsonToken.END_DOCUMENT) {
        throw new IllegalArgumentException("a line is one JSON object: more follows");
      }
    } catch (IOException | IllegalStateException | NumberFormatException malformed) {
      throw new IllegalArgumentException(
          "a line is one JSON object with \"key\" and \"value\": cause=" + malformed.getMessage(),
          malformed);
    }
    return fields.line();
  }

  /// The fields of an object as they come.
  private static final class Fields {
    private Optional<String> namespace = Optional.empty();
    private Optional<Bytes> key = Optional.empty();
    private Optional<Bytes> value = Optional.empty();
    private long flags;

    void read(JsonReader json, String name) throws IOException {
      switch (name) {
        case "namespace" -> namespace = Optional.of(json.nextString());
        case "key" -> key = Optional.of(Bytes.utf8(json.nextString()));
        case "key_base64" -> key = Optional.of(base64(json.nextString()));
        case "value" -> value = Optional.of(Bytes.utf8(json.nextString()));
        case "value_base64" -> value = Optional.of(base64(json.nextString()));
        case "flags" -> flags = json.nextLong();
        default -> ignore(json, name);
      }
    }

    private static Bytes base64(String text) {
      return Bytes.wrap(Base64.getDecoder().decode(text));
    }

    private static void ignore(JsonReader json, String name) throws IOException {
      if (!IGNORED.contains(name)) {
        throw new IllegalArgumentException(
            "unknown field: field="
                + name
                + "; known: namespace, key, key_base64, value, value_base64, flags");
      }
      json.skipValue();
    }

    LoadLine line() {
      if (key.isEmpty() || value.isEmpty()) {
        throw new IllegalArgumentException(
            "a line has a key and a value: key="
                + (key.isPresent() ? "there" : "missing")
                + " value="
                + (value.isPresent() ? "there" : "missing"));
      }
      if (flags < 0 || flags > 0xffff_ffffL) {
        throw new IllegalArgumentException("flags are 0..4294967295: flags=" + flags);
      }
      return new LoadLine(namespace, key.get(), value.get(), (int) flags);
    }
  }
}
