package io.vxmeta.chaos.history;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Small recorded histories, written the short way: a line is `process type step[,step..] extras`,
/// without blanks in steps; index and time count up by one, and by a millisecond.
public final class HistoryText {
  private HistoryText() {}

  /// Writes the lines to a file in the operation form.
  public static Path write(Path directory, String events) throws IOException {
    StringBuilder json = new StringBuilder();
    int index = 0;
    for (String line : events.split("\n", -1)) {
      if (!line.isBlank()) {
        String[] parts = line.strip().split(" ", 4);
        json.append(
            "{\"index\":%d,\"time\":%d,\"process\":%s,\"type\":\"%s\",\"value\":[%s]%s}\n"
                .formatted(
                    index,
                    index * 1_000_000L,
                    parts[0],
                    parts[1],
                    parts[2],
                    parts.length > 3 ? "," + parts[3] : ""));
        index++;
      }
    }
    return Files.writeString(directory.resolve("history.jsonl"), json);
  }
}
