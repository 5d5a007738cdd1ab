package io.vxmeta.shardmap.move;

import java.util.Arrays;

/// A list of ints that only grows.
final class Ints {
  private int[] values = new int[1 << 10];
  private int size;

  int size() {
    return size;
  }

  int at(int index) {
    return values[index];
  }

  void add(int value) {
    if (size == values.length) {
      values = Arrays.copyOf(values, 2 * size);
    }
    values[size++] = value;
  }
}
