package io.vxmeta.shardmap.plan;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/// What all nodes have of all measures, and what they should have.
final class Accounts {
  /// Load below which no node is worth moving data for, in operations a second.
  static final double NEGLIGIBLE_LOAD = 1_000;

  /// Bytes, as a part of a node's capacity, that are not worth it.
  static final double NEGLIGIBLE_FILL = 0.01;

  private final PlacementFacts facts;
  private final Ground ground;
  private final Account replicas;
  private final Account bytes;
  private final List<Account> data;
  private final Account leads;

  Accounts(PlacementFacts facts, Ground ground) {
    this.facts = facts;
    this.ground = ground;
    replicas = account(Measure.REPLICAS, group -> 1, node -> 0);
    bytes = account(Measure.BYTES, GroupFacts::bytes, Accounts::negligibleBytes);
    Account load = account(Measure.LOAD, GroupFacts::operationsPerSecond, node -> NEGLIGIBLE_LOAD);
    data = List.of(replicas, bytes, load);
    leads = account(Measure.LEADERS, group -> 1, node -> 0);
  }

  private Account account(
      Measure measure, ToLongFunction<GroupFacts> ofGroup, ToDoubleFunction<NodeFacts> negligible) {
    return new Account(
        measure,
        facts.groups().stream().mapToLong(ofGroup).toArray(),
        facts.nodes().stream().mapToDouble(negligible).toArray());
  }

  private static double negligibleBytes(NodeFacts node) {
    return NEGLIGIBLE_FILL * (double) node.capacityBytes();
  }

  /// The node takes a replica of the group.
  void enter(int node, int group) {
    for (Account account : data) {
      account.add(node, group);
    }
  }

  /// The node gives its replica of the group away.
  void leave(int node, int group) {
    for (Account account : data) {
      account.remove(node, group);
    }
  }

  /// Deals out what is on the given nodes to those that serve.
  void share(int[] on) {
    double pieces = total(replicas, on);
    data.forEach(
        account -> account.share(ground, ground::replicaFraction, total(account, on), pieces));
  }

  /// Deals out the leads that nodes which serve have.
  void shareLeads() {
    double total = total(leads, ground.serving().toArray());
    leads.share(ground, ground::leadFraction, total, total);
  }

  private static double total(Account account, int[] nodes) {
    return (double) Arrays.stream(nodes).mapToLong(account::on).sum();
  }

  /// Replicas, bytes and load.
  List<Account> data() {
    return data;
  }

  Account bytes() {
    return bytes;
  }

  Account leads() {
    return leads;
  }

  /// How full the node is, in shares of all that matters.
  double pressure(int node) {
    double pressure = 0;
    for (Account account : data) {
      pressure += account.fill(node);
    }
    return pressure;
  }

  double addingCost(int node, int group) {
    double cost = 0;
    for (Account account : data) {
      cost += account.addingCost(node, group);
    }
    return cost;
  }

  double removingCost(int node, int group) {
    double cost = 0;
    for (Account account : data) {
      cost += account.removingCost(node, group);
    }
    return cost;
  }

  double weight(int node, int group) {
    double weight = 0;
    for (Account account : data) {
      weight += account.weight(node, group);
    }
    return weight;
  }
}
