package io.vxmeta.client.cli;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;

/// Writes one JSON document to a stream, then a line end.
final class Json {

  /// Fills the document.
  interface Body {
    void write(JsonWriter json) throws IOException;
  }

  private Json() {}

  static void print(PrintStream out, Body body) {
    try {
      Writer text = new OutputStreamWriter(out, StandardCharsets.UTF_8);
      write(text, body);
      text.write('\n');
      text.flush();
    } catch (IOException closed) {
      throw new UncheckedIOException("cannot write: cause=" + closed.getMessage(), closed);
    }
  }

  private static void write(Writer text, Body body) throws IOException {
    JsonWriter json = new JsonWriter(text);
    json.setHtmlSafe(false);
    body.write(json);
    json.flush();
  }

  /// The document as a tree, for other forms than JSON's own.
  static JsonElement tree(Body body) {
    StringWriter text = new StringWriter();
    try {
      write(text, body);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return JsonParser.parseString(text.toString());
  }
}
