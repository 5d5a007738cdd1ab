package io.vxmeta.chaos.seeded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Orders to fail points, as they travel between harness and node.
class FailPointsTest {
  @TempDir Path folder;

  @Test
  void everyOrderReadsBackAsItWasWritten() {
    for (FailPoint point : FailPoint.values()) {
      for (FailPoints.Action action :
          List.of(
              new FailPoints.Halt(),
              new FailPoints.Throw(),
              new FailPoints.Pause(250),
              new FailPoints.Fill(Path.of("/disk/filler")))) {
        FailPoints.Order order = new FailPoints.Order(point, action, 3);
        assertEquals(order, FailPoints.Order.parse(order.toString()));
      }
    }
  }

  @Test
  void anOrderStandsUntilItIsTakenOrTakenBack() throws Exception {
    assertTrue(FailPoints.taken(folder));
    FailPoints.arm(folder, FailPoint.BEFORE_RENAME, new FailPoints.Halt());
    assertFalse(FailPoints.taken(folder));
    FailPoints.disarm(folder);
    assertTrue(FailPoints.taken(folder));
  }

  @Test
  void whoNamesAnotherPlaceIsToldTheNamesOfAll() {
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> FailPoint.at("x"));
    for (FailPoint point : FailPoint.values()) {
      assertTrue(String.valueOf(refused.getMessage()).contains(point.place()), point.place());
    }
  }

  @Test
  void hitsAreReadOldestFirst() throws Exception {
    assertEquals(List.of(), FailPoints.hits(folder));
    Files.writeString(
        folder.resolve(FailPoints.HITS), "before-rename 1 halt\nafter-rename 2 pause 5\n");
    assertEquals(
        List.of(
            new FailPoints.Order(FailPoint.BEFORE_RENAME, new FailPoints.Halt(), 1),
            new FailPoints.Order(FailPoint.AFTER_RENAME, new FailPoints.Pause(5), 2)),
        FailPoints.hits(folder));
  }

  @Test
  void anUnknownPlaceIsRefusedByName() {
    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class, () -> FailPoints.Order.parse("nowhere 1 halt"));
    assertTrue(("" + refused.getMessage()).contains("place=nowhere"), refused::toString);
  }
}
