package io.vxmeta.chaos.check.txn;

/// Numbers what was written to or read from a key: one number for each pair of key and value.
final class Elements {
  private final LongTable pairs = new LongTable();

  int number(int key, int code) {
    return pairs.number((long) key << Integer.SIZE | (code & 0xFFFFFFFFL));
  }

  int key(int element) {
    return (int) (pairs.item(element) >>> Integer.SIZE);
  }

  int code(int element) {
    return (int) pairs.item(element);
  }

  int count() {
    return pairs.size();
  }
}
