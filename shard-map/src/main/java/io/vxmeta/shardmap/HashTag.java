package io.vxmeta.shardmap;

/// Finds the part of a key that decides its shard: between the first '{' and the next '}' if not
/// empty, else all.
final class HashTag {

  private HashTag() {}

  /// Where the tag begins in `bytes`; its length is [#length] of the same arguments.
  static int offset(byte[] bytes, int offset, int length) {
    int open = indexOf((byte) '{', bytes, offset, offset + length);
    return isTagged(open, bytes, offset + length) ? open + 1 : offset;
  }

  static int length(byte[] bytes, int offset, int length) {
    int end = offset + length;
    int open = indexOf((byte) '{', bytes, offset, end);
    return isTagged(open, bytes, end)
        ? indexOf((byte) '}', bytes, open + 1, end) - open - 1
        : length;
  }

  private static boolean isTagged(int open, byte[] bytes, int end) {
    return open >= 0 && indexOf((byte) '}', bytes, open + 1, end) > open + 1;
  }

  private static int indexOf(byte wanted, byte[] bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      if (bytes[i] == wanted) {
        return i;
      }
    }
    return -1;
  }
}
