package io.vxmeta.shardmap.move;

import java.util.List;

/// The 128 bits of a state, field after field.
final class Bits {
  /* One listing of the fields serves both ways: `field` stores its argument and returns it, or, while reading, returns what
   * was stored. A field that would cross the middle begins behind it.
   */
  static final int WIDTH = 2 * Long.SIZE;

  private long high;
  private long low;
  private int at;
  private boolean reading;

  void beginWriting() {
    begin(0, 0);
    reading = false;
  }

  void beginReading(long storedHigh, long storedLow) {
    begin(storedHigh, storedLow);
    reading = true;
  }

  private void begin(long ofHigh, long ofLow) {
    high = ofHigh;
    low = ofLow;
    at = 0;
  }

  long high() {
    return high;
  }

  long low() {
    return low;
  }

  boolean flag(boolean value) {
    return field(value ? 1 : 0, 1) != 0;
  }

  /// One of several values, by its place among them.
  <T> T choice(T value, List<T> all, int width) {
    return all.get(field(all.indexOf(value), width));
  }

  int field(int value, int width) {
    if (at < Long.SIZE && at + width > Long.SIZE) {
      at = Long.SIZE;
    }
    int shift = at & (Long.SIZE - 1);
    boolean isHigh = at >= Long.SIZE;
    at += width;
    if (at > WIDTH) {
      throw new IllegalStateException(
          "expected a state of at most "
              + WIDTH
              + " bits; bits="
              + at
              + "; make the setup smaller");
    }
    if (reading) {
      return (int) ((isHigh ? high : low) >>> shift) & ((1 << width) - 1);
    }
    if (value >>> width != 0) {
      throw new IllegalStateException("expected a value of " + width + " bits; value=" + value);
    }
    if (isHigh) {
      high |= (long) value << shift;
    } else {
      low |= (long) value << shift;
    }
    return value;
  }
}
