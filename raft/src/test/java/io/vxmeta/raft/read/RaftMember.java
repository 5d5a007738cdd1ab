package io.vxmeta.raft.read;

import io.vxmeta.raft.ratis.Replica.RaftRole;
import java.util.ArrayList;
import java.util.List;

/// One node of the model's Raft.
final class RaftMember {
  static final int NOBODY = -1;

  /// @param write its number from 1; 0 where the entry holds none
  /// @param voters the configuration it begins; `NONE` where it begins none
  record Entry(long term, int write, Voters voters) {}

  final int id;
  final List<Entry> log = new ArrayList<>();
  RaftRole role = RaftRole.FOLLOWER;
  long term;
  int votedFor = NOBODY;

  /// What a restart keeps. A term that the node has only heard of need not be among it.
  long durableTerm;

  int durableVote = NOBODY;
  int votes;
  int leader = NOBODY;
  int commit = -1;
  int applied = -1;

  /// Where a leader's own first entry is.
  int firstOwn;

  /// The log's newest configuration as this node's replica shows it: its index.
  int shown = -1;

  /// On a leader: entries it knows each node to have.
  final int[] matched;

  /// What this node acknowledged last: to the leader of which term, how many entries.
  long ackTerm;

  int ackLength;

  private boolean emptied;

  RaftMember(int id, int nodes) {
    this.id = id;
    this.matched = new int[nodes];
  }

  boolean leads() {
    return role == RaftRole.LEADER;
  }

  boolean isReady() {
    return leads() && applied >= firstOwn;
  }

  boolean canApply() {
    return applied < Math.min(commit, log.size() - 1);
  }

  long lastTerm() {
    return log.isEmpty() ? 0 : log.getLast().term();
  }

  /// Whether a log is at least as good as that of `other`, as Raft compares them.
  boolean covers(RaftMember other) {
    return lastTerm() > other.lastTerm()
        || (lastTerm() == other.lastTerm() && log.size() >= other.log.size());
  }

  int newestConfiguration() {
    int at = log.size() - 1;
    while (at >= 0 && log.get(at).voters().isNone()) {
      at--;
    }
    return at;
  }

  Voters voters() {
    int at = newestConfiguration();
    return at < 0 ? Voters.NONE : log.get(at).voters();
  }

  Voters shownVoters() {
    return shown < 0 || shown >= log.size() ? voters() : log.get(shown).voters();
  }

  /// Hears of a newer term. Not durable before something is promised in it.
  void raiseTo(long newer) {
    term = newer;
    votedFor = NOBODY;
    follow(NOBODY);
  }

  void follow(int whom) {
    role = RaftRole.FOLLOWER;
    votes = 0;
    leader = whom;
  }

  void persist() {
    durableTerm = term;
    durableVote = votedFor;
  }

  void restart() {
    follow(NOBODY);
    term = durableTerm;
    votedFor = durableVote;
    commit = -1;
    applied = -1;
    shown = newestConfiguration();
  }

  /// Since it gave its log up nobody has sent it another.
  boolean gaveUp() {
    return emptied && log.isEmpty();
  }

  /// Gives its log up; term and vote stay.
  void empty() {
    emptied = true;
    log.clear();
    ackTerm = 0;
    ackLength = 0;
    restart();
  }

  void addTo(Fingerprint print) {
    print
        .add(term)
        .add(durableTerm)
        .add(leads() ? 2 : role == RaftRole.CANDIDATE ? 1 : 0)
        .addNode(votedFor)
        .addNode(durableVote);
    print.addNodes(votes).addNode(leader).add(commit).add(applied).add(shown);
    print.add(ackTerm).add(ackLength).add(emptied ? 1 : 0);
    if (leads()) {
      print.add(firstOwn);
      for (int at = 0; at < matched.length; at++) {
        print.add(matched[print.nodeAt(at)]);
      }
    }
    print.add(log.size());
    for (Entry entry : log) {
      print.add(entry.term()).add(entry.write());
      print.addNodes(entry.voters().current()).addNodes(entry.voters().previous());
    }
  }
}
