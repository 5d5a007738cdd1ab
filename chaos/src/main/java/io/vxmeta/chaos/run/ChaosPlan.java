package io.vxmeta.chaos.run;

import io.vxmeta.chaos.history.Recorder;
import io.vxmeta.chaos.seeded.Seeding;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Everything a run is made from; two runs of one plan do the same things to a cluster of the same
/// kind.
///
/// @param faults names of faults, already chosen; empty: the cluster is left alone
/// @param processes clients that ask at the same time, of each workload
/// @param operationsPerSecond at most, of each workload
/// @param operationsLeast answered calls without which the traffic goes on, in calm, when the
///   faults are over
/// @param periods what is done when
/// @param liveness how long a minority stays broken at the end while progress is demanded
/// @param seedBug a seeded bug that every node carries, of which the run must find something
public record ChaosPlan(
    long seed,
    Driver driver,
    int nodes,
    int dataGroups,
    List<String> faults,
    List<String> workloads,
    int processes,
    int operationsPerSecond,
    long operationsLeast,
    List<Period> periods,
    Origin origin,
    Duration liveness,
    Optional<String> seedBug) {

  /// Where the periods come from.
  enum Origin {
    /// Made from the seed.
    SEED,
    /// Written down in a plan.
    WRITTEN
  }

  static final int NODES_DEFAULT = 3;
  static final int NODES_MAX = 7;
  static final int DATA_GROUPS_DEFAULT = 3;
  static final int DATA_GROUPS_MAX = 16;
  static final int PROCESSES_DEFAULT = 4;
  static final int PROCESSES_MAX = 100;

  /// Enough for collisions, little enough that the checkers and two cores keep up.
  static final int OPERATIONS_PER_SECOND_DEFAULT = 100;

  static final int OPERATIONS_PER_SECOND_MAX = 20_000;

  /// Of all workloads together; how much of it this machine can judge is looked at before a run.
  static final long OPERATIONS_LEAST_MAX = 10_000_000;

  static final Duration LENGTH_DEFAULT = Duration.ofMinutes(5);
  static final Duration LENGTH_MAX = Duration.ofHours(24);
  static final Duration PERIOD_SHORTEST = Duration.ofSeconds(5);
  static final Duration PERIOD_LONGEST = Duration.ofSeconds(15);

  /// What part of a run is the liveness phase, within these limits.
  private static final int LIVENESS_PART = 10;

  private static final Duration LIVENESS_SHORTEST = Duration.ofSeconds(10);
  private static final Duration LIVENESS_LONGEST = Duration.ofMinutes(2);

  public ChaosPlan {
    faults = List.copyOf(faults);
    workloads = List.copyOf(workloads);
    periods = List.copyOf(periods);
    within("nodes", nodes, 1, NODES_MAX);
    within("data-groups", dataGroups, 1, DATA_GROUPS_MAX);
    within("processes", processes, 1, PROCESSES_MAX);
    within("operations-per-second", operationsPerSecond, 1, OPERATIONS_PER_SECOND_MAX);
    if (operationsLeast < 0 || operationsLeast > OPERATIONS_LEAST_MAX) {
      throw new PlanInvalid(
          "operations-least", "0 to " + OPERATIONS_LEAST_MAX, Long.toString(operationsLeast));
    }
    if (workloads.isEmpty()) {
      throw new PlanInvalid("workloads", "one at least", "none");
    }
    seedBug.ifPresent(bug -> requireSeat(bug, driver));
  }

  private static void requireSeat(String bug, Driver driver) {
    if (!Seeding.names().contains(bug)) {
      throw new PlanInvalid("seed-bug", "one of " + String.join(", ", Seeding.names()), bug);
    }
    if (driver == Driver.IN_PROCESS) {
      throw new PlanInvalid(
          "driver", "one whose nodes are processes, to write a bug into", driver.title());
    }
  }

  private static void within(String key, int value, int min, int max) {
    if (value < min || value > max) {
      throw new PlanInvalid(key, "a number from " + min + " to " + max, Integer.toString(value));
    }
  }

  /// Plans the periods of a run of that length.
  static ChaosPlan of(
      long seed,
      Driver driver,
      int nodes,
      List<String> faults,
      List<String> workloads,
      Duration length,
      int processes,
      int operationsPerSecond,
      long operationsLeast) {
    Duration liveness = liveness(length);
    return new ChaosPlan(
        seed,
        driver,
        nodes,
        DATA_GROUPS_DEFAULT,
        faults,
        workloads,
        processes,
        operationsPerSecond,
        operationsLeast,
        schedule(seed, faults, length.minus(liveness)),
        Origin.SEED,
        liveness,
        Optional.empty());
  }

  private static List<Period> schedule(long seed, List<String> faults, Duration time) {
    return Schedule.of(seed, faults, time, PERIOD_SHORTEST, PERIOD_LONGEST);
  }

  /// The same for a cluster that can not have some of the faults: periods from a seed are dealt
  /// anew, written ones keep their times.
  ChaosPlan without(Set<String> impossible) {
    List<String> left = faults.stream().filter(fault -> !impossible.contains(fault)).toList();
    Duration time = length().minus(liveness);
    List<Period> kept =
        origin == Origin.SEED
            ? schedule(seed, left, time)
            : periods.stream().map(period -> period.without(impossible)).toList();
    return new ChaosPlan(
        seed,
        driver,
        nodes,
        dataGroups,
        left,
        workloads,
        processes,
        operationsPerSecond,
        operationsLeast,
        kept,
        origin,
        liveness,
        seedBug);
  }

  /// How many periods are done: at least so many, and more as long as there is time.
  record Extent(int least, Duration time) {}

  /// Those from a seed fill the time of the run, and as mending takes time of its own, some are
  /// left over, but none before every family has had its turn. Those that are written down are all
  /// done.
  Extent extent() {
    return origin == Origin.SEED
        ? new Extent(Schedule.firstRound(periods, faults), length().minus(liveness))
        : new Extent(periods.size(), Duration.ZERO);
  }

  /// The plan of what has been done, when so many periods were.
  ChaosPlan cutAfter(int done) {
    return with(periods.subList(0, done), seedBug);
  }

  /// The same for nodes with that bug.
  ChaosPlan withSeedBug(String bug) {
    return with(periods, Optional.of(bug));
  }

  private ChaosPlan with(List<Period> otherPeriods, Optional<String> otherBug) {
    return new ChaosPlan(
        seed,
        driver,
        nodes,
        dataGroups,
        faults,
        workloads,
        processes,
        operationsPerSecond,
        operationsLeast,
        otherPeriods,
        origin,
        liveness,
        otherBug);
  }

  private static Duration liveness(Duration length) {
    Duration part = length.dividedBy(LIVENESS_PART);
    if (part.compareTo(LIVENESS_SHORTEST) < 0) {
      return LIVENESS_SHORTEST.compareTo(length.dividedBy(2)) < 0
          ? LIVENESS_SHORTEST
          : length.dividedBy(2);
    }
    return part.compareTo(LIVENESS_LONGEST) > 0 ? LIVENESS_LONGEST : part;
  }

  /// Refuses what could record more than can be judged in a heap of that size. Throws
  /// [PlanInvalid].
  void requireJudgeable(long heapBytes) {
    long most = Recorder.eventsMax(heapBytes) / Recorder.EVENTS_PER_OPERATION;
    long seconds = Math.max(1, length().toSeconds());
    if (seconds * operationsPerSecond > most) {
      throw new PlanInvalid(
          "operations-per-second",
          "at most %d for %d s, as a heap of %d MiB has room to judge %d operations of a workload; or a shorter run%s"
              .formatted(
                  most / seconds,
                  seconds,
                  heapBytes >> 20,
                  most,
                  orMoreHeap(seconds * operationsPerSecond)),
          Integer.toString(operationsPerSecond));
    }
    if (operationsLeast > most * workloads.size()) {
      throw new PlanInvalid(
          "operations-least",
          "at most %d, as a heap of %d MiB has room to judge %d operations of a workload%s"
              .formatted(
                  most * workloads.size(),
                  heapBytes >> 20,
                  most,
                  orMoreHeap(operationsLeast / workloads.size())),
          Long.toString(operationsLeast));
    }
  }

  /// The other remedy, where a heap of any size would do.
  private static String orMoreHeap(long operations) {
    long events = operations * Recorder.EVENTS_PER_OPERATION;
    long gibibytes = (Recorder.heapBytes(events) >> 30) + 1;
    return events > Recorder.EVENTS_MAX
        ? ""
        : "; or more heap, VX_JAVA_OPTS=-Xmx%dg".formatted(gibibytes);
  }

  /// From the first period to the end of the liveness phase.
  Duration length() {
    return periods.stream().map(Period::length).reduce(liveness, Duration::plus);
  }
}
