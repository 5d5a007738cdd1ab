package io.vxmeta.raft.read;

import io.vxmeta.statemachine.GroupState;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;

/// One long run of a model by a seed, through a network that is cut in two now and then.
final class Walk implements Choices {
  /// So many steps after each other happen under one cut.
  private static final int CUT_STEPS_MAX = 200;

  private final Random random;
  private int cut;
  private int cutFor;

  private Walk(long seed) {
    this.random = new Random(seed);
  }

  /// @param violation what was found
  record Outcome(int byLeaders, int byFollowers, int refused, Optional<String> violation) {}

  /// @param stepsMax the run ends there, or when nothing of interest can happen
  static Outcome of(
      long seed,
      ModelSetup setup,
      int stepsMax,
      GroupState state,
      Function<ReadWorld, ModelNetwork> network) {
    Walk walk = new Walk(seed);
    ReadWorld world = new ReadWorld(setup, walk, state, network);
    for (int step = 0; step < stepsMax && !world.isOver(); step++) {
      List<Step> steps = world.steps().stream().filter(walk::isPossible).toList();
      if (!steps.isEmpty()) {
        world.run(walk.oneOf(steps));
      }
      if (world.judge().violation().isPresent()) {
        break;
      }
      walk.cutAnew();
    }
    world.close();
    return new Outcome(
        world.judge().answeredByLeaders(),
        world.judge().answeredByFollowers(),
        world.judge().refused(),
        world.judge().violation());
  }

  @Override
  public int next(int options) {
    return random.nextInt(options);
  }

  private void cutAnew() {
    if (cutFor-- <= 0) {
      cutFor = random.nextInt(CUT_STEPS_MAX);
      cut = random.nextBoolean() ? 0 : random.nextInt(1 << ReadWorld.NODES.size());
    }
  }

  /// Whether both sides of a step are on one side of the cut.
  private boolean isPossible(Step step) {
    return ((cut >> step.from()) & 1) == ((cut >> step.to()) & 1);
  }

  private Step oneOf(List<Step> steps) {
    int rest = random.nextInt(steps.stream().mapToInt(Step::weight).sum());
    for (Step step : steps) {
      rest -= step.weight();
      if (rest < 0) {
        return step;
      }
    }
    throw new IllegalStateException("expected a step for every number below the sum of weights");
  }
}
