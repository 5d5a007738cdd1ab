package io.vxmeta.shardmap.move;

import java.util.Optional;
import java.util.function.Predicate;

/// A model in which something good counts as a violation, so that a search finds the way there.
///
/// @param isReached asked of the world after each step
record Goal(World world, Predicate<World> isReached) implements Model {
  @Override
  public void load(Bits state) {
    world.load(state);
  }

  @Override
  public void store(Bits state) {
    world.store(state);
  }

  @Override
  public int steps() {
    return world.steps();
  }

  @Override
  public String name(int step) {
    return world.name(step);
  }

  @Override
  public boolean take(int step) {
    return world.take(step);
  }

  @Override
  public Optional<String> violation() {
    return isReached.test(world) ? Optional.of("reached") : world.violation();
  }

  @Override
  public boolean isSettled() {
    return world.isSettled();
  }
}
