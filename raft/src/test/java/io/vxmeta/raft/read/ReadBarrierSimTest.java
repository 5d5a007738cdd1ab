package io.vxmeta.raft.read;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.raft.read.ModelSetup.Changing;
import io.vxmeta.raft.read.ModelSetup.Pace;
import io.vxmeta.statemachine.GroupState;
import io.vxmeta.statemachine.GroupStateConfig;
import io.vxmeta.statemachine.ProducerLimits;
import io.vxmeta.statemachine.os.LiveMemory;
import io.vxmeta.statemachine.os.LiveMemoryConfig;
import io.vxmeta.statemachine.table.TableConfig;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// No order of elections, votes, messages, restarts and changes lets a read miss what was
/// acknowledged before it.
///
/// `-Dvx.long=true` explores larger spaces and walks longer; `-Dvx.seed=N` walks by that seed
/// alone.
@Timeout(3_600)
final class ReadBarrierSimTest {
  /* The read path is the real one; what is beneath and between is a model (RaftModel, LooseNetwork, LinkNetwork). Small spaces
   * are explored in every order. Large ones are walked by seeds, with the real links between nodes. Both are shown to find
   * each of the mistakes they are there for (Flaw). What is promised and why it holds: docs/read-path.md.
   */
  private static final boolean LONG = Boolean.getBoolean("vx.long");
  private static final int WALKS = LONG ? 1_000 : 25;
  private static final int FLAWED_WALKS = 40;
  private static final int WALK_STEPS = 3_000;
  private static final int PLENTY = 1 << 20;

  private static final ModelSetup THREE = ModelSetup.ofThree();
  private static final ModelSetup GROWING =
      THREE.withVoters(0b001, 0b111).withTroubles(1, 1, 0).withLoad(0, 1);
  private static final ModelSetup SHRINKING =
      THREE.withVoters(0b111, 0b001).withTroubles(1, 1, 0).withLoad(0, 1);

  /// Joined or left by one voter, through all the orders in which a new leader may find it half
  /// done.
  private static final ModelSetup JOINED =
      THREE.withVoters(0b011, 0b111).withTroubles(1, 1, 0).withLoad(0, 1).with(Changing.ONE_BY_ONE);

  private static final ModelSetup LEFT =
      THREE.withVoters(0b111, 0b011).withTroubles(1, 1, 0).withLoad(0, 1).with(Changing.ONE_BY_ONE);

  private static final ModelSetup QUIET = THREE.withLoad(1, 2).withTroubles(0, 0, 0);
  private static final ModelSetup FIVE =
      new ModelSetup(
          5,
          0b00111,
          0b11100,
          PLENTY,
          PLENTY,
          PLENTY,
          PLENTY,
          PLENTY,
          PLENTY,
          Changing.JOINTLY,
          Pace.SLUGGISH,
          Flaw.NONE);

  /// Where each mistake of the read path shows.
  private static final Map<Flaw, ModelSetup> FLAWED =
      new EnumMap<>(
          Map.ofEntries(
              Map.entry(Flaw.NOBODY_IS_ASKED, THREE),
              Map.entry(Flaw.OLDER_ROUND_COUNTS, THREE.withLoad(1, 2)),
              Map.entry(Flaw.ANSWERS_ARE_KEPT, THREE.withLoad(1, 2)),
              Map.entry(Flaw.ONE_TERM_AHEAD_CONFIRMS, THREE),
              Map.entry(Flaw.ONLY_NEW_VOTERS, SHRINKING),
              Map.entry(Flaw.ONLY_PREVIOUS_VOTERS, GROWING),
              Map.entry(Flaw.FIRST_VOTERS_FOR_EVER, GROWING),
              Map.entry(Flaw.NEVER_UNREADY, THREE),
              Map.entry(Flaw.COMMIT_INDEX_IS_KEPT, QUIET),
              Map.entry(Flaw.FOLLOWER_DOES_NOT_WAIT, QUIET),
              Map.entry(Flaw.FOLLOWER_KEEPS_INDEX, QUIET),
              Map.entry(Flaw.VOTE_IS_FORGOTTEN, THREE.withTroubles(1, 0, 1))));

  @TempDir private static Path directory;
  private static GroupState state;

  @BeforeAll
  static void createState() throws IOException {
    state =
        GroupState.create(
            new GroupStateConfig(
                directory.resolve("live"),
                1,
                List.of(0),
                TableConfig.defaults(),
                ProducerLimits.defaults(),
                LiveMemory.of(LiveMemoryConfig.defaults().withLock(LiveMemoryConfig.Lock.OFF))));
  }

  @AfterAll
  static void closeState() {
    List<String> problems = state.verify();
    state.close();
    assertEquals(List.of(), problems);
  }

  // ---- every order

  private static Exploration.Outcome explored(ModelSetup setup) {
    long begun = cpuMs();
    Exploration.Outcome outcome =
        Exploration.of(choices -> new ReadWorld(setup, choices, state, LooseNetwork::new));
    System.out.printf(
        "%s: states=%,d steps=%,d answered=%,d refused=%,d cpu_ms=%,d %s%n",
        setup.flaw(),
        outcome.states(),
        outcome.steps(),
        outcome.byLeaders() + outcome.byFollowers(),
        outcome.refused(),
        cpuMs() - begun,
        setup);
    return outcome;
  }

  private static long cpuMs() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() / 1_000_000;
  }

  private static void explore(ModelSetup setup) {
    Exploration.Outcome outcome = explored(setup);
    assertEquals(Optional.empty(), outcome.violation(), setup::toString);
    assertTrue(
        outcome.byLeaders() > 0 && outcome.byFollowers() > 0 && outcome.refused() > 0,
        () -> "expected answers of both kinds and refusals: " + outcome);
  }

  @Test
  void everyReadIsAnsweredWhileNobodyElseIsElected() {
    Exploration.Outcome outcome = explored(QUIET);
    assertEquals(Optional.empty(), outcome.violation());
    assertEquals(0, outcome.refused());
    assertTrue(outcome.byLeaders() > 0 && outcome.byFollowers() > 0, outcome::toString);
  }

  @Test
  void noOrderOfAnElectionMakesAReadStale() {
    explore(THREE);
    if (LONG) {
      explore(THREE.withLoad(2, 1));
      explore(THREE.withLoad(1, 2));
    }
  }

  @Test
  void noOrderOfTwoElectionsMakesAReadStale() {
    explore(THREE.withTroubles(2, 0, 0).withLoad(LONG ? 1 : 0, 1));
  }

  @Test
  void noMomentOfARestartMakesAReadStale() {
    explore(THREE.withTroubles(1, 0, 1).withLoad(LONG ? 1 : 0, 1));
  }

  @Test
  void raftThatGoesOnInTheMiddleOfARoundMakesNoReadStale() {
    explore(THREE.withPreemptions(LONG ? 2 : 1));
  }

  @Test
  void noMomentOfAChangeOfVotersMakesAReadStale() {
    explore(GROWING);
    explore(SHRINKING);
    if (LONG) {
      explore(GROWING.withLoad(1, 1));
      explore(SHRINKING.withLoad(1, 1));
    }
  }

  /// Ratis ends a change that a new leader finds half done, without the previous half: no harm
  /// while all majorities of neighbouring configurations meet.
  @Test
  void noMomentOfAChangeOfOneVoterMakesAReadStale() {
    explore(JOINED);
    explore(LEFT);
    if (LONG) {
      explore(JOINED.withTroubles(2, 1, 0));
      explore(LEFT.withTroubles(2, 1, 0));
      explore(JOINED.withLoad(1, 1));
      explore(LEFT.withLoad(1, 1));
    }
  }

  /// The leader of before stands still since b and c elected c; c takes d in, and b out.
  @Test
  void aVoterThatWasRemovedAndComesBackEmptyConfirmsNoLeaderOfBefore() {
    assertEquals(Optional.empty(), removedAndBack(Flaw.NONE));
    assertTrue(removedAndBack(Flaw.TERM_IS_DELETED).isPresent());
  }

  private static Optional<String> removedAndBack(Flaw flaw) {
    ModelSetup four =
        new ModelSetup(4, 0b0111, 0b1100, 1, 0, 1, 2, 1, 0, Changing.ONE_BY_ONE, Pace.PROMPT, flaw);
    ReadWorld world = new ReadWorld(four, _ -> 0, state, LooseNetwork::new);
    List.of("campaign c", "vote bc", "append cb").forEach(step -> assertTrue(happens(world, step)));
    for (int change = 0; change < four.changes(); change++) {
      List.of("change c", "show c", "append cb", "append cd", "settle c", "show c", "append cd")
          .forEach(step -> assertTrue(happens(world, step), step));
      // By then it needs no voter that it takes out.
      boolean _ = happens(world, "append cb");
    }
    assertTrue(happens(world, "give-up b"));
    // Only a voter that forgot its term takes anything from the leader of before.
    assertEquals(flaw == Flaw.TERM_IS_DELETED, happens(world, "append ab"));
    List.of("read a", "asked ba", "confirmed ba")
        .forEach(step -> assertTrue(happens(world, step), step));
    world.close();
    return world.judge().violation();
  }

  /// Whether it could.
  private static boolean happens(ReadWorld world, String name) {
    Optional<Step> step =
        world.steps().stream().filter(each -> each.toString().equals(name)).findFirst();
    step.ifPresent(world::run);
    return step.isPresent();
  }

  @Test
  void eachMistakeOfTheReadPathIsFound() {
    FLAWED.forEach((flaw, setup) ->
        assertTrue(explored(setup.with(flaw)).violation().isPresent(), flaw::name));
  }

  @Test
  void aBarrierThatRefusesItsOwnTermAnswersNobodyWhichIsFound() {
    Exploration.Outcome outcome = explored(QUIET.with(Flaw.EQUAL_TERM_REFUSES));
    assertEquals(0, outcome.byLeaders() + outcome.byFollowers());
    assertTrue(outcome.refused() > 0);
  }

  // ---- by seed

  @Test
  void longWalksOfFiveNodesOverTheRealLinksMakeNoReadStale() {
    walk(FIVE);
  }

  @Test
  void longWalksWhereVotersChangeOneByOneMakeNoReadStale() {
    walk(FIVE.with(Changing.ONE_BY_ONE));
  }

  private static void walk(ModelSetup setup) {
    int byLeaders = 0;
    int byFollowers = 0;
    long begun = cpuMs();
    Long only = Long.getLong("vx.seed");
    long first = only == null ? 1 : only;
    long last = only == null ? WALKS : only;
    for (long seed = first; seed <= last; seed++) {
      Walk.Outcome outcome = Walk.of(seed, setup, WALK_STEPS, state, LinkNetwork::new);
      String repeat = "repeat with -Dvx.seed=" + seed;
      assertEquals(Optional.empty(), outcome.violation(), repeat);
      byLeaders += outcome.byLeaders();
      byFollowers += outcome.byFollowers();
    }
    System.out.printf(
        "walks: answered_by_leaders=%,d answered_by_followers=%,d cpu_ms=%,d%n",
        byLeaders, byFollowers, cpuMs() - begun);
    assertTrue(
        only != null || (byLeaders > 5 * WALKS && byFollowers > 25 * WALKS),
        "expected more answers; leaders=" + byLeaders + " followers=" + byFollowers);
  }

  @Test
  void walksFindMistakesAsWell() {
    Set<Flaw> ofTheReadPath =
        EnumSet.of(
            Flaw.NOBODY_IS_ASKED,
            Flaw.ONLY_NEW_VOTERS,
            Flaw.FIRST_VOTERS_FOR_EVER,
            Flaw.NEVER_UNREADY,
            Flaw.COMMIT_INDEX_IS_KEPT);
    ofTheReadPath.forEach(flaw -> assertFound(FIVE.with(flaw)));
    assertFound(FIVE.with(Changing.ONE_BY_ONE).with(Flaw.SEVERAL_VOTERS_AT_ONCE));
  }

  private static void assertFound(ModelSetup flawed) {
    boolean found = false;
    for (long seed = 1; seed <= FLAWED_WALKS && !found; seed++) {
      Walk.Outcome outcome = Walk.of(seed, flawed, WALK_STEPS, state, LinkNetwork::new);
      found = outcome.violation().isPresent();
    }
    assertTrue(found, flawed.flaw()::name);
  }
}
