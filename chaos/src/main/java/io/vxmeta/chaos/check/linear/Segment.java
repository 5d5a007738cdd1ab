package io.vxmeta.chaos.check.linear;

import static io.vxmeta.chaos.check.linear.RegisterOperation.NEVER;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// One value: who wrote it, who read it, and the value that a compare put in its place.
final class Segment {
  final int writer;
  final List<Integer> members = new ArrayList<>();
  long minFinish = NEVER;
  long maxStart = -1;
  @Nullable Segment next;
  @Nullable Block block;

  /// A negative writer stands for the initial state, which was there before everything.
  Segment(int writer) {
    this.writer = writer;
    if (writer < 0) {
      minFinish = -1;
    }
  }

  void add(int place, RegisterHistory history) {
    members.add(place);
    minFinish = Math.min(minFinish, history.finished(place));
    maxStart = Math.max(maxStart, history.invoked(place));
  }

  Block block() {
    return Objects.requireNonNull(block, "blocks are built before refusals are judged");
  }
}
