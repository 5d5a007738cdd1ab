package io.vxmeta.client.cli;

import io.vxmeta.client.ClusterAdmin.Answering;
import io.vxmeta.client.ClusterAdmin.MoveStatus;
import io.vxmeta.client.ClusterAdmin.NodeReport;
import io.vxmeta.client.ClusterAdmin.NodeStatus;
import io.vxmeta.client.ClusterAdmin.NotReady;
import io.vxmeta.client.ClusterAdmin.ReplicaStatus;
import io.vxmeta.client.ClusterAdmin.Silent;
import io.vxmeta.client.ReplicaRole;
import io.vxmeta.shardmap.Epoch;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/// What the nodes of a cluster say of themselves, put side by side, and what is wrong with it in
/// words.
record ClusterReport(List<NodeReport> nodes, Optional<ShardMap> map) {

  /// Entries a healthy replica may be behind; more is worth a word.
  private static final long LAG_MAX = 10_000;

  ClusterReport {
    nodes = List.copyOf(nodes);
  }

  /// A replica and the node that speaks of it.
  record Member(String node, ReplicaStatus status) {}

  List<Answering> answering() {
    return nodes.stream().filter(Answering.class::isInstance).map(Answering.class::cast).toList();
  }

  /// Members that answer, by group.
  Map<ShardGroupId, List<Member>> members() {
    Map<ShardGroupId, List<Member>> members = new TreeMap<>();
    for (Answering node : answering()) {
      for (ReplicaStatus replica : node.status().replicas()) {
        members
            .computeIfAbsent(replica.group(), g -> new ArrayList<>())
            .add(new Member(node.node(), replica));
      }
    }
    return members;
  }

  /// Who leads: of several that say so, the one in the highest term.
  static Optional<Member> leader(List<Member> members) {
    return members.stream()
        .filter(member -> member.status().role() == ReplicaRole.LEADER)
        .max(Comparator.comparingLong(member -> member.status().term()));
  }

  /// Moves that are under way, as the leader of the root group says, where they are ordered, or
  /// else a node with the newest shard map; the step is from whoever leads the group.
  List<MoveStatus> moves() {
    List<MoveStatus> moves = new ArrayList<>();
    for (MoveStatus known : newest().map(NodeStatus::moves).orElse(List.of())) {
      moves.add(
          answering().stream()
              .flatMap(node -> node.status().moves().stream())
              .filter(each -> each.move().equals(known.move()) && !each.step().isEmpty())
              .findFirst()
              .orElse(known));
    }
    return moves;
  }

  /// Of the root group's leader's shard map, if it answers: what it does not say is under way has
  /// ended by then.
  Optional<Epoch> movesEpoch() {
    return newest().filter(node -> rootLeader().contains(node.node())).map(NodeStatus::mapEpoch);
  }

  private Set<String> rootLeader() {
    return leader(members().getOrDefault(ShardGroupId.ROOT, List.of())).stream()
        .map(Member::node)
        .collect(Collectors.toSet());
  }

  private Optional<NodeStatus> newest() {
    Set<String> rootLeader = rootLeader();
    return answering().stream()
        .max(
            Comparator.<Answering, Boolean>comparing(node -> rootLeader.contains(node.node()))
                .thenComparing(node -> node.status().mapEpoch()))
        .map(Answering::status);
  }

  /// One line each, cause and remedy; empty = all is well.
  List<String> problems() {
    List<String> problems = new ArrayList<>();
    for (NodeReport node : nodes) {
      nodeProblem(node).ifPresent(problems::add);
    }
    differing("cluster", NodeStatus::clusterId)
        .ifPresent(found ->
            problems.add("nodes of different clusters answer: " + found + "; check the endpoints"));
    differing("version", NodeStatus::version)
        .ifPresent(found -> problems.add("nodes run different versions: " + found));
    map.ifPresent(known -> known.groups().forEach(group -> groupProblems(group, problems)));
    return problems;
  }

  /// One that was announced and has not come is none.
  private Optional<String> nodeProblem(NodeReport node) {
    boolean toCome =
        map.stream()
            .flatMap(known -> known.nodes().stream())
            .filter(known -> known.duty() == Node.Duty.JOINING)
            .anyMatch(known -> known.id().value().equals(node.node()));
    if (toCome) {
      return Optional.empty();
    }
    if (node instanceof Silent silent) {
      return Optional.of(
          node.node()
              + " at "
              + node.endpoint()
              + " does not answer: "
              + silent.why()
              + remedy(silent));
    }
    if (((Answering) node).status().readiness() instanceof NotReady notReady) {
      return Optional.of(node.node() + " is not ready: " + notReady.reason());
    }
    return Optional.empty();
  }

  /// An endpoint that no map names was typed by somebody, and may be none of a node.
  private static String remedy(Silent silent) {
    boolean typed = silent.node().equals(silent.endpoint().toString());
    String hint = typed ? Hint.of(silent.why()) : "";
    return hint.isEmpty() ? "; look at its process and its log" : hint;
  }

  private Optional<String> differing(String what, Function<NodeStatus, String> of) {
    Map<String, List<String>> found = new TreeMap<>();
    for (Answering node : answering()) {
      found.computeIfAbsent(of.apply(node.status()), v -> new ArrayList<>()).add(node.node());
    }
    return found.size() < 2
        ? Optional.empty()
        : Optional.of(
            found.entrySet().stream()
                .map(entry -> what + "=" + entry.getKey() + " on " + entry.getValue())
                .collect(Collectors.joining(", ")));
  }

  private void groupProblems(ShardGroup group, List<String> problems) {
    List<Member> members = members().getOrDefault(group.id(), List.of());
    Set<NodeId> names = voters(group, members);
    long alive = names.stream().filter(node -> has(members, node.value())).count();
    int voters = names.size();
    int majority = voters / 2 + 1;
    if (alive < majority) {
      problems.add(
          name(group)
              + " has no majority: "
              + alive
              + " of "
              + voters
              + " voters answer; writes and linearizable reads wait until "
              + majority
              + " do: start the others");
    } else if (leader(members).isEmpty()) {
      problems.add(
          name(group)
              + " has no leader although "
              + alive
              + " of "
              + voters
              + " voters answer; an election may be running: ask again in a few seconds");
    } else if (alive < voters && alive == majority) {
      problems.add(
          name(group)
              + " survives no further failure: "
              + alive
              + " of "
              + voters
              + " voters answer");
    }
    if (!names.equals(Set.copyOf(group.voters())) && isSettled(group)) {
      problems.add(
          name(group)
              + " has the voters "
              + new TreeSet<>(names)
              + " and the shard map names "
              + new TreeSet<>(group.voters())
              + ", although no move is under way, and no move leaves that behind; keep the nodes'"
              + " logs and data directories, and report it");
    }
    for (Member member : members) {
      if (member.status().lag() > LAG_MAX) {
        problems.add(
            name(group) + " lags on " + member.node() + ": entries=" + member.status().lag());
      }
    }
  }

  /// Who counts for a majority: by the log of whoever leads, or of a member in the highest term; by
  /// the map when none tells.
  private static Set<NodeId> voters(ShardGroup group, List<Member> members) {
    return leader(members)
        .or(() -> members.stream().max(Comparator.comparingLong(each -> each.status().term())))
        .map(member -> member.status().voters())
        .filter(voters -> !voters.isEmpty())
        .orElse(Set.copyOf(group.voters()));
  }

  /// The map is the newest that there is, and the group is not being changed.
  private boolean isSettled(ShardGroup group) {
    return map.isPresent()
        && answering().stream()
            .allMatch(node -> node.status().mapEpoch().compareTo(map.get().epoch()) <= 0)
        && moves().stream().noneMatch(each -> each.move().group().equals(group.id()));
  }

  private static boolean has(List<Member> members, String node) {
    return members.stream().anyMatch(member -> member.node().equals(node));
  }

  private static String name(ShardGroup group) {
    return group.id().isRoot() ? "the root group (0)" : "group " + group.id();
  }
}
