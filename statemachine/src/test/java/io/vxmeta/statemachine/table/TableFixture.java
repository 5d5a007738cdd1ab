package io.vxmeta.statemachine.table;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.statemachine.os.LiveMemory;
import io.vxmeta.statemachine.os.LiveMemoryConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// Makes small tables for one test, and walks and closes each of them after it.
final class TableFixture implements AfterEachCallback {

  static final LiveMemory MEMORY = LiveMemory.of(LiveMemoryConfig.withoutNativeCalls());

  /// Segments of one block, so that small tables have many.
  static final TableConfig SMALL = new TableConfig(64 << 10, 64 << 20, 1L << 30, 1L << 29);

  static final int SHARD = 12;

  private final List<Table> tables = new ArrayList<>();

  Table create(Path directory) throws IOException {
    return create(directory, SMALL);
  }

  Table create(Path directory, TableConfig config) throws IOException {
    return keep(Table.create(directory, SHARD, config, MEMORY));
  }

  Table create(Path directory, LiveMemory memory) throws IOException {
    return keep(Table.create(directory, SHARD, SMALL, memory));
  }

  Table keep(Table table) {
    tables.add(table);
    return table;
  }

  /// Walks and closes a table before its test ends.
  void end(Table table) {
    assertTrue(tables.remove(table), "expected a table of this fixture");
    walkAndClose(table);
  }

  @Override
  public void afterEach(ExtensionContext context) {
    tables.forEach(TableFixture::walkAndClose);
  }

  private static void walkAndClose(Table table) {
    Verdict verdict = table.verify();
    table.close();
    assertTrue(verdict.sound(), () -> "verify: " + verdict.problems());
  }
}
