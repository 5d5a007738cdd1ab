package io.vxmeta.client.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LineReaderTest {

  @Test
  void readingCanGoOnAtTheEndOfAnyLine() throws IOException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      lines.add("ü".repeat(random.nextInt(5_000)));
    }
    byte[] file = (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8);
    LineReader whole = new LineReader(new ByteArrayInputStream(file), 0);
    for (int i = 0; i < lines.size(); i++) {
      assertEquals(Optional.of(lines.get(i)), whole.next(), "seed=" + seed);
      InputStream rest = new ByteArrayInputStream(file);
      rest.skipNBytes(whole.offset());
      Optional<String> next = new LineReader(rest, whole.offset()).next();
      assertEquals(
          i + 1 < lines.size() ? Optional.of(lines.get(i + 1)) : Optional.empty(),
          next,
          "seed=" + seed);
    }
    assertEquals(Optional.empty(), whole.next());
    assertEquals(file.length, whole.offset());
  }

  @Test
  void whatIsNoTextAndWhatIsNoLineIsRefused() {
    byte[] binary = {'a', (byte) 0xff, '\n'};
    assertThrows(
        IllegalArgumentException.class,
        () -> new LineReader(new ByteArrayInputStream(binary), 0).next());
    byte[] endless = new byte[LineReader.LINE_BYTES_MAX + 100_000];
    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> new LineReader(new ByteArrayInputStream(endless), 0).next());
    assertTrue(String.valueOf(refused.getMessage()).contains("at most"));
  }
}
