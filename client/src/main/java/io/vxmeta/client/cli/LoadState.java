package io.vxmeta.client.cli;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonWriter;
import io.vxmeta.client.cli.ConfirmedLines.Position;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/// What a load remembers beside its file: how far everything is stored, and of which file.
final class LoadState {
  /* Written whole to a neighbour and renamed, so a reader sees an old or a new state, never half of one. An older state only
   * means that some lines are stored again. */

  private final Path path;
  private final Path source;

  LoadState(Path path, Path source) {
    this.path = path;
    this.source = source;
  }

  Path path() {
    return path;
  }

  /// Empty: nothing was confirmed, or the last load went through.
  Optional<Position> read() {
    try {
      if (!Files.exists(path)) {
        return Optional.empty();
      }
      return Optional.of(parse(Files.readString(path)));
    } catch (IOException | IllegalStateException | NumberFormatException unreadable) {
      throw new CommandFailed(
          ExitCode.ERROR,
          "cannot read what an earlier load left: state="
              + path
              + " cause="
              + unreadable.getMessage()
              + "; start over with --restart");
    }
  }

  private Position parse(String text) throws IOException {
    long line = 0;
    long offset = 0;
    long bytes = -1;
    long modifiedMs = -1;
    try (JsonReader json = new JsonReader(new StringReader(text))) {
      json.beginObject();
      while (json.hasNext()) {
        switch (json.nextName()) {
          case "confirmed_line" -> line = json.nextLong();
          case "confirmed_offset" -> offset = json.nextLong();
          case "file_bytes" -> bytes = json.nextLong();
          case "file_modified_ms" -> modifiedMs = json.nextLong();
          default -> json.skipValue();
        }
      }
      json.endObject();
    }
    if (bytes != Files.size(source) || modifiedMs != modifiedMs()) {
      throw new CommandFailed(
          ExitCode.ERROR,
          "the file has changed since the load began: file="
              + source
              + " bytes="
              + Files.size(source)
              + " then="
              + bytes
              + "; start over with --restart");
    }
    return new Position(line, offset);
  }

  private long modifiedMs() throws IOException {
    return Files.getLastModifiedTime(source).toMillis();
  }

  void write(Position confirmed) {
    try {
      StringWriter text = new StringWriter();
      try (JsonWriter json = new JsonWriter(text)) {
        json.beginObject();
        json.name("confirmed_line").value(confirmed.line());
        json.name("confirmed_offset").value(confirmed.offset());
        json.name("file_bytes").value(Files.size(source));
        json.name("file_modified_ms").value(modifiedMs());
        json.endObject();
      }
      Path next = path.resolveSibling(path.getFileName() + ".new");
      Files.writeString(next, text + "\n");
      Files.move(next, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException failed) {
      throw new UncheckedIOException(
          "cannot remember how far the load is: state="
              + path
              + " cause="
              + failed
              + "; name a writable place with --state FILE",
          failed);
    }
  }

  void forget() {
    try {
      Files.deleteIfExists(path);
    } catch (IOException failed) {
      throw new UncheckedIOException(
          "cannot remove the state of a finished load: state=" + path + " cause=" + failed, failed);
    }
  }
}
