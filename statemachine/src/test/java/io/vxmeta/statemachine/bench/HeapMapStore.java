package io.vxmeta.statemachine.bench;

import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// ConcurrentHashMap with byte keys, as large as it needs to be from the start.
final class HeapMapStore implements Store {

  private final ConcurrentHashMap<Key, byte[]> map;
  private final byte[] scratch = new byte[Records.VALUE_BYTES];
  private final long bytesBefore;

  /// Bytes with the hash and equality of their content.
  private static final class Key {
    private final byte[] bytes;

    Key(byte[] bytes) {
      this.bytes = bytes;
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(bytes);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Key key && Arrays.equals(bytes, key.bytes);
    }
  }

  HeapMapStore(int keys) {
    bytesBefore = usedBytes();
    map = new ConcurrentHashMap<>(keys);
  }

  private static long usedBytes() {
    System.gc(); // The heap in use counts only without garbage.
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  @Override
  public void put(byte[] key, byte[] value) {
    var _ = map.put(new Key(key.clone()), value.clone());
  }

  @Override
  public long get(byte[] key) {
    byte[] value = map.get(new Key(key));
    if (value == null) {
      throw new IllegalStateException("expected every key of the benchmark");
    }
    System.arraycopy(value, 0, scratch, 0, value.length);
    return Records.markIn(scratch);
  }

  @Override
  public long bytes() {
    return usedBytes() - bytesBefore;
  }

  @Override
  public void close() {
    map.clear();
  }
}
