package io.vxmeta.shardmap.move;

import io.vxmeta.shardmap.move.MoveSetup.Reads;
import java.util.Optional;

/// A client that reads linearizably, again and again, and the replica that answers it.
final class Reader {
  /* One replica of each group lags: it has applied the log up to some moment, and gets to the present in one step, whenever. That
   * it may be any moment makes it every replica, leaders and former leaders included.
   * A read is proven when, after it has arrived, the group's last committed index was noted (the read barrier), and `covered` when
   * the replica has applied that index. What is visible is what was acknowledged, or seen by a read that has ended.
   */
  private static final int GROUPS = 2;

  private final MoveSetup setup;
  private final World world;
  private final Phase[] phases = {Phase.OWNED, Phase.AWAY};
  private final int[] contents = new int[GROUPS];
  private boolean reading;
  private int group;
  private int required;
  private boolean proven;
  private boolean covered;
  private int seen;
  private Optional<String> wrong = Optional.empty();

  Reader(MoveSetup setup, World world) {
    this.setup = setup;
    this.world = world;
  }

  private int groups() {
    return setup.reads() == Reads.OF_A ? 1 : GROUPS;
  }

  void pass(Bits bits) {
    for (int at = 0; at < groups(); at++) {
      phases[at] = bits.choice(phases[at], Home.PHASES, Home.PHASE_BITS);
      contents[at] = bits.field(contents[at], setup.writes());
    }
    reading = bits.flag(reading);
    group = bits.field(group, 1);
    required = bits.field(required, setup.writes());
    proven = bits.flag(proven);
    covered = bits.flag(covered);
    seen = bits.field(seen, setup.writes());
    wrong = Optional.empty();
  }

  void addSteps() {
    if (setup.reads() == Reads.NONE) {
      return;
    }
    for (int at = 0; at < groups(); at++) {
      int where = at;
      world.add("a read arrives at " + World.nameOf(at), () -> begin(where));
      world.add("the replica of " + World.nameOf(at) + " catches up", () -> catchUp(where));
    }
    world.add("the read's group is asked how far its log is committed", this::prove);
    world.add("the read is answered or refused", this::end);
  }

  private boolean begin(int at) {
    if (reading || (setup.has(Flaw.OWNERSHIP_ON_ARRIVAL) && !phases[at].serves())) {
      return false;
    }
    reading = true;
    group = at;
    required = world.writers().acknowledged() | seen;
    return true;
  }

  private boolean prove() {
    if (!reading || proven) {
      return false;
    }
    proven = true;
    covered = isCurrent(group);
    return true;
  }

  private boolean isCurrent(int at) {
    Home home = world.home(at);
    return phases[at] == home.phase() && contents[at] == home.content();
  }

  private boolean catchUp(int at) {
    boolean covers = reading && group == at && proven;
    if (isCurrent(at) && (!covers || covered)) {
      return false;
    }
    Home home = world.home(at);
    boolean forgets = setup.has(Flaw.SNAPSHOT_WITHOUT_PHASE) && phases[at] == Phase.OWNED;
    phases[at] = forgets ? Phase.OWNED : home.phase();
    contents[at] = home.content();
    covered |= covers;
    return true;
  }

  private boolean end() {
    boolean may = (proven && covered) || setup.has(Flaw.READ_WITHOUT_BARRIER);
    if (!reading || !may) {
      return false;
    }
    if (isOwner(phases[group])) {
      answer(contents[group]);
    }
    reading = false;
    group = 0;
    required = 0;
    proven = false;
    covered = false;
    return true;
  }

  private boolean isOwner(Phase phase) {
    return phase.serves()
        || setup.has(Flaw.READ_WITHOUT_OWNERSHIP)
        || setup.has(Flaw.OWNERSHIP_ON_ARRIVAL)
        || (phase == Phase.SEALED && setup.has(Flaw.READ_FROM_SEALED));
  }

  private void answer(int content) {
    int missed = required & ~content;
    if (missed != 0) {
      wrong =
          Optional.of(
              "a read of "
                  + World.nameOf(group)
                  + " misses write "
                  + Integer.numberOfTrailingZeros(missed));
    }
    seen |= content;
  }

  boolean isIdle() {
    return !reading;
  }

  Optional<String> wrong() {
    return wrong;
  }
}
