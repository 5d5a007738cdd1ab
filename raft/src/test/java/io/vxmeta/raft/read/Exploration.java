package io.vxmeta.raft.read;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// Runs a model in every order of its steps, each state once.
final class Exploration implements Choices {
  /* Depth first: the real read path can not be copied, so a branch is reached by running its choices again from the start. A
   * state that was seen before is not gone into again: what follows from it is the same, because all of it is in its fingerprint.
   */
  private static final int BRANCHES_MAX = 50_000_000;

  private final Function<Choices, ReadWorld> scenario;
  private final Set<Long> seen = new HashSet<>();
  private int[] path = new int[64];
  private int[] widths = new int[64];
  private int known;
  private int at;

  private Exploration(Function<Choices, ReadWorld> scenario) {
    this.scenario = scenario;
  }

  /// @param states different ones
  /// @param steps taken from one state to another, for the first time
  record Outcome(
      long states,
      long steps,
      long byLeaders,
      long byFollowers,
      long refused,
      Optional<String> violation) {}

  /// Goes on until everything is explored or something is violated.
  static Outcome of(Function<Choices, ReadWorld> scenario) {
    return new Exploration(scenario).explore();
  }

  @Override
  public int next(int options) {
    if (at == path.length) {
      path = Arrays.copyOf(path, 2 * at);
      widths = Arrays.copyOf(widths, 2 * at);
    }
    if (at >= known) {
      path[at] = 0;
      widths[at] = options;
    } else if (widths[at] != options) {
      throw new IllegalStateException(
          "expected the same run again; options=" + options + " before=" + widths[at]);
    }
    return path[at++];
  }

  private Outcome explore() {
    long byLeaders = 0;
    long byFollowers = 0;
    long refused = 0;
    for (int branch = 1; branch <= BRANCHES_MAX; branch++) {
      at = 0;
      ReadWorld world = scenario.apply(this);
      runOn(world);
      byLeaders += world.judge().answeredByLeaders();
      byFollowers += world.judge().answeredByFollowers();
      refused += world.judge().refused();
      world.close();
      known = at;
      while (known > 0 && path[known - 1] + 1 == widths[known - 1]) {
        known--;
      }
      if (known == 0 || world.judge().violation().isPresent()) {
        return new Outcome(
            seen.size(), branch, byLeaders, byFollowers, refused, world.judge().violation());
      }
      path[known - 1]++;
    }
    throw new IllegalStateException("expected fewer than " + BRANCHES_MAX + " branches");
  }

  private void runOn(ReadWorld world) {
    while (world.judge().violation().isEmpty() && !world.isOver()) {
      var steps = world.steps();
      if (steps.isEmpty()) {
        return;
      }
      world.run(steps.get(next(steps.size())));
      if (at >= known && !seen.add(world.fingerprint())) {
        return;
      }
    }
  }
}
