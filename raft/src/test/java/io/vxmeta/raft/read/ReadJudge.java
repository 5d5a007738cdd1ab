package io.vxmeta.raft.read;

import io.vxmeta.raft.ratis.Replica.RaftRole;
import io.vxmeta.raft.read.ReadGate.Opened;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Judges every answer of a model run.
final class ReadJudge {
  /* An answered read has applied every write that was acknowledged before it began (its staleness bound taken off, where its
   * contract has one), and no leader of a later term than the one that proved it had been elected when it began.
   * A verdict is kept, not thrown: reads are answered inside futures, which would swallow it.
   */
  private static final int TRACE_MAX = 80;

  private final RaftModel raft;
  private final List<Object> trace;
  private final List<Long> acknowledgedAt = new ArrayList<>();
  private Optional<String> violation = Optional.empty();
  private int answeredByLeaders;
  private int answeredByFollowers;
  private int refused;

  /// @param trace the steps so far, for the verdict
  ReadJudge(RaftModel raft, List<Object> trace) {
    this.raft = raft;
    this.trace = trace;
  }

  Optional<String> violation() {
    return violation;
  }

  int answeredByLeaders() {
    return answeredByLeaders;
  }

  int answeredByFollowers() {
    return answeredByFollowers;
  }

  int refused() {
    return refused;
  }

  /// Called after each step: what was acknowledged in it.
  void note(long nowNanos) {
    while (acknowledgedAt.size() < raft.acknowledgedCount()) {
      acknowledgedAt.add(nowNanos);
    }
  }

  /// A round of the barrier released what waited for it.
  ///
  /// @param term in which the round was proven
  void onProven(ModelRead read, long term) {
    read.proven = true;
    if (read.elected > term) {
      violate(
          "proven in term "
              + term
              + ", but when it began there was a leader of term "
              + read.elected);
    }
  }

  void onOpened(ModelRead read, Opened opened) {
    if (read.done) {
      return;
    }
    read.done = true;
    if (read.at.replica.toldRole == RaftRole.LEADER) {
      answeredByLeaders++;
    } else {
      answeredByFollowers++;
    }
    int demanded = demanded(read, opened);
    if (!raft.hasApplied(read.at.id, demanded)) {
      violate(
          "a read of "
              + ReadWorld.NODES.get(read.at.id)
              + " under "
              + read.contract
              + " misses one of the first "
              + demanded
              + " acknowledged writes");
    }
  }

  /// How many of the writes that were acknowledged first it must have applied.
  private int demanded(ModelRead read, Opened opened) {
    if (read.contract instanceof ReadContract.Linearizable) {
      return read.acknowledged;
    }
    if (opened.stalenessNanos().isEmpty()) {
      return 0;
    }
    long before = read.begunNanos - opened.stalenessNanos().getAsLong();
    return (int) acknowledgedAt.stream().takeWhile(at -> at < before).count();
  }

  void onRefused(ModelRead read) {
    if (!read.done) {
      read.done = true;
      refused++;
    }
  }

  private void violate(String what) {
    if (violation.isEmpty()) {
      List<Object> last = trace.subList(Math.max(0, trace.size() - TRACE_MAX), trace.size());
      violation = Optional.of(what + "; last steps: " + last);
    }
  }
}
