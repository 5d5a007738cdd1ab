package io.vxmeta.shardmap.plan;

import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.Replica;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Optional;
import java.util.stream.IntStream;

/// A placement being drafted: where each replica and lead is by now, with sums per node that follow
/// each change.
final class Draft {
  /* Threads: one. Nodes and groups are numbers (their places by name).
   * Invariants: a node is in a group once; voters of a group stand in ascending order; a leader is a voter on a node that
   *   lives; sums and ranking agree with the voters and listeners. A frozen group never changes.
   * Nothing here decides; the rooms' other types do, and every decision must follow from the state alone, so that a plan made of
   * the finished draft finds nothing more to do. */

  static final int NONE = -1;

  private final PlacementFacts facts;
  private final Ground ground;
  private final Ranking ranking;
  private final int[][] voters;
  private final int[][] listeners;
  private final int[] leader;
  private final BitSet frozen = new BitSet();
  private final BitSet[] groupsOn;
  private final Accounts accounts;
  private final DraftLog log;

  Draft(PlacementFacts facts, PlanLimits limits) {
    this.facts = facts;
    int groups = facts.groups().size();
    ground = new Ground(facts.nodes(), facts.replication(), limits.fillPercentMax());
    ranking = new Ranking(ground);
    voters = new int[groups][];
    listeners = new int[groups][];
    leader = new int[groups];
    groupsOn = new BitSet[ground.size()];
    Arrays.setAll(groupsOn, node -> new BitSet());
    accounts = new Accounts(facts, ground);
    log = new DraftLog(ground.size());
    for (int group = 0; group < groups; group++) {
      load(group, facts.groups().get(group));
    }
  }

  private void load(int group, GroupFacts from) {
    voters[group] = members(from, Replica.Role.VOTER);
    listeners[group] = members(from, Replica.Role.LISTENER);
    leader[group] = NONE;
    for (int node : voters[group]) {
      enter(group, node);
    }
    for (int node : listeners[group]) {
      enter(group, node);
    }
    frozen.set(group, 2 * livingVoters(group) <= voters[group].length);
    Optional<NodeId> known = from.leader();
    if (known.isPresent() && ground.lives(ground.number(known.get()))) {
      lead(group, ground.number(known.get()));
    }
  }

  private int[] members(GroupFacts group, Replica.Role role) {
    return group.replicas().stream()
        .filter(replica -> replica.role() == role)
        .mapToInt(replica -> ground.number(replica.node()))
        .sorted()
        .toArray();
  }

  private void enter(int group, int node) {
    groupsOn[node].set(group);
    accounts.enter(node, group);
  }

  private void leave(int group, int node) {
    groupsOn[node].clear(group);
    accounts.leave(node, group);
  }

  /// Sets shares as if all there is had to find a place on the nodes that serve.
  void shareAll() {
    share(IntStream.range(0, ground.size()).toArray());
  }

  /// Sets shares of what is on the nodes that serve.
  void shareServing() {
    share(ground.serving().toArray());
  }

  private void share(int[] on) {
    accounts.share(on);
    ground.serving().forEach(this::rankIfServing);
  }

  private void rankIfServing(int node) {
    if (serves(node)) {
      ranking.rank(node, accounts.pressure(node));
    }
  }

  /// Makes the node a voter of the group; a listener of it is promoted.
  void place(int group, int node) {
    if (isOn(group, node)) {
      listeners[group] = without(listeners[group], node);
    } else {
      enter(group, node);
      rankIfServing(node);
    }
    voters[group] =
        IntStream.concat(Arrays.stream(voters[group]), IntStream.of(node)).sorted().toArray();
    log.placed(group, node);
  }

  /// Takes the node's voter or listener out of the group. A lead goes to the voter that leads
  /// least.
  void drop(int group, int node) {
    voters[group] = without(voters[group], node);
    listeners[group] = without(listeners[group], node);
    leave(group, node);
    rankIfServing(node);
    if (leader[group] == node) {
      lead(group, lightestLeader(group, node));
    }
    log.dropped(group, node);
  }

  /// The voter that would lead least: of those that serve if there are any, else of those whose
  /// nodes live at least; never `except`.
  int lightestLeader(int group, int except) {
    int best = NONE;
    for (int node : voters[group]) {
      if (node != except && ground.lives(node) && (best == NONE || isBetterLeader(node, best))) {
        best = node;
      }
    }
    return best;
  }

  private boolean isBetterLeader(int node, int than) {
    if (serves(node) && serves(than)) {
      return (2 * accounts.leads().on(node) + 1) * ground.leadFraction(than)
          < (2 * accounts.leads().on(than) + 1) * ground.leadFraction(node);
    }
    return serves(node) || (keeps(node) && !keeps(than));
  }

  private static int[] without(int[] members, int node) {
    return Arrays.stream(members).filter(member -> member != node).toArray();
  }

  /// Moves the group's lead to a node; [#NONE]: nobody knows who leads.
  void lead(int group, int node) {
    if (leader[group] != NONE) {
      accounts.leads().remove(leader[group], group);
    }
    if (node != NONE) {
      accounts.leads().add(node, group);
    }
    leader[group] = node;
  }

  PlacementFacts facts() {
    return facts;
  }

  Ground ground() {
    return ground;
  }

  Accounts accounts() {
    return accounts;
  }

  DraftLog log() {
    return log;
  }

  Ranking ranking() {
    return ranking;
  }

  int groups() {
    return voters.length;
  }

  int replication() {
    return facts.replication();
  }

  GroupFacts groupFacts(int group) {
    return facts.groups().get(group);
  }

  /// Ascending; not to be changed.
  int[] voters(int group) {
    return voters[group];
  }

  /// Ascending; not to be changed.
  int[] listeners(int group) {
    return listeners[group];
  }

  /// Who leads, or [#NONE].
  int leader(int group) {
    return leader[group];
  }

  /// Whether the group lost its majority, so that nothing of it can change.
  boolean isFrozen(int group) {
    return frozen.get(group);
  }

  /// Whether the group has its replication of voters, no more, all on nodes that keep them. Only
  /// such groups move for zones and balance.
  boolean isWhole(int group) {
    return voters[group].length == facts.replication()
        && keptVoters(group) == facts.replication()
        && !isFrozen(group);
  }

  boolean isVoter(int group, int node) {
    return Arrays.binarySearch(voters[group], node) >= 0;
  }

  boolean isOn(int group, int node) {
    return groupsOn[node].get(group);
  }

  /// The groups with a replica on the node; not to be changed.
  BitSet groupsOn(int node) {
    return groupsOn[node];
  }

  boolean serves(int node) {
    return ground.serves(node);
  }

  boolean keeps(int node) {
    return ground.keeps(node);
  }

  int livingVoters(int group) {
    return (int) Arrays.stream(voters[group]).filter(ground::lives).count();
  }

  int keptVoters(int group) {
    int count = 0;
    for (int node : voters[group]) {
      count += keeps(node) ? 1 : 0;
    }
    return count;
  }

  /// Voters of the group in the zone on nodes that keep them, without one of them.
  int votersIn(int group, int zone, int except) {
    int count = 0;
    for (int node : voters[group]) {
      if (node != except && ground.zoneOf(node) == zone && keeps(node)) {
        count++;
      }
    }
    return count;
  }

  /// Whether the node is free of the group and has room for it.
  boolean admits(int node, int group) {
    Account bytes = accounts.bytes();
    return !isOn(group, node) && bytes.on(node) + bytes.of(group) <= ground.room(node);
  }
}
