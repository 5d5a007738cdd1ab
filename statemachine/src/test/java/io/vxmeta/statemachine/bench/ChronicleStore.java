package io.vxmeta.statemachine.bench;

import java.io.IOException;
import java.nio.file.Path;
import net.openhft.chronicle.map.ChronicleMap;

/// Chronicle Map with keys and values of known size, in a mapped file like the table's.
final class ChronicleStore implements Store {

  private final ChronicleMap<byte[], byte[]> map;
  private final byte[] scratch = new byte[Records.VALUE_BYTES];

  private ChronicleStore(ChronicleMap<byte[], byte[]> map) {
    this.map = map;
  }

  static ChronicleStore open(Path directory, int keys) throws IOException {
    return new ChronicleStore(
        ChronicleMap.of(byte[].class, byte[].class)
            .name("bench")
            .entries(keys)
            .constantKeySizeBySample(new byte[Records.KEY_BYTES])
            .constantValueSizeBySample(new byte[Records.VALUE_BYTES])
            .putReturnsNull(true)
            .createPersistedTo(directory.resolve("chronicle-map").toFile()));
  }

  @Override
  public void put(byte[] key, byte[] value) {
    var _ = map.put(key, value);
  }

  @Override
  public long get(byte[] key) {
    byte[] value = map.getUsing(key, scratch);
    if (value == null) {
      throw new IllegalStateException("expected every key of the benchmark");
    }
    return Records.markIn(value);
  }

  @Override
  public long bytes() {
    return map.offHeapMemoryUsed();
  }

  @Override
  public void close() {
    map.close();
  }
}
