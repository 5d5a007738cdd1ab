package io.vxmeta.chaos.seeded;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A node that dies at a durability edge loses nothing; `./vx chaos fail-points` visits all edges.
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class FailPointsIT {
  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(names = {"AFTER_LOG_APPEND", "BEFORE_RENAME"})
  void nothingAcknowledgedIsLost(FailPoint point) throws Exception {
    assertEquals(Finding.NONE, Trial.play(point, folder, 1).finding());
  }
}
