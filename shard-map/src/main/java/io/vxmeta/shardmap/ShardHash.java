package io.vxmeta.shardmap;

import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;

/// Gives every key of one namespace its shard: XXH3-64 of namespace, a zero byte and the key's hash
/// tag, unsigned mod 128.
///
/// Keys with the same hash tag share a shard, so one transaction can hold them. The tag is what
/// stands between the first `{` and the next `}`; without one, or when it is empty, it is the whole
/// key.
public final class ShardHash {
  /* Threads: an instance belongs to one thread; the static twins may be called from anywhere.
   * Memory: `input` holds namespace and zero byte once, and each key's tag behind it, so that hashing a key allocates
   *   nothing. It grows to the longest tag seen and no further.
   * Stable for ever: what is stored depends on it; golden vectors pin it. */

  private static final Hasher64 XXH3 = Hashing.xxh3_64();

  /// Enough for a usual key; longer ones make the buffer grow once.
  private static final int TAG_BYTES_EXPECTED = 64;

  private final int prefixLength;
  private byte[] input;

  private ShardHash(byte[] namespaceUtf8, int tagBytes) {
    prefixLength = namespaceUtf8.length + 1;
    input = Arrays.copyOf(namespaceUtf8, prefixLength + tagBytes);
  }

  /// A hash for many keys of one namespace, to be used by one thread.
  public static ShardHash ofNamespace(String namespace) {
    return new ShardHash(namespace.getBytes(StandardCharsets.UTF_8), TAG_BYTES_EXPECTED);
  }

  /// The shard of a key, from any thread; allocates.
  public static ShardId shardOf(String namespace, byte[] key) {
    byte[] namespaceUtf8 = namespace.getBytes(StandardCharsets.UTF_8);
    return new ShardId(shardOf(namespaceUtf8, key, 0, key.length));
  }

  /// The shard's number, 0..127, of the key in a range of bytes, from any thread; allocates one
  /// small array.
  public static int shardOf(byte[] namespaceUtf8, byte[] key, int keyOffset, int keyLength) {
    return new ShardHash(namespaceUtf8, keyLength).shardOf(key, keyOffset, keyLength);
  }

  /// The shard's number, 0..127, of the key in a range of bytes.
  public int shardOf(byte[] key, int keyOffset, int keyLength) {
    Objects.checkFromIndexSize(keyOffset, keyLength, key.length);
    int tagOffset = HashTag.offset(key, keyOffset, keyLength);
    int tagLength = HashTag.length(key, keyOffset, keyLength);
    int length = prefixLength + tagLength;
    if (length > input.length) {
      input = Arrays.copyOf(input, length);
    }
    System.arraycopy(key, tagOffset, input, prefixLength, tagLength);
    return (int) Long.remainderUnsigned(XXH3.hashBytesToLong(input, 0, length), ShardId.COUNT);
  }
}
