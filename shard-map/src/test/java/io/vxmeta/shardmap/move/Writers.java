package io.vxmeta.shardmap.move;

/// Clients that write: each has one write, and repeats it under one number until it knows.
final class Writers {
  /* A write has a number in each group, and what counts for a group is what that group answers. It gets its number in the other
   * group only when the first one is left: the group has said that it did not happen there and never will.
   */
  private static final int GROUPS = 2;

  private final MoveSetup setup;
  private final World world;
  private final boolean[][] sent;
  private final boolean[][] left;
  private int acknowledged;

  Writers(MoveSetup setup, World world) {
    this.setup = setup;
    this.world = world;
    this.sent = new boolean[setup.writes()][GROUPS];
    this.left = new boolean[setup.writes()][GROUPS];
  }

  void pass(Bits bits) {
    acknowledged = bits.field(acknowledged, setup.writes());
    for (int write = 0; write < setup.writes(); write++) {
      for (int group = 0; group < GROUPS; group++) {
        sent[write][group] = bits.flag(sent[write][group]);
        left[write][group] = bits.flag(left[write][group]);
      }
    }
  }

  void addSteps() {
    for (int write = 0; write < setup.writes(); write++) {
      for (int group = 0; group < GROUPS; group++) {
        addSteps(write, group);
      }
    }
    if (setup.has(Flaw.NUMBERS_COUNT_ANYWHERE)) {
      world.add(
          "write 0 under its number of A arrives at B",
          () -> sent[0][World.A] && arrives(0, World.B));
    }
  }

  private void addSteps(int write, int group) {
    String what = "write " + write;
    String where = World.nameOf(group);
    world.add(what + " is sent to " + where, () -> send(write, group));
    world.add(
        what + " arrives at " + where + ", the answer is lost",
        () -> sent[write][group] && arrives(write, group));
    world.add(
        what + " arrives at " + where + " and is answered",
        () -> sent[write][group] && isAnswered(write, group));
  }

  private boolean send(int write, int group) {
    int other = 1 - group;
    boolean free =
        !sent[write][other] || left[write][other] || setup.has(Flaw.CLIENT_LEAVES_IN_DOUBT);
    if (sent[write][group] || isAcknowledged(write) || !free) {
      return false;
    }
    sent[write][group] = true;
    return true;
  }

  /// True if the group's state has changed.
  private boolean arrives(int write, int group) {
    Home home = world.home(group);
    Answer before = home.answer(write);
    Answer unused = home.write(write);
    return home.answer(write) != before || home.wrong().isPresent();
  }

  private boolean isAnswered(int write, int group) {
    if (isAcknowledged(write) || left[write][group]) {
      return false;
    }
    return switch (world.home(group).write(write)) {
      case APPLIED -> {
        acknowledged |= 1 << write;
        yield true;
      }
      case MOVED, FENCED -> {
        left[write][group] = true;
        yield true;
      }
      case LATER, NONE -> false;
    };
  }

  private boolean isAcknowledged(int write) {
    return (acknowledged & (1 << write)) != 0;
  }

  /// Writes whose clients know that they happened, as bits.
  int acknowledged() {
    return acknowledged;
  }

  /// Whether no client is in doubt.
  boolean areAnswered() {
    for (int write = 0; write < setup.writes(); write++) {
      for (int group = 0; group < GROUPS; group++) {
        if (sent[write][group] && !left[write][group] && !isAcknowledged(write)) {
          return false;
        }
      }
    }
    return true;
  }
}
