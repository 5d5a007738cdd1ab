package io.vxmeta.statemachine.os;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.io.IOException;
import java.nio.file.Path;
import org.slf4j.LoggerFactory;

/// Prepares 4 MiB of live memory and prints what became of it.
final class PreparingProcess {

  private static final long BYTES = 4L << 20;

  private PreparingProcess() {}

  public static void main(String[] arguments) throws IOException {
    ((Logger) LoggerFactory.getLogger(LiveMemory.class)).setLevel(Level.WARN);
    LiveMemory memory =
        LiveMemory.of(
            LiveMemoryConfig.defaults().withPlace(LiveMemoryConfig.Place.valueOf(arguments[1])));
    try (LiveRegion region = memory.map(Path.of(arguments[0]), 2 * BYTES)) {
      prepare(region);
      LiveMemoryCounters counters = memory.counters();
      System.out.println(
          "prepared="
              + counters.preparedBytes()
              + " locked="
              + counters.lockedBytes()
              + " unlocked="
              + counters.unlockedBytes()
              + " refused="
              + counters.degradations().getOrDefault(Degradation.LOCK_REFUSED, 0L));
    }
  }

  private static void prepare(LiveRegion region) {
    try {
      region.prepare(BYTES);
    } catch (LiveMemoryExhausted e) {
      System.out.println("exhausted: " + e.getMessage() + " cause: " + e.getCause());
    }
  }
}
