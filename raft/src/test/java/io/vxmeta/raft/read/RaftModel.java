package io.vxmeta.raft.read;

import io.vxmeta.raft.ratis.Replica.RaftRole;
import io.vxmeta.raft.read.ModelSetup.Changing;
import io.vxmeta.raft.read.ModelSetup.Pace;
import io.vxmeta.raft.read.RaftMember.Entry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;

/// A small Raft: terms, votes, logs, commit indexes and joint configurations of a few nodes, moved
/// one step at a time.
final class RaftModel {
  /* Honest about: a vote raises the voter's term, and both are durable, BEFORE it counts; a term that a node has only heard of may
   *   be gone after its restart, and so are its commit and applied index; the newest configuration of a log counts, committed or
   *   not; a leader's replica shows it in a later step, because Ratis appends it first; a leader commits entries of its own term.
   * Left out: Raft's own messages. A vote, or an append, is asked for and given in one step: what is late is a step taken late,
   *   what is lost is never taken. A node that gave its replica up has the whole log of a leader, or nothing of it, and
   *   without members it votes for nobody. Acknowledgements are steps of their own at a sluggish pace. Logs are never cut short by
   *   snapshots.
   * RaftHistory sees to it that there is one leader a term and one history of committed entries.
   */
  private final ModelSetup setup;
  private final IntConsumer onApplied;
  private final RaftMember[] members;
  private final RaftHistory history;

  /// Writes that were acknowledged, in that order.
  private final List<Acknowledged> acknowledged = new ArrayList<>();

  private final Map<Integer, Integer> pending = new HashMap<>();
  private int elections;
  private int writes;
  private int changes;

  record Acknowledged(int index, int write) {}

  /// @param onApplied hears of nodes that have applied more
  RaftModel(ModelSetup setup, IntConsumer onApplied) {
    this.setup = setup;
    this.onApplied = onApplied;
    this.history = new RaftHistory(setup.flaw());
    this.members = new RaftMember[setup.nodes()];
    Entry first = new Entry(1, 0, new Voters(setup.voters(), 0));
    for (int id = 0; id < members.length; id++) {
      RaftMember member = new RaftMember(id, members.length);
      members[id] = member;
      if (first.voters().concerns(id)) {
        member.log.add(first);
        member.term = 1;
        member.votedFor = 0;
        member.persist();
        member.leader = 0;
        member.commit = 0;
        member.applied = 0;
        member.shown = 0;
        member.ackTerm = 1;
        member.ackLength = 1;
      }
    }
    RaftMember leader = members[0];
    leader.role = RaftRole.LEADER;
    history.onElected(leader);
    history.onCommitted(leader);
  }

  RaftMember member(int id) {
    return members[id];
  }

  /// The highest term in which a leader was elected.
  long newestElected() {
    return history.newestTerm();
  }

  int acknowledgedCount() {
    return acknowledged.size();
  }

  /// Whether a node has applied the writes that were acknowledged first.
  boolean hasApplied(int node, int count) {
    RaftMember member = members[node];
    for (Acknowledged write : acknowledged.subList(0, count)) {
      if (write.index > member.applied
          || write.index >= member.log.size()
          || member.log.get(write.index).write() != write.write) {
        return false;
      }
    }
    return true;
  }

  // ---- steps

  /// What can happen next.
  ///
  /// @param mayWrite whether another write would be of interest
  void collect(List<Step> steps, boolean mayWrite) {
    for (RaftMember one : members) {
      alone(one, steps);
      if (mayWrite && one.leads() && writes < setup.writes()) {
        steps.add(Step.of("write", one.id, 30, () -> write(one)));
      }
      for (RaftMember other : members) {
        if (one != other) {
          together(one, other, steps);
        }
      }
    }
  }

  private void alone(RaftMember one, List<Step> steps) {
    if (!one.leads() && elections < setup.elections() && one.voters().concerns(one.id)) {
      steps.add(Step.of("campaign", one.id, 2, () -> campaign(one)));
    }
    if (one.canApply()) {
      steps.add(Step.of("apply", one.id, 60, () -> applyOne(one)));
    }
    if (one.shown != one.newestConfiguration()) {
      steps.add(Step.of("show", one.id, 60, () -> one.shown = one.newestConfiguration()));
    } else if (one.leads()) {
      Voters voters = one.voters();
      boolean settled = one.commit >= one.newestConfiguration();
      if (voters.isJoint() && settled) {
        Voters after = new Voters(voters.current(), 0);
        steps.add(Step.of("settle", one.id, 60, () -> append(one, 0, after)));
      }
      if (!voters.isJoint() && settled && one.isReady() && changes < setup.changes()) {
        steps.add(Step.of("change", one.id, 2, () -> change(one)));
      }
    }
  }

  private void together(RaftMember one, RaftMember other, List<Step> steps) {
    if (one.role == RaftRole.CANDIDATE && mayAnswer(other, one)) {
      steps.add(Step.between("vote", other.id, one.id, 60, () -> vote(other, one)));
    }
    if (one.leads() && other.term > one.term) {
      steps.add(Step.between("hear", one.id, other.id, 30, () -> one.raiseTo(other.term)));
    }
    if (one.leads() && one.voters().concerns(other.id) && isBehind(other, one)) {
      steps.add(Step.between("append", one.id, other.id, 60, () -> appendTo(other, one)));
    }
    if (one.leads() && other.ackTerm == one.term && one.matched[other.id] < other.ackLength) {
      steps.add(Step.between("learn", one.id, other.id, 60, () -> learn(one, other)));
    }
  }

  // ---- elections

  private void campaign(RaftMember one) {
    elections++;
    one.raiseTo(one.term + 1);
    one.role = RaftRole.CANDIDATE;
    one.votedFor = one.id;
    one.votes = 1 << one.id;
    one.persist();
    leadIfElected(one);
  }

  private static boolean mayAnswer(RaftMember voter, RaftMember candidate) {
    return candidate.voters().concerns(voter.id)
        && !voter.gaveUp()
        && (voter.term < candidate.term
            || (voter.term == candidate.term
                && voter.votedFor == RaftMember.NOBODY
                && candidate.covers(voter)));
  }

  private void vote(RaftMember voter, RaftMember candidate) {
    if (voter.term < candidate.term) {
      voter.raiseTo(candidate.term);
    }
    if (voter.votedFor == RaftMember.NOBODY && candidate.covers(voter)) {
      voter.votedFor = candidate.id;
      voter.persist();
      candidate.votes |= 1 << voter.id;
      leadIfElected(candidate);
    }
  }

  private void leadIfElected(RaftMember one) {
    if (!one.voters().haveMajorityIn(one.votes)) {
      return;
    }
    history.onElected(one);
    one.role = RaftRole.LEADER;
    one.leader = one.id;
    one.firstOwn = one.log.size();
    Arrays.fill(one.matched, 0);
    Voters found = one.voters();
    boolean endsChange = setup.changing() == Changing.ONE_BY_ONE && found.isJoint();
    append(one, 0, endsChange ? new Voters(found.current(), 0) : Voters.NONE);
  }

  // ---- replication

  private void append(RaftMember leader, int write, Voters voters) {
    leader.log.add(new Entry(leader.term, write, voters));
    commit(leader);
  }

  private void write(RaftMember leader) {
    writes++;
    pending.put(writes, leader.id);
    append(leader, writes, Voters.NONE);
  }

  private void change(RaftMember leader) {
    int now = leader.voters().current();
    int then = next(now);
    changes++;
    if (then != now) {
      int come = then & ~now;
      for (int id = 0; id < members.length; id++) {
        // It is sent everything anew.
        leader.matched[id] = ((come >> id) & 1) == 1 ? 0 : leader.matched[id];
      }
      append(leader, 0, new Voters(then, now));
    }
  }

  /// To the target and back again, for ever.
  private int next(int now) {
    boolean oneByOne =
        setup.changing() == Changing.ONE_BY_ONE && setup.flaw() != Flaw.SEVERAL_VOTERS_AT_ONCE;
    int aWay = oneByOne ? Integer.bitCount(setup.voters() ^ setup.target()) : 1;
    int goal = changes / Math.max(1, aWay) % 2 == 0 ? setup.target() : setup.voters();
    if (!oneByOne) {
      return goal;
    }
    int missing = goal & ~now;
    return missing != 0
        ? now | Integer.lowestOneBit(missing)
        : now & ~Integer.highestOneBit(now & ~goal);
  }

  private static boolean isBehind(RaftMember follower, RaftMember leader) {
    return follower.term <= leader.term
        && (follower.term < leader.term
            || follower.leader != leader.id
            || follower.commit < Math.min(leader.commit, leader.log.size() - 1)
            || follower.log.size() != leader.log.size()
            || follower.lastTerm() != leader.lastTerm());
  }

  private void appendTo(RaftMember follower, RaftMember leader) {
    if (follower.term < leader.term) {
      follower.raiseTo(leader.term);
    }
    follower.follow(leader.id);
    follower.log.clear();
    follower.log.addAll(leader.log);
    follower.shown = follower.newestConfiguration();
    follower.commit = Math.max(follower.commit, leader.commit);
    follower.ackTerm = leader.term;
    follower.ackLength = follower.log.size();
    follower.persist();
    applyPromptly(follower);
    if (setup.pace() == Pace.PROMPT) {
      learn(leader, follower);
    }
  }

  private void learn(RaftMember leader, RaftMember follower) {
    leader.matched[follower.id] = Math.max(leader.matched[follower.id], follower.ackLength);
    commit(leader);
  }

  private void commit(RaftMember leader) {
    Voters voters = leader.voters();
    int at = leader.log.size() - 1;
    while (at > leader.commit
        && leader.log.get(at).term() == leader.term
        && !voters.haveMajorityIn(holders(leader, at))) {
      at--;
    }
    if (at <= leader.commit || leader.log.get(at).term() != leader.term) {
      return;
    }
    leader.commit = at;
    history.onCommitted(leader);
    applyPromptly(leader);
    if (!voters.concerns(leader.id) && at >= leader.newestConfiguration()) {
      leader.follow(RaftMember.NOBODY);
    }
  }

  private static int holders(RaftMember leader, int index) {
    int holders = 1 << leader.id;
    for (int id = 0; id < leader.matched.length; id++) {
      holders |= leader.matched[id] > index ? 1 << id : 0;
    }
    return holders;
  }

  private void applyPromptly(RaftMember one) {
    while (setup.pace() == Pace.PROMPT && one.canApply()) {
      applyOne(one);
    }
  }

  private void applyOne(RaftMember one) {
    one.applied++;
    int write = one.log.get(one.applied).write();
    if (write != 0 && pending.remove(write, one.id)) {
      acknowledged.add(new Acknowledged(one.applied, write));
    }
    onApplied.accept(one.id);
  }

  void restart(int id) {
    RaftMember one = members[id];
    one.restart();
    if (setup.flaw() == Flaw.VOTE_IS_FORGOTTEN) {
      one.term = one.lastTerm();
      one.votedFor = RaftMember.NOBODY;
    }
    pending.values().removeIf(proposer -> proposer == id);
  }

  /// Whether a node may delete its replica: the leader of the newest term says, from a committed
  /// configuration, that it has no vote.
  boolean mayGiveUp(int id) {
    boolean oneByOne =
        setup.changing() == Changing.ONE_BY_ONE && setup.flaw() != Flaw.SEVERAL_VOTERS_AT_ONCE;
    if (!oneByOne || members[id].log.isEmpty()) {
      return false;
    }
    for (RaftMember one : members) {
      if (one.leads() && one.term == newestElected()) {
        return one.isReady()
            && one.commit >= one.newestConfiguration()
            && !one.voters().isJoint()
            && !one.voters().concerns(id);
      }
    }
    return false;
  }

  void giveUp(int id) {
    RaftMember one = members[id];
    one.empty();
    if (setup.flaw() == Flaw.TERM_IS_DELETED) {
      one.term = 0;
      one.votedFor = RaftMember.NOBODY;
      one.persist();
    }
    pending.values().removeIf(proposer -> proposer == id);
  }

  void addTo(Fingerprint print) {
    print.add(elections).add(writes).add(changes).add(newestElected());
    for (int at = 0; at < members.length; at++) {
      members[print.nodeAt(at)].addTo(print);
    }
    for (Acknowledged write : acknowledged) {
      print.add(write.index).add(write.write);
    }
    for (int write = 1; write <= writes; write++) {
      print.addNode(pending.getOrDefault(write, RaftMember.NOBODY));
    }
  }
}
