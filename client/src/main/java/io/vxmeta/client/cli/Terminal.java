package io.vxmeta.client.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// Whether people look at a stream, and whether they want colours.
final class Terminal {

  private Terminal() {}

  static boolean readsIn() {
    return isTerminal(Path.of("/proc/self/fd/0"));
  }

  static boolean showsOut() {
    return isTerminal(Path.of("/proc/self/fd/1"));
  }

  static boolean showsErr() {
    return isTerminal(Path.of("/proc/self/fd/2"));
  }

  /// Without /proc nobody knows: then plain text is the safe choice.
  private static boolean isTerminal(Path descriptor) {
    try {
      String target = Files.readSymbolicLink(descriptor).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    } catch (IOException | UnsupportedOperationException unknown) {
      return false;
    }
  }

  /// Plain unless people look, and did not say otherwise (https://no-color.org).
  static Streams.Style style(Map<String, String> variables) {
    boolean wanted =
        variables.getOrDefault("NO_COLOR", "").isEmpty()
            && !variables.getOrDefault("TERM", "dumb").equals("dumb");
    return wanted && showsOut() ? Streams.Style.COLOURED : Streams.Style.PLAIN;
  }
}
