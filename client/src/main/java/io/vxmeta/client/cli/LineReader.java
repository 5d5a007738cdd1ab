package io.vxmeta.client.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// Reads lines of UTF-8 and knows the offset where each ends, so that a reader can come back there.
final class LineReader {

  /// A value of 1 MiB, each byte written as six characters, and its key.
  static final int LINE_BYTES_MAX = 8 << 20;

  private static final int BUFFER_BYTES = 1 << 16;

  private final InputStream in;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private int from;
  private int to;
  private long offset;

  /// Starts at the offset `in` is at.
  LineReader(InputStream in, long offset) {
    this.in = in;
    this.offset = offset;
  }

  /// The next line without its end; empty at the end of the input.
  Optional<String> next() throws IOException {
    line.reset();
    boolean any = false;
    while (fill()) {
      any = true;
      int end = indexOfNewline();
      line.write(buffer, from, end - from);
      checkLength();
      boolean complete = end < to;
      int next = complete ? end + 1 : end;
      offset += next - from;
      from = next;
      if (complete) {
        return Optional.of(text());
      }
    }
    return any ? Optional.of(text()) : Optional.empty();
  }

  /// Where the last line ended.
  long offset() {
    return offset;
  }

  private boolean fill() throws IOException {
    if (from < to) {
      return true;
    }
    from = 0;
    to = Math.max(0, in.read(buffer));
    return to > 0;
  }

  private int indexOfNewline() {
    int at = from;
    while (at < to && buffer[at] != '\n') {
      at++;
    }
    return at;
  }

  private void checkLength() {
    if (line.size() > LINE_BYTES_MAX) {
      throw new IllegalArgumentException(
          "a line is at most " + LINE_BYTES_MAX + " bytes; is this a file of lines?");
    }
  }

  private String text() {
    try {
      String text =
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(line.toByteArray()))
              .toString();
      return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    } catch (CharacterCodingException binary) {
      throw new IllegalArgumentException(
          "a line is UTF-8; write other bytes as key_base64, value_base64", binary);
    }
  }
}
