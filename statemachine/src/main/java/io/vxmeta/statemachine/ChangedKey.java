package io.vxmeta.statemachine;

import java.util.Arrays;

/// A table key that changed while its shard was being copied; the bytes are nobody else's.
final class ChangedKey {
  private final byte[] bytes;

  ChangedKey(byte[] bytes) {
    this.bytes = bytes;
  }

  byte[] bytes() {
    return bytes;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ChangedKey key && Arrays.equals(bytes, key.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }
}
