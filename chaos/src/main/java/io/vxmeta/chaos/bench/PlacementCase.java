package io.vxmeta.chaos.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// One measurement of placement, by the name it has on the command line.
enum PlacementCase {
  PLANNER("planner"),
  LEADER_TRANSFER("leader_transfer"),
  LEADER_KILL("leader_kill"),
  SHARD_MOVE("shard_move"),
  IDLE("idle");

  private final String word;

  PlacementCase(String word) {
    this.word = word;
  }

  String word() {
    return word;
  }

  static Optional<PlacementCase> named(String word) {
    return Arrays.stream(values()).filter(one -> one.word.equals(word)).findFirst();
  }

  /// What is told of a case: the fields that apply, in their order.
  static final class Result {
    private final PlacementCase of;
    private final List<String> names = new ArrayList<>();
    private final List<String> values = new ArrayList<>();

    private Result(PlacementCase of) {
      this.of = of;
    }

    static Result of(PlacementCase of) {
      return new Result(of);
    }

    Result with(String name, long value) {
      names.add(name);
      values.add(Long.toString(value));
      return this;
    }

    Result with(String name, double value) {
      names.add(name);
      values.add(String.format(Locale.ROOT, "%.3f", value));
      return this;
    }

    String json() {
      StringBuilder text =
          new StringBuilder("{\"bench\":\"placement\",\"case\":\"" + of.word + "\"");
      for (int field = 0; field < names.size(); field++) {
        text.append(",\"").append(names.get(field)).append("\":").append(values.get(field));
      }
      return text.append('}').toString();
    }

    String line() {
      StringBuilder text = new StringBuilder(String.format(Locale.ROOT, "%-15s", of.word));
      for (int field = 0; field < names.size(); field++) {
        text.append(' ').append(names.get(field)).append('=').append(values.get(field));
      }
      return text.toString();
    }
  }

  /// @param seed of what is made up
  /// @param runs transfers and kills
  /// @param moves of the shard
  /// @param callsPerSecond meanwhile
  /// @throws Exception what kept a cluster from being measured
  Result measure(long seed, int runs, int moves, int callsPerSecond) throws Exception {
    return switch (this) {
      case PLANNER ->
          Result.of(this)
              .with("n", PlannerCase.RUNS)
              .with("seconds", new PlannerCase(seed).slowestSeconds());
      case LEADER_TRANSFER -> gaps(HandOverCase.run(HandOverCase.Event.TRANSFER, runs));
      case LEADER_KILL -> gaps(HandOverCase.run(HandOverCase.Event.KILL, runs));
      case SHARD_MOVE -> {
        ShardMoveCase.Moves moved = ShardMoveCase.run(moves, callsPerSecond);
        yield gaps(moved.gaps())
            .with("p99_ratio", ShardMoveCase.Moves.median(moved.p99Ratios()))
            .with("seconds", ShardMoveCase.Moves.median(moved.seconds()));
      }
      case IDLE -> {
        IdleCase.Idle idle = IdleCase.run();
        yield Result.of(this)
            .with("seconds", idle.seconds())
            .with("cpu_percent", idle.cpuPercent());
      }
    };
  }

  private Result gaps(HandOverCase.Gaps gaps) {
    return Result.of(this)
        .with("n", gaps.count())
        .with("gap_p50_ms", gaps.percentile(50))
        .with("gap_p99_ms", gaps.percentile(99))
        .with("failed_calls", gaps.failedCalls());
  }
}
