package io.vxmeta.chaos.nemesis;

import static io.vxmeta.chaos.nemesis.FaultFamily.PARTITION;
import static io.vxmeta.chaos.net.Wires.CLIENT;

import io.vxmeta.chaos.net.Disturbance;
import io.vxmeta.chaos.net.Trouble;
import io.vxmeta.chaos.net.Way;
import io.vxmeta.shardmap.NodeId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/// Parties that do not hear each other.
final class Partitions {
  /* Every name says who is cut from whom; clients reach every node unless the name says otherwise. Nobody is claimed: a
   * partition hurts no node, and several of them compose. */

  private static final Trouble CUT = new Trouble.Cut();
  private static final Needs CUTTABLE =
      Needs.wires(Trouble.Cut.class).and(Needs.nodes(2, "add one"));
  private static final int FLAP_MS_LEAST = 100;
  private static final int FLAP_MS_MOST = 1_500;

  private Partitions() {}

  /// The ways to cut, and what to call it.
  private record Split(String description, Set<Way> ways) {}

  /// Chooses whom to part from whom.
  private interface Choice {
    Split split(Battlefield field, Random random);
  }

  static List<Fault> all() {
    List<Fault> faults = new ArrayList<>();
    faults.add(
        new Recipe(
            "isolate-leader",
            PARTITION,
            "a node that leads hears no other node",
            CUTTABLE,
            (field, random) ->
                leader(field, random)
                    .map(node -> part(field, "isolate-leader", isolate(field, node)))));
    faults.add(
        cut(
            "isolate-follower",
            "the node that leads least hears no other node",
            (field, random) -> isolate(field, follower(field, random))));
    faults.add(cut("unplug", "a node hears nobody, no client either", Partitions::unplug));
    faults.add(
        cut("halves", "a minority and a majority do not hear each other", Partitions::halves));
    faults.add(
        cut("bridge", "two halves hear each other only through one node", Partitions::bridge));
    faults.add(ring());
    faults.add(cut("one-way", "a node is deaf or mute to the others", Partitions::oneWay));
    faults.add(
        cut(
            "client-cut",
            "clients and one node do not hear each other",
            (field, random) -> clients(any(field, random), node -> Way.between(CLIENT, node))));
    faults.add(
        cut(
            "answers-lost",
            "one node hears clients and they do not hear it",
            (field, random) -> clients(any(field, random), node -> Way.oneWay(node, CLIENT))));
    faults.add(
        cut(
            "raft-line-cut",
            "a node gets no votes and no entries; confirmations of reads pass",
            (field, random) -> line(field, random, Way.Line.RAFT)));
    faults.add(
        cut(
            "peer-line-cut",
            "a node gets no confirmations of reads; votes and entries pass",
            (field, random) -> line(field, random, Way.Line.PEER)));
    faults.add(
        new Recipe(
            "flapping",
            PARTITION,
            "a node is cut off and back, again and again",
            CUTTABLE,
            Partitions::flap));
    return faults;
  }

  private static Fault cut(String name, String summary, Choice choice) {
    return new Recipe(name, PARTITION, summary, CUTTABLE, cutting(name, choice));
  }

  private static Recipe.Blow cutting(String name, Choice choice) {
    return (field, random) -> Optional.of(part(field, name, choice.split(field, random)));
  }

  private static Injury part(Battlefield field, String name, Split split) {
    return Troubled.put(field, name + " " + split.description(), split.ways(), CUT);
  }

  private static Fault ring() {
    Needs five =
        CUTTABLE.and(Needs.nodes(5, "with fewer a ring of majorities is a bridge; use bridge"));
    return new Recipe(
        "majorities-ring",
        PARTITION,
        "every node hears a majority, no two the same",
        five,
        cutting("majorities-ring", Partitions::majoritiesRing));
  }

  private static Split isolate(Battlefield field, NodeId node) {
    return new Split(node.value(), Way.between(List.of(node), field.cluster().nodes()));
  }

  private static Split unplug(Battlefield field, Random random) {
    NodeId node = any(field, random);
    Set<Way> ways = Way.between(List.of(node), field.cluster().nodes());
    ways.addAll(Way.between(CLIENT, node));
    return new Split(node.value(), ways);
  }

  private static Split halves(Battlefield field, Random random) {
    List<NodeId> nodes = shuffled(field, random);
    List<NodeId> minority = nodes.subList(0, Math.max(1, (nodes.size() - 1) / 2));
    List<NodeId> majority = nodes.subList(minority.size(), nodes.size());
    return new Split(
        Kills.names(minority) + " | " + Kills.names(majority), Way.between(minority, majority));
  }

  private static Split bridge(Battlefield field, Random random) {
    List<NodeId> nodes = shuffled(field, random);
    int half = nodes.size() / 2;
    List<NodeId> here = nodes.subList(1, 1 + half);
    List<NodeId> there = nodes.subList(1 + half, nodes.size());
    return new Split(
        "%s | %s over %s".formatted(Kills.names(here), Kills.names(there), nodes.getFirst()),
        Way.between(here, there));
  }

  /// In a circle each hears the nearest on both sides, as many as make a majority with itself.
  private static Split majoritiesRing(Battlefield field, Random random) {
    List<NodeId> circle = shuffled(field, random);
    int n = circle.size();
    int reach = (n / 2 + 1) / 2;
    Set<Way> ways = new HashSet<>();
    for (int i = 0; i < n; i++) {
      for (int j = i + 1; j < n; j++) {
        if (Math.min(j - i, n - (j - i)) > reach) {
          ways.addAll(Way.between(circle.get(i), circle.get(j)));
        }
      }
    }
    return new Split(circle.toString(), ways);
  }

  private static Split oneWay(Battlefield field, Random random) {
    NodeId node = any(field, random);
    boolean mute = random.nextBoolean();
    Set<Way> ways = new HashSet<>();
    for (NodeId other : field.cluster().nodes()) {
      if (!other.equals(node)) {
        ways.addAll(mute ? Way.oneWay(node, other) : Way.oneWay(other, node));
      }
    }
    return new Split(node + (mute ? " mute" : " deaf"), ways);
  }

  private static Split clients(NodeId node, Function<NodeId, Set<Way>> ways) {
    return new Split(node.value(), ways.apply(node));
  }

  private static Split line(Battlefield field, Random random, Way.Line line) {
    NodeId node = any(field, random);
    Set<Way> ways = Way.between(List.of(node), field.cluster().nodes());
    ways.removeIf(way -> way.line() != line);
    return new Split(node.value(), ways);
  }

  private static Optional<Injury> flap(Battlefield field, Random random) {
    Split split = isolate(field, any(field, random));
    AtomicLong hindered = new AtomicLong();
    long since = System.nanoTime();
    Repetition loop =
        Repetition.start(
            "flapping",
            random,
            (turn, dice) -> {
              Disturbance cut = Troubled.wires(field).disturb(split.ways(), CUT);
              try {
                turn.rest(dice, FLAP_MS_LEAST, FLAP_MS_MOST);
              } finally {
                cut.lift();
              }
              hindered.addAndGet(cut.hindered());
              turn.rest(dice, FLAP_MS_LEAST, FLAP_MS_MOST);
            });
    return Optional.of(
        new Wound(
            "flapping " + split.description(),
            () -> {
              int cuts = Troubled.endNotBefore(since, loop);
              return Evidence.of(
                  hindered.get() > 0, "cuts=%d hindered=%d".formatted(cuts, hindered.get()));
            }));
  }

  /// Nobody while nobody says that it leads.
  private static Optional<NodeId> leader(Battlefield field, Random random) {
    List<NodeId> leaders =
        field.leaders().keySet().stream().sorted(Comparator.comparing(NodeId::value)).toList();
    return leaders.isEmpty()
        ? Optional.empty()
        : Optional.of(leaders.get(random.nextInt(leaders.size())));
  }

  private static NodeId follower(Battlefield field, Random random) {
    Map<NodeId, Integer> leads = field.leaders();
    return shuffled(field, random).stream()
        .min(Comparator.comparing(node -> leads.getOrDefault(node, 0)))
        .orElseThrow();
  }

  /// One that runs and is nobody's, if there is one: the dead are cut off already.
  static NodeId any(Battlefield field, Random random) {
    List<NodeId> nodes = field.free().isEmpty() ? field.cluster().nodes() : field.free();
    return nodes.get(random.nextInt(nodes.size()));
  }

  private static List<NodeId> shuffled(Battlefield field, Random random) {
    List<NodeId> nodes = new ArrayList<>(field.cluster().nodes());
    Collections.shuffle(nodes, random);
    return nodes;
  }
}
