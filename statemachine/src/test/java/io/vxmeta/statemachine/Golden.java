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

  /// The bytes of a golden file of format version 1, which must be what is written today.
  public static byte[] same(String name, byte[] written) throws IOException {
    return same(1, name, written);
  }

  /// The bytes of a golden file, which must be what is written today.
  public static byte[] same(int version, String name, byte[] written) throws IOException {
    String hex = HexFormat.of().formatHex(written).replaceAll("(.{" + HEX_PER_LINE + "})", "$1\n");
    String golden = hex(version, name);
    assertEquals(
        golden.strip(), hex.strip(), "format version " + version + " of " + name + " changed");
    return HexFormat.of().parseHex(golden.replaceAll("\\s", ""));
  }

  /// The bytes of a golden file of a version that is read but written no more.
  public static byte[] old(int version, String name) throws IOException {
    return HexFormat.of().parseHex(hex(version, name).replaceAll("\\s", ""));
  }

  private static String hex(int version, String name) throws IOException {
    String place = "/golden/v" + version + "/" + name + ".hex";
    try (InputStream in = Golden.class.getResourceAsStream(place)) {
      return in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
