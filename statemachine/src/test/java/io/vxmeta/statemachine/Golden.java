package io.vxmeta.statemachine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/// Bytes written by an earlier version, kept for ever: a format may get a new version, an old one
/// never changes.
public final class Golden {
  private static final int HEX_PER_LINE = 64;

  private Golden() {}

  /// The bytes of a golden file, which must be what is written today.
  public static byte[] same(String name, byte[] written) throws IOException {
    String hex = HexFormat.of().formatHex(written).replaceAll("(.{" + HEX_PER_LINE + "})", "$1\n");
    try (InputStream in = Golden.class.getResourceAsStream("/golden/v1/" + name + ".hex")) {
      String golden = in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8);
      assertEquals(golden.strip(), hex.strip(), "format version 1 of " + name + " changed");
      return HexFormat.of().parseHex(golden.replaceAll("\\s", ""));
    }
  }
}
