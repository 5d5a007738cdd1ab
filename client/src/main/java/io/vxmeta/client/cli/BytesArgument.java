package io.vxmeta.client.cli;

import io.vxmeta.client.Bytes;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;

/// Reads keys and values from the command line: text, `@FILE`, `-` for stdin, `base64:...`.
///
/// A leading `\` protects a text that looks like one of these.
final class BytesArgument {

  private static final String BASE64 = "base64:";

  private BytesArgument() {}

  static Bytes key(String argument) {
    return argument.startsWith(BASE64) ? base64(argument) : text(argument);
  }

  static Bytes value(String argument, InputStream stdin) {
    try {
      if (argument.equals("-")) {
        return Bytes.wrap(stdin.readAllBytes());
      }
      if (argument.startsWith("@")) {
        return Bytes.wrap(Files.readAllBytes(Path.of(argument.substring(1))));
      }
    } catch (IOException unreadable) {
      throw new UncheckedIOException(
          "cannot read the value: argument="
              + argument
              + " cause="
              + unreadable
              + "; a text that begins with @ is written \\@",
          unreadable);
    }
    return key(argument);
  }

  private static Bytes text(String argument) {
    return Bytes.utf8(argument.startsWith("\\") ? argument.substring(1) : argument);
  }

  private static Bytes base64(String argument) {
    try {
      return Bytes.wrap(Base64.getDecoder().decode(argument.substring(BASE64.length())));
    } catch (IllegalArgumentException malformed) {
      throw CommandFailed.usage(
          "base64: is followed by base64: argument="
              + argument
              + " cause="
              + malformed.getMessage()
              + "; a text that begins so is written \\base64:");
    }
  }

  /// The form [#key] reads; for people.
  static String show(Bytes bytes) {
    return bytes.isUtf8()
        ? bytes.toUtf8()
        : BASE64 + Base64.getEncoder().encodeToString(bytes.toArray());
  }
}
