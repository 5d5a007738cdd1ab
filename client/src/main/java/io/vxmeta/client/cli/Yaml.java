package io.vxmeta.client.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.io.PrintStream;
import java.util.Map;
import java.util.regex.Pattern;

/// Writes a tree of JSON as a YAML document in blocks.
///
/// A text stands bare where no YAML reader could take it for anything else; else it is quoted as in
/// JSON, which YAML reads too.
final class Yaml {

  private static final Pattern BARE = Pattern.compile("[A-Za-z_][A-Za-z0-9_./-]*");

  /// What readers of YAML 1.1 or 1.2 take for no text.
  private static final Pattern TAKEN =
      Pattern.compile("y|n|yes|no|on|off|true|false|null|inf|nan", Pattern.CASE_INSENSITIVE);

  private Yaml() {}

  static void print(PrintStream out, JsonElement tree) {
    StringBuilder text = new StringBuilder();
    write(text, tree, 0);
    out.print(text);
  }

  private static void write(StringBuilder text, JsonElement tree, int depth) {
    if (tree instanceof JsonObject object && !object.isEmpty()) {
      String indent = "";
      for (Map.Entry<String, JsonElement> field : object.entrySet()) {
        text.append(indent).append(bare(field.getKey())).append(':');
        under(text, field.getValue(), depth);
        indent = "  ".repeat(depth);
      }
    } else if (tree instanceof JsonArray array && !array.isEmpty()) {
      String indent = "";
      for (JsonElement each : array) {
        text.append(indent).append("- ");
        write(text, each, depth + 1);
        indent = "  ".repeat(depth);
      }
    } else {
      text.append(scalar(tree)).append('\n');
    }
  }

  /// What belongs to a field: on its line, or in the lines below it.
  private static void under(StringBuilder text, JsonElement value, int depth) {
    boolean block =
        (value instanceof JsonObject object && !object.isEmpty())
            || (value instanceof JsonArray array && !array.isEmpty());
    if (block) {
      int below = value instanceof JsonObject ? depth + 1 : depth;
      text.append('\n').append("  ".repeat(below));
      write(text, value, below);
    } else {
      text.append(' ').append(scalar(value)).append('\n');
    }
  }

  private static String scalar(JsonElement value) {
    return value instanceof JsonPrimitive text && text.isString()
        ? bare(text.getAsString())
        : value.toString();
  }

  private static String bare(String text) {
    boolean safe = BARE.matcher(text).matches() && !TAKEN.matcher(text).matches();
    return safe ? text : new JsonPrimitive(text).toString();
  }
}
