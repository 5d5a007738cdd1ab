package io.vxmeta.chaos.check.txn;

/// Why one transaction comes before another, as bits of an edge's mask.
final class Label {
  /* Definitions after Adya's thesis: ww overwrites, wr reads what was written, rw reads what is then overwritten. */

  static final int WW = 1;
  static final int WR = 2;
  static final int RW = 4;
  static final int PROCESS = 8;
  static final int REALTIME = 16;

  private Label() {}

  static String name(int bit) {
    return switch (bit) {
      case WW -> "ww";
      case WR -> "wr";
      case RW -> "rw";
      case PROCESS -> "process";
      default -> "realtime";
    };
  }
}
