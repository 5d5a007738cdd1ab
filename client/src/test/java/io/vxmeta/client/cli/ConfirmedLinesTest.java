package io.vxmeta.client.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vxmeta.client.cli.ConfirmedLines.Line;
import io.vxmeta.client.cli.ConfirmedLines.Position;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ConfirmedLinesTest {

  @Test
  void onlyAnUnbrokenRunOfStoredLinesIsConfirmed() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    ConfirmedLines lines = new ConfirmedLines(new Position(10, 100));
    List<Line> open = new ArrayList<>();
    for (int i = 1; i <= 200; i++) {
      open.add(lines.onRead(new Position(10 + i, 100 + 7L * i)));
    }
    Collections.shuffle(open, random);
    Set<Long> stored = new HashSet<>();
    for (Line line : open) {
      lines.onStored(line);
      stored.add(line.number());
      long expected = 10;
      while (stored.contains(expected + 1)) {
        expected++;
      }
      assertEquals(
          new Position(expected, 100 + 7 * (expected - 10)), lines.confirmed(), "seed=" + seed);
    }
  }
}
