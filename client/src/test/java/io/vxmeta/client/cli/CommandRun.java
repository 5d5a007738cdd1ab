package io.vxmeta.client.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/// What one run of vxctl in this process printed and ended with.
record CommandRun(int code, String out, String err) {

  static CommandRun of(Map<String, String> variables, byte[] stdin, String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code =
        Vxctl.run(
            args,
            new Streams(
                new ByteArrayInputStream(stdin),
                new PrintStream(out, false, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8)),
            variables);
    return new CommandRun(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  static CommandRun of(String... args) {
    return of(Map.of(), new byte[0], args);
  }

  void assertOneLine(int expected, String fact) {
    assertEquals(expected, code, toString());
    assertTrue(err.startsWith("vxctl: error: "), toString());
    assertEquals(1, err.lines().count(), toString());
    assertTrue(err.contains(fact), toString());
    assertFalse(err.contains("\tat "), toString());
  }
}
