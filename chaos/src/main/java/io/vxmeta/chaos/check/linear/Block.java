package io.vxmeta.chaos.check.linear;

import static io.vxmeta.chaos.check.linear.RegisterOperation.NEVER;

/// A chain of segments that must stand together.
final class Block {
  final Segment first;
  int segments;
  long minFinish = NEVER;
  long maxStart = -1;

  Block(Segment first) {
    this.first = first;
  }

  static Block from(Segment first) {
    Block block = new Block(first);
    for (Segment segment = first; segment != null; segment = segment.next) {
      segment.block = block;
      block.segments++;
      block.minFinish = Math.min(block.minFinish, segment.minFinish);
      block.maxStart = Math.max(block.maxStart, segment.maxStart);
    }
    return block;
  }
}
