package io.vxmeta.statemachine;

import io.vxmeta.statemachine.os.LiveMemory;
import io.vxmeta.statemachine.os.LiveMemoryConfig;
import io.vxmeta.statemachine.table.TableConfig;
import java.nio.file.Path;
import java.util.List;

/// Configurations of small groups.
public final class Groups {
  public static final List<Integer> SHARDS = List.of(3, 40, 127);

  static final ProducerLimits PRODUCERS = new ProducerLimits(6, 64L << 20, 2_000);

  private static final LiveMemory MEMORY = LiveMemory.of(LiveMemoryConfig.withoutNativeCalls());

  /// The smallest segments, so that small tables have several.
  private static final TableConfig TABLE = new TableConfig(64 << 10, 64 << 20, 1L << 30, 1L << 29);

  private Groups() {}

  public static GroupStateConfig config(Path directory) {
    return config(directory, TABLE);
  }

  static GroupStateConfig config(Path directory, long liveBytesMax) {
    return config(directory, TABLE.withLiveBytesMax(liveBytesMax));
  }

  private static GroupStateConfig config(Path directory, TableConfig table) {
    return new GroupStateConfig(directory, 2, SHARDS, table, PRODUCERS, MEMORY);
  }
}
