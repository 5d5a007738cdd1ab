package io.vxmeta.statemachine.bench;

import io.vxmeta.statemachine.os.LiveMemory;
import io.vxmeta.statemachine.os.LiveMemoryConfig;
import io.vxmeta.statemachine.table.KeyBatch;
import io.vxmeta.statemachine.table.RecordView;
import io.vxmeta.statemachine.table.Table;
import io.vxmeta.statemachine.table.TableConfig;
import io.vxmeta.statemachine.table.TableReader;
import java.io.IOException;
import java.nio.file.Path;

/// The table as a node uses it: one shard, the node's own memory policy.
final class VxMetaStore implements Store {

  private final Table table;
  private final TableReader reader;
  private final RecordView view = RecordView.whole();
  private final KeyBatch batch = new KeyBatch();
  private long version;

  private VxMetaStore(Table table) {
    this.table = table;
    this.reader = table.reader();
  }

  static VxMetaStore open(Path directory) throws IOException {
    LiveMemory memory = LiveMemory.of(LiveMemoryConfig.defaults());
    return new VxMetaStore(Table.create(directory, 0, TableConfig.defaults(), memory));
  }

  @Override
  public void put(byte[] key, byte[] value) {
    version++;
    boolean _ = table.put(key, 0, key.length, value, 0, value.length, version, 0, 0);
  }

  @Override
  public long get(byte[] key) {
    if (!reader.get(key, 0, key.length, view)) {
      throw new IllegalStateException("expected every key of the benchmark");
    }
    return Records.markIn(view.value());
  }

  @Override
  public long multiGet(byte[][] keys, int from, int to) {
    batch.clear();
    for (int i = from; i < to; i++) {
      batch.add(reader, keys[i], 0, keys[i].length);
    }
    long sum = 0;
    for (int i = 0; i < to - from; i++) {
      if (!batch.get(i, view)) {
        throw new IllegalStateException("expected every key of the benchmark");
      }
      sum += Records.markIn(view.value());
    }
    return sum;
  }

  @Override
  public long bytes() {
    return table.mappedBytes();
  }

  @Override
  public void close() {
    table.close();
  }
}
