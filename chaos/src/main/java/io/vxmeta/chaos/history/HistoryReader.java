package io.vxmeta.chaos.history;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.zip.GZIPInputStream;

/// Reads JSON Lines: either one history a line, or one operation a line; compressed with gzip or
/// not.
public final class HistoryReader {
  /* Threads: one call, one thread. The first line decides the form: one with `ops` is a whole history, and then every
   * line must be. Whole histories are handed on one by one, so a corpus is never held in memory; a stream of operations
   * is one history and is held whole. Blank lines are skipped and counted. */

  /// The field that only a whole history has.
  private static final String OPERATIONS = "ops";

  private static final int GZIP_FIRST = 0x1f;
  private static final int GZIP_SECOND = 0x8b;

  private final String source;
  private final Consumer<History> histories;
  private final List<Operation> stream = new ArrayList<>();
  private boolean whole;

  private HistoryReader(String source, Consumer<History> histories) {
    this.source = source;
    this.histories = histories;
  }

  /// Hands each history of `file` to `histories`; throws [MalformedHistory] at the first line that
  /// is not understood.
  public static void read(Path file, Consumer<History> histories) throws IOException {
    try (InputStream bytes = plain(Files.newInputStream(file))) {
      read(file.getFileName() + "", bytes, histories);
    }
  }

  /// As for a file; `source` names the bytes in messages and is the id of an operation stream.
  public static void read(String source, InputStream bytes, Consumer<History> histories)
      throws IOException {
    new HistoryReader(source, histories)
        .lines(new BufferedReader(new InputStreamReader(bytes, StandardCharsets.UTF_8)));
  }

  /// Hands each operation of a stream to `operations`, one by one; throws [MalformedHistory] at the
  /// first line that is not understood.
  public static void operations(Path file, Consumer<Operation> operations) throws IOException {
    each(
        file,
        (json, number) -> {
          if (json.has(OPERATIONS)) {
            throw new MalformedHistory(
                file.getFileName() + "",
                number,
                "expected one operation a line, got a whole history",
                new IllegalArgumentException());
          }
          operations.accept(operation(file, json, number));
          return true;
        });
  }

  /// Hands the operations of a stream to `wants` until it has seen enough; of a file of whole
  /// histories nothing.
  public static void look(Path file, Predicate<Operation> wants) throws IOException {
    each(
        file, (json, number) -> !json.has(OPERATIONS) && wants.test(operation(file, json, number)));
  }

  /// Takes a line; whether it wants the next one.
  private interface Line {
    boolean take(JsonObject json, long number);
  }

  private static void each(Path file, Line lines) throws IOException {
    try (InputStream bytes = plain(Files.newInputStream(file));
        BufferedReader reader =
            new BufferedReader(new InputStreamReader(bytes, StandardCharsets.UTF_8))) {
      long number = 0;
      boolean wanted = true;
      for (String line = reader.readLine(); wanted && line != null; line = reader.readLine()) {
        number++;
        wanted = line.isBlank() || lines.take(object(file, line, number), number);
      }
    }
  }

  private static JsonObject object(Path file, String line, long number) {
    try {
      return JsonParser.parseString(line).getAsJsonObject();
    } catch (RuntimeException malformed) {
      throw new MalformedHistory(
          file.getFileName() + "", number, "" + malformed.getMessage(), malformed);
    }
  }

  private static Operation operation(Path file, JsonObject json, long number) {
    try {
      return OperationCodec.decode(json);
    } catch (RuntimeException malformed) {
      throw new MalformedHistory(
          file.getFileName() + "", number, "" + malformed.getMessage(), malformed);
    }
  }

  private static InputStream plain(InputStream raw) throws IOException {
    BufferedInputStream bytes = new BufferedInputStream(raw);
    bytes.mark(2);
    boolean gzip = bytes.read() == GZIP_FIRST && bytes.read() == GZIP_SECOND;
    bytes.reset();
    return gzip ? new GZIPInputStream(bytes) : bytes;
  }

  private void lines(BufferedReader reader) throws IOException {
    long number = 0;
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      number++;
      if (!line.isBlank()) {
        History history = line(line, number);
        if (whole) {
          histories.accept(history);
        }
      }
    }
    if (!whole) {
      histories.accept(History.ofRun(source, stream));
    }
  }

  /// The history of the line, or in an operation stream an empty one while the operation joins the
  /// stream.
  private History line(String line, long number) {
    try {
      JsonObject json = JsonParser.parseString(line).getAsJsonObject();
      whole = whole || (stream.isEmpty() && json.has(OPERATIONS));
      if (whole) {
        return history(json);
      }
      stream.add(OperationCodec.decode(json));
      return EMPTY;
    } catch (RuntimeException malformed) {
      throw new MalformedHistory(source, number, "" + malformed.getMessage(), malformed);
    }
  }

  private static final History EMPTY = History.ofRun("", List.of());

  private static History history(JsonObject json) {
    List<Operation> operations = new ArrayList<>();
    for (JsonElement operation : OperationCodec.field(json, OPERATIONS).getAsJsonArray()) {
      operations.add(OperationCodec.decode(operation.getAsJsonObject()));
    }
    return new History(
        OperationCodec.field(json, "id").getAsString(),
        OperationCodec.field(json, "workload").getAsString(),
        object(json, "options").asMap(),
        operations,
        object(json, "verdicts").asMap());
  }

  private static JsonObject object(JsonObject json, String name) {
    return json.has(name) ? json.getAsJsonObject(name) : new JsonObject();
  }
}
