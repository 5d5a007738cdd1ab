package io.vxmeta.shardmap.move;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.shardmap.move.Exploration.Counterexample;
import io.vxmeta.shardmap.move.MoveSetup.Reads;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// No order of events of a shard's move loses a write, doubles it, hides it from a read, leaves two
/// owners, or leaves the shard where it can not get on.
///
/// `-Dvx.long=true` goes through larger worlds.
class ShardMoveModelTest {
  /* The protocol is docs/shard-moves.md. Small worlds are gone through in every order. The same worlds are shown to convict each of
   * the mistakes that a move can make (Flaw), each by a shortest run, which is printed.
   */
  private static final boolean LONG = Boolean.getBoolean("vx.long");
  private static final int STATES_MAX = LONG ? 8_000_000 : 250_000;

  private static final MoveSetup ONE = MoveSetup.of(1, 1, 1);
  private static final MoveSetup RETRIED = MoveSetup.of(1, 1, 2);
  private static final MoveSetup TWO_WRITES = MoveSetup.of(2, 1, 2);
  private static final MoveSetup TWO_KEYS = MoveSetup.of(2, 2, 1).withCopy(1, 1);
  private static final MoveSetup READ = ONE.with(Reads.OF_BOTH);

  private static Exploration.Outcome explored(MoveSetup setup) {
    return explored(setup, new World(setup));
  }

  private static Exploration.Outcome explored(MoveSetup setup, Model model) {
    long begun = System.nanoTime();
    Exploration.Outcome outcome = Exploration.of(model, STATES_MAX);
    System.out.printf(
        "states=%,d steps=%,d ms=%,d %s%n",
        outcome.states(), outcome.edges(), (System.nanoTime() - begun) / 1_000_000, setup);
    return outcome;
  }

  private static void assertSound(MoveSetup setup) {
    Optional<Counterexample> found = explored(setup).counterexample();
    assertEquals(Optional.empty(), found, () -> setup + " " + found);
  }

  private static void assertReachable(MoveSetup setup, Predicate<World> goal) {
    Optional<Counterexample> way =
        explored(setup, new Goal(new World(setup), goal)).counterexample();
    assertEquals(Optional.of("reached"), way.map(Counterexample::violation));
    System.out.println(way.orElseThrow());
  }

  // ---- the protocol

  @Test
  void aMoveKeepsEachWriteOnceAndComesToAnEnd() {
    assertSound(ONE);
  }

  @Test
  void movesThatAreTriedAgainOrLeadBackKeepEachWriteOnce() {
    assertSound(RETRIED);
    assertSound(MoveSetup.of(1, 1, 3));
    assertSound(TWO_WRITES);
    if (LONG) {
      assertSound(MoveSetup.of(2, 1, 3));
    }
  }

  @Test
  void aCopyInPartsBesideWritesIsWholeOrGivenUp() {
    assertSound(TWO_KEYS);
    assertSound(RETRIED.withCopy(1, 1));
    if (LONG) {
      assertSound(MoveSetup.of(2, 2, 2).withCopy(1, 1));
      assertSound(MoveSetup.of(3, 2, 1).withCopy(1, 1));
    }
  }

  @Test
  void aReadOfEitherGroupMissesNothingAtAnyTime() {
    assertSound(READ);
    assertSound(RETRIED.with(Reads.OF_A));
    if (LONG) {
      assertSound(RETRIED.with(Reads.OF_BOTH));
      assertSound(MoveSetup.of(2, 1, 1).with(Reads.OF_BOTH));
    }
  }

  @Test
  void anOlderEpochStaysFencedAfterTheMove() {
    assertSound(TWO_WRITES.withRisingEpochs());
  }

  @Test
  void messagesThatNoGroupCanTakeChangeNothing() {
    assertSound(ONE.withKeptMail());
    assertSound(RETRIED.withKeptMail());
  }

  // ---- what must be possible

  @Test
  void aShardCanBeMovedAndWrittenAtItsNewHome() {
    assertReachable(ONE, world -> hasMoved(world, World.B) && world.writers().acknowledged() == 1);
  }

  @Test
  void aShardCanBeMovedAfterAnAbortAndBack() {
    assertReachable(
        MoveSetup.of(1, 1, 3),
        world -> hasMoved(world, World.A) && world.home(World.A).attempt() == 3);
  }

  /// To this group, by the last attempt that it took part in.
  private static boolean hasMoved(World world, int owner) {
    int last = world.home(owner).attempt();
    return world.isSettled()
        && last > 0
        && world.mail(last).from() != owner
        && world.home(owner).phase() == Phase.OWNED;
  }

  // ---- mistakes made on purpose

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void aMistakeIsConvicted(Flaw flaw) {
    Optional<Counterexample> found = explored(worldOf(flaw).with(flaw)).counterexample();
    assertTrue(found.isPresent(), () -> "not convicted: " + flaw);
    System.out.println(flaw + ": " + found.get());
  }

  /// The smallest world in which a mistake shows.
  private static MoveSetup worldOf(Flaw flaw) {
    return switch (flaw) {
      case NONE,
          LAST_CHANGES_BEFORE_FREEZE,
          GIVEN_BEFORE_SEALED,
          ACCEPTED_BEFORE_GIVEN,
          RELEASED_BEFORE_GIVEN,
          NUMBERS_COUNT_ANYWHERE,
          OWNERSHIP_BEFORE_NUMBER,
          MOVED_IS_FORGOTTEN,
          CLIENT_LEAVES_IN_DOUBT ->
          ONE;
      case THAWED_AFTER_GIVEN, THAW_LEAVES_ATTEMPT_OPEN -> ONE.withKeptMail();
      case LOST_JOURNAL_IS_EMPTY, NOBODY_THAWS -> ONE.withCopy(0, 1);
      case FREEZE_IN_MEMORY -> ONE.withCopy(0, 1).withKeptMail();
      case COPY_IS_TAKEN_OVER -> ONE.withCopy(1, 0);
      case PARTS_IN_ANY_ORDER -> ONE.withCopy(1, 0).withKeptMail();
      case TARGET_BEGINS_FIRST -> RETRIED;
      case OLDER_PART_COUNTS, OLDER_STAGE_COUNTS, OLDER_GIVE_COUNTS -> RETRIED.withKeptMail();
      case FENCES_STAY_BEHIND -> MoveSetup.of(2, 1, 1).withRisingEpochs();
      case READ_WITHOUT_BARRIER,
          READ_WITHOUT_OWNERSHIP,
          OWNERSHIP_ON_ARRIVAL,
          READ_FROM_SEALED,
          SNAPSHOT_WITHOUT_PHASE ->
          READ;
    };
  }
}
