package io.vxmeta.shardmap.move;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.shardmap.ShardMove;
import io.vxmeta.shardmap.ShardMove.Copy;
import io.vxmeta.shardmap.ShardMove.Standing;
import io.vxmeta.shardmap.ShardMove.Step;
import io.vxmeta.shardmap.ShardMove.Will;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/// Drives the groups of the model by what is due, with coordinators that come and go, and judges
/// what the model judges.
class DueStepsSimTest {

  private static final int RUNS = 2_000;
  private static final int TROUBLED_STEPS = 60;
  private static final int CALM_STEPS_MAX = 40;
  private static final int WRITES = 4;

  private final Set<Step> taken = EnumSet.noneOf(Step.class);

  @Test
  void whateverGoesWrongNothingIsLostAndEveryMoveEnds() {
    long first = System.nanoTime();
    int done = 0;
    for (long seed = first; seed < first + RUNS; seed++) {
      Run run = new Run(seed);
      for (int i = 0; i < TROUBLED_STEPS; i++) {
        run.troubled();
      }
      for (int i = 0; i < CALM_STEPS_MAX && !run.ended; i++) {
        run.act();
      }
      assertTrue(run.ended, () -> run + " has no end");
      run.checkEnd();
      done += run.homes.get(1).phase().serves() ? 1 : 0;
    }
    assertTrue(done > RUNS / 20 && done < RUNS, "done=" + done + " of=" + RUNS + " seed=" + first);
    assertEquals(EnumSet.complementOf(EnumSet.of(Step.LOOK_AGAIN)), taken);
  }

  @Test
  void aStandingOfALaterAttemptMeansThatTheOrderIsOld() {
    ShardMove old = order(1);
    Standing begun = new Standing(ShardMove.Phase.OWNED, 2, true);
    Standing idle = new Standing(ShardMove.Phase.AWAY, 0, false);
    assertEquals(Step.LOOK_AGAIN, old.due(begun, idle, Copy.OWN));
    Standing staged = new Standing(ShardMove.Phase.STAGING, 2, false);
    Standing before = new Standing(ShardMove.Phase.OWNED, 1, true);
    assertEquals(Step.LOOK_AGAIN, old.due(before, staged, Copy.OWN));
  }

  @Test
  void whatWasGivenUnderANumberOfBeforeIsAcceptedUnderThat() {
    ShardMove anew = order(2);
    Standing given = new Standing(ShardMove.Phase.AWAY, 1, false);
    assertEquals(
        Step.ACCEPT, anew.due(given, new Standing(ShardMove.Phase.SEALED, 1, false), Copy.LOST));
    assertEquals(
        Step.FINISH,
        anew.calledOff().due(given, new Standing(ShardMove.Phase.OWNED, 1, false), Copy.LOST));
  }

  @Test
  void anAttemptIsClosedBeforeAnotherNumberIsGiven() {
    Standing staging = new Standing(ShardMove.Phase.STAGING, 1, false);
    Standing open = new Standing(ShardMove.Phase.OWNED, 1, true);
    assertEquals(Step.THAW, order(1).due(open, staging, Copy.LOST));
    Standing closed = new Standing(ShardMove.Phase.OWNED, 1, false);
    assertEquals(Step.DROP, order(1).due(closed, staging, Copy.LOST));
    Standing away = new Standing(ShardMove.Phase.AWAY, 1, false);
    assertEquals(Step.ANEW, order(1).due(closed, away, Copy.LOST));
  }

  @Test
  void groupsThatContradictEachOtherAreNotHelped() {
    Standing given = new Standing(ShardMove.Phase.AWAY, 1, false);
    Standing nothing = new Standing(ShardMove.Phase.STAGING, 1, false);
    assertThrows(
        IllegalStateException.class, () -> assertEquals(order(1).due(given, nothing, Copy.OWN), 0));
    assertThrows(
        IllegalArgumentException.class,
        () -> assertEquals(0, new Standing(ShardMove.Phase.AWAY, 1, true).attempt()));
  }

  private static ShardMove order(long attempt) {
    return ShardMove.between(new ShardId(5), new ShardGroupId(1), new ShardGroupId(2), attempt);
  }

  private final class Run {
    private final long seed;
    private final Random random;
    private final MoveSetup setup = MoveSetup.of(WRITES, 1, 3);
    private final List<Home> homes =
        List.of(new Home(setup, Phase.OWNED), new Home(setup, Phase.AWAY));
    private final List<BooleanSupplier> sent = new ArrayList<>();
    private ShardMove order = order(1);
    private Copy copy = Copy.OWN;
    private int acknowledged;
    private boolean ended;

    Run(long seed) {
      this.seed = seed;
      this.random = new Random(seed);
    }

    void troubled() {
      switch (random.nextInt(12)) {
        // The next coordinator does not have the copy, and one on another replica no journal.
        case 0 -> copy = Copy.LOST;
        case 1 -> source().journal().lose();
        case 2 -> {
          if (random.nextInt(6) == 0) {
            order = order.calledOff();
          }
        }
        // The source's leader, by itself.
        case 3 -> {
          if (source().isFrozen((int) order.attempt())) {
            send(() -> source().thaw((int) order.attempt()));
          }
        }
        case 4, 5 -> {
          if (!sent.isEmpty()) {
            boolean unused = sent.get(random.nextInt(sent.size())).getAsBoolean();
          }
        }
        case 6 -> write();
        default -> {
          if (!ended) {
            act();
          }
        }
      }
      check();
    }

    private Home source() {
      return homes.get(0);
    }

    private Home target() {
      return homes.get(1);
    }

    private void write() {
      int write = random.nextInt(WRITES);
      for (Home home : homes) {
        if (home.phase().serves() && home.write(write) == Answer.APPLIED) {
          acknowledged |= 1 << write;
        }
      }
    }

    private Standing standing(Home home) {
      return new Standing(
          ShardMove.Phase.valueOf(home.phase().name()), home.attempt(), home.isOpen());
    }

    /// It arrives, and may arrive again at any time.
    private void send(BooleanSupplier message) {
      sent.add(message);
      boolean unused = message.getAsBoolean();
    }

    void act() {
      int n = (int) order.attempt();
      Step step = order.due(standing(source()), standing(target()), copy);
      taken.add(step);
      switch (step) {
        case BEGIN -> send(() -> source().begin(n));
        case STAGE -> send(() -> target().stage(n));
        case COPY -> copyOn(n);
        case SEAL -> seal(n);
        case GIVE -> send(() -> source().give(n));
        case ACCEPT -> {
          int of = target().attempt();
          send(() -> target().accept(of));
        }
        case FINISH -> {
          int of = source().attempt();
          send(() -> source().release(of));
          ended = true;
        }
        case THAW -> send(() -> source().thaw(n));
        case DROP -> {
          int of = target().attempt();
          send(() -> target().drop(of));
        }
        case ANEW -> anew();
        case FORGET -> ended = true;
        case LOOK_AGAIN -> throw new AssertionError(this + " has the newest order");
      }
      check();
    }

    /// The model counts to three; whoever needs more gives up.
    private void anew() {
      if (order.attempt() == 3) {
        order = order.calledOff();
      } else {
        order = order.anew(order.attempt() + 1);
        copy = Copy.OWN;
      }
    }

    private void copyOn(int n) {
      if (!source().journal().isWhole()) {
        copy = Copy.LOST;
      } else if (target().parts() == 0) {
        int read = source().content();
        send(() -> target().take(n, 0, 1, read));
      } else {
        send(() -> source().freeze(n));
      }
    }

    private void seal(int n) {
      if (!source().journal().isWhole() || target().parts() == 0) {
        copy = Copy.LOST;
        return;
      }
      int changed = source().journal().take();
      int read = source().content();
      send(() -> target().seal(n, changed, changed == 0 ? 0 : read, false));
    }

    private void check() {
      assertFalse(
          source().phase().serves() && target().phase().serves(), () -> this + ": both serve");
      boolean given = source().hasGiven((int) order.attempt());
      Home holder = source().phase().serves() ? source() : target();
      assertTrue(
          holder.phase().serves() || (given && holder.isSealed((int) order.attempt())),
          () -> this + ": nobody has the shard");
      assertEquals(0, acknowledged & ~holder.content(), () -> this + ": lost");
    }

    void checkEnd() {
      Home owner = source().phase().serves() ? source() : target();
      Home other = owner == source() ? target() : source();
      assertEquals(Phase.OWNED, owner.phase(), this::toString);
      assertFalse(owner.isOpen(), this::toString);
      assertEquals(Phase.AWAY, other.phase(), this::toString);
      assertEquals(0, other.content(), this::toString);
      assertTrue(order.will() == Will.CALLED_OFF || owner == target(), this::toString);
    }

    @Override
    public String toString() {
      return "seed="
          + seed
          + " "
          + order
          + " source="
          + standing(source())
          + " target="
          + standing(target())
          + " copy="
          + copy;
    }
  }
}
