package io.vxmeta.client.cli;

import com.google.gson.stream.JsonWriter;
import io.vxmeta.client.ClusterAdmin;
import io.vxmeta.client.ClusterAdmin.Departure;
import io.vxmeta.client.ClusterAdmin.DutyChange;
import io.vxmeta.client.ClusterAdmin.MoveOrder;
import io.vxmeta.client.ClusterAdmin.NodeDuty;
import io.vxmeta.client.ClusterAdmin.NodeStatus;
import io.vxmeta.client.ClusterAdmin.ReplicaStatus;
import io.vxmeta.client.VxClient;
import io.vxmeta.shardmap.Endpoint;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.Placement;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// The nodes of a cluster: which there are, which come and go, and taking leadership off one.
@Command(
    name = "node",
    description =
        "The nodes of a cluster: which there are, which come and go, and taking leadership off"
            + " one.",
    mixinStandardHelpOptions = true)
final class NodeCommand {

  private final Streams streams;

  NodeCommand(Streams streams) {
    this.streams = streams;
  }

  /// What a change of duty came to.
  private record Marked(NodeId node, Node.Duty duty, NodeDuty answer, List<ShardGroupId> leads) {}

  @Command(
      name = "list",
      description = "Every node: where it is, how it does, what it leads and holds.",
      mixinStandardHelpOptions = true)
  int list(@Mixin Connection connection, @Mixin Output output) {
    List<NodeView> nodes;
    try (VxClient client = connection.open()) {
      nodes = NodeView.all(client.admin(), client.admin().shardMap());
    }
    TextTable table =
        new TextTable("NODE", "ZONE", "CLIENT", "STATE", "LEADS", "REPLICAS", "VERSION")
            .wide("PEER", "RAFT", "TROUBLE");
    for (NodeView node : nodes) {
      table.row(
          node.node().id(),
          node.node().zone().isEmpty() ? "-" : node.node().zone(),
          clients(node.node()),
          node.state(),
          node.leads().size(),
          node.replicas().size(),
          node.status().map(NodeStatus::version).orElse("-"),
          node.node().peer(),
          node.node().raft(),
          node.trouble().orElse("-"));
    }
    output.print(streams, Listing.of("node", json -> write(json, nodes)).table(table));
    return ExitCode.OK;
  }

  private static void write(JsonWriter json, List<NodeView> nodes) throws IOException {
    json.beginArray();
    for (NodeView node : nodes) {
      json.beginObject();
      write(json, node);
      json.endObject();
    }
    json.endArray();
  }

  private static String clients(Node node) {
    return node.clientEndpoints().stream().map(Endpoint::toString).collect(Collectors.joining(","));
  }

  private static void write(JsonWriter json, NodeView view) throws IOException {
    Node node = view.node();
    json.name("node").value(node.id().value()).name("zone").value(node.zone());
    json.name("client").beginArray();
    for (Endpoint endpoint : node.clientEndpoints()) {
      json.value(endpoint.toString());
    }
    json.endArray().name("peer").value(node.peer().toString());
    json.name("raft").value(node.raft().toString());
    json.name("state").value(view.state().toString()).name("draining").value(node.drains());
    groups(json.name("leads"), view.leads());
    groups(json.name("replicas"), view.replicas());
    if (view.status().isPresent()) {
      json.name("version").value(view.status().get().version());
    }
    if (view.trouble().isPresent()) {
      json.name("trouble").value(view.trouble().get());
    }
  }

  private static void groups(JsonWriter json, List<ShardGroupId> groups) throws IOException {
    json.beginArray();
    for (ShardGroupId group : groups) {
      json.value(group.value());
    }
    json.endArray();
  }

  @Command(
      name = "describe",
      description = "One node with each of its replicas.",
      mixinStandardHelpOptions = true)
  int describe(
      @Mixin Connection connection,
      @Mixin Output output,
      @Parameters(paramLabel = "NODE", description = "The node's name.") String name) {
    ShardMap map;
    NodeView node;
    try (VxClient client = connection.open()) {
      map = client.admin().shardMap();
      NodeId id = node(map, name).id();
      node =
          NodeView.all(client.admin(), map).stream()
              .filter(each -> each.node().id().equals(id))
              .findFirst()
              .orElseThrow();
    }
    List<ReplicaStatus> replicas = node.status().map(NodeStatus::replicas).orElse(List.of());
    output.print(
        streams,
        Listing.of("node", json -> describe(json, map, node, replicas))
            .table(facts(map, node))
            .line("")
            .table(table(map, replicas))
            .named(List.of(name)));
    return ExitCode.OK;
  }

  private static void describe(
      JsonWriter json, ShardMap map, NodeView node, List<ReplicaStatus> replicas)
      throws IOException {
    json.beginObject();
    write(json, node);
    json.name("map_epoch").value(map.epoch().value()).name("groups").beginArray();
    for (ReplicaStatus replica : replicas) {
      json.beginObject().name("group").value(replica.group().value());
      json.name("role").value(replica.role().name());
      json.name("leader").value(replica.leaderNode());
      json.name("preferred").value(preferred(map, replica.group()));
      json.name("revision").value(replica.revision().value());
      json.name("lag").value(replica.lag()).endObject();
    }
    json.endArray().endObject();
  }

  private static TextTable facts(ShardMap map, NodeView view) {
    Node node = view.node();
    TextTable facts =
        TextTable.facts()
            .row("node", node.id())
            .row("state", view.state())
            .row("duty", word(node.duty()))
            .row("zone", node.zone().isEmpty() ? "-" : node.zone())
            .row("client", clients(node))
            .row("peer", node.peer())
            .row("raft", node.raft())
            .row("map epoch", map.epoch())
            .row("version", view.status().map(NodeStatus::version).orElse("-"));
    view.trouble().ifPresent(trouble -> facts.row("trouble", trouble));
    return facts;
  }

  private static TextTable table(ShardMap map, List<ReplicaStatus> replicas) {
    TextTable table = new TextTable("GROUP", "ROLE", "LEADER", "PREFERRED", "REVISION", "LAG");
    for (ReplicaStatus replica : replicas) {
      table.row(
          replica.group(),
          replica.role().name().toLowerCase(Locale.ROOT),
          replica.leaderNode().isEmpty() ? "NONE" : replica.leaderNode(),
          preferred(map, replica.group()),
          replica.revision(),
          replica.lag());
    }
    return table;
  }

  private static String preferred(ShardMap map, ShardGroupId group) {
    return map.findGroup(group).map(known -> Placement.preferredLeader(known).value()).orElse("-");
  }

  @Command(
      name = "drain",
      description =
          "Has a node lead nothing any more: it keeps its replicas, gives away what it leads, and"
              + " gets no lead until it is undrained. With --wait it returns when the node leads"
              + " nothing; exit code 4 if it still does after --timeout, and the mark stays.",
      mixinStandardHelpOptions = true)
  int drain(
      @Mixin Connection connection,
      @Mixin Output output,
      @Parameters(paramLabel = "NODE", description = "The node's name.") String name,
      @Option(names = "--wait", description = "Return when the node leads nothing.") boolean wait) {
    try (VxClient client = connection.open()) {
      Marked marked = mark(client.admin(), name, Node.Duty.DRAINING);
      if (wait) {
        new NodeDrain(client.admin(), marked.node()).await(connection.timeout());
        marked = new Marked(marked.node(), marked.duty(), marked.answer(), List.of());
      }
      print(output, marked);
    }
    return ExitCode.OK;
  }

  @Command(
      name = "undrain",
      description =
          "Lets a drained node lead again; what the shard map wants there comes back by itself.",
      mixinStandardHelpOptions = true)
  int undrain(
      @Mixin Connection connection,
      @Mixin Output output,
      @Parameters(paramLabel = "NODE", description = "The node's name.") String name) {
    try (VxClient client = connection.open()) {
      print(output, mark(client.admin(), name, Node.Duty.SERVING));
    }
    return ExitCode.OK;
  }

  @Command(
      name = "join",
      description =
          "Announces a node that is to join the cluster. It joins when it is started with `join` in"
              + " its configuration and an empty data directory; until then it is listed as"
              + " joining. With --wait it returns when the node has joined; exit code 4 if it has"
              + " not after --timeout.",
      mixinStandardHelpOptions = true)
  int join(
      @Mixin Connection connection,
      @Mixin Output output,
      @Parameters(paramLabel = "NODE", description = "The node's name, never used before.")
          String name,
      @Option(
              names = "--client",
              required = true,
              paramLabel = "HOST:PORT",
              description = "Where clients reach it.")
          String client,
      @Option(
              names = "--peer",
              required = true,
              paramLabel = "HOST:PORT",
              description = "Where other nodes reach it, beside Raft.")
          String peer,
      @Option(
              names = "--raft",
              required = true,
              paramLabel = "HOST:PORT",
              description = "Where the Raft servers of other nodes reach it.")
          String raft,
      @Option(names = "--zone", defaultValue = "", description = "What fails together with it.")
          String zone,
      @Option(names = "--wait", description = "Return when the node has joined.") boolean wait) {
    Node node =
        new Node(
            new NodeId(name),
            zone,
            List.of(Endpoint.parse(client)),
            Endpoint.parse(raft),
            Endpoint.parse(peer));
    NodeDuty answer;
    Node.Duty duty;
    try (VxClient open = connection.open()) {
      answer = open.admin().joinNode(node);
      if (wait) {
        new NodePresence(open.admin(), node.id()).awaitJoined(answer.epoch(), connection.timeout());
      }
      // A node that has not heard of it yet may be the one that is asked.
      duty =
          open.admin().askShardMap().findNode(node.id()).map(Node::duty).orElse(Node.Duty.JOINING);
    }
    boolean changed = answer.change() == DutyChange.CHANGED;
    Listing listing =
        Listing.of(
                "node",
                json ->
                    json.beginObject()
                        .name("node")
                        .value(name)
                        .name("duty")
                        .value(word(duty))
                        .name("changed")
                        .value(changed)
                        .name("map_epoch")
                        .value(answer.epoch().value())
                        .endObject())
            .named(List.of(name))
            .line(
                "node="
                    + name
                    + " duty="
                    + word(duty)
                    + (changed ? "" : " (as before)")
                    + " epoch="
                    + answer.epoch());
    if (duty == Node.Duty.JOINING) {
      listing.line(
          "next: start it with `join: CLIENT-ENDPOINTS` of this cluster, itself as the only one of"
              + " `nodes`, and an empty data directory");
    }
    output.print(streams, listing);
    return ExitCode.OK;
  }

  @Command(
      name = "decommission",
      description =
          "Has a node leave the cluster for good: its replicas move to other nodes, one after the"
              + " other, while all groups serve; then nobody names it any more, and its process"
              + " ends. It may be down. `vxctl node undrain` takes it back as long as it is listed."
              + " With --wait it returns when the node has left; exit code 4 if it has not after"
              + " --timeout, and it goes on.",
      mixinStandardHelpOptions = true)
  int decommission(
      @Mixin Connection connection,
      @Mixin Output output,
      @Mixin DepartureChoice choice,
      @Parameters(paramLabel = "NODE", description = "The node's name.") String name) {
    return remove(connection, output, choice, name, Optional.empty());
  }

  @Command(
      name = "replace",
      description =
          "Has a node leave the cluster as `decommission` does, and another one, which has joined,"
              + " take over what it has.",
      mixinStandardHelpOptions = true)
  int replace(
      @Mixin Connection connection,
      @Mixin Output output,
      @Mixin DepartureChoice choice,
      @Parameters(index = "0", paramLabel = "NODE", description = "The node that leaves.")
          String name,
      @Parameters(index = "1", paramLabel = "TO", description = "The node in its place.")
          String successor) {
    return remove(connection, output, choice, name, Optional.of(new NodeId(successor)));
  }

  private int remove(
      Connection connection,
      Output output,
      DepartureChoice choice,
      String name,
      Optional<NodeId> successor) {
    if (choice.isDryRun()) {
      return wouldLeave(connection, output, name, successor);
    }
    choice.requireYes(name);
    NodeId node = new NodeId(name);
    Departure departure;
    boolean left;
    try (VxClient client = connection.open()) {
      departure = client.admin().removeNode(node, successor);
      left = departure.order() == MoveOrder.DONE_ALREADY;
      if (choice.waits() && !left) {
        new NodePresence(client.admin(), node).awaitLeft(departure.epoch(), connection.timeout());
        left = true;
      }
    }
    String words =
        switch (departure.order()) {
          case ORDERED -> "leaving";
          case UNDER_WAY_ALREADY -> "leaving (as before)";
          case DONE_ALREADY -> "left";
        };
    boolean gone = left;
    output.print(
        streams,
        Listing.of(
                "node",
                json -> {
                  json.beginObject().name("node").value(name);
                  json.name("successor").value(successor.map(NodeId::value).orElse(null));
                  json.name("ordered").value(departure.order() == MoveOrder.ORDERED);
                  json.name("left").value(gone).endObject();
                })
            .named(List.of(name))
            .line("node=" + name + ": " + (gone ? "left" : words)));
    return ExitCode.OK;
  }

  /// By the shard map; whether the root group's leader lets it go, only that one knows.
  private int wouldLeave(
      Connection connection, Output output, String name, Optional<NodeId> successor) {
    List<ShardGroupId> holds;
    try (VxClient client = connection.open()) {
      ShardMap map = client.admin().shardMap();
      NodeId node = node(map, name).id();
      successor.ifPresent(other -> node(map, other.value()));
      holds = map.groups().stream().filter(group -> group.isOn(node)).map(ShardGroup::id).toList();
    }
    output.print(
        streams,
        Listing.of(
                "node",
                json -> {
                  json.beginObject().name("node").value(name);
                  json.name("successor").value(successor.map(NodeId::value).orElse(null));
                  groups(json.name("would_give_up"), holds);
                  json.endObject();
                })
            .named(List.of(name))
            .line(
                "node="
                    + name
                    + ": would leave, and give up replicas of groups="
                    + holds
                    + successor.map(other -> " to=" + other).orElse("")));
    return ExitCode.OK;
  }

  static Node node(ShardMap map, String name) {
    return map.nodes().stream()
        .filter(node -> node.id().value().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new CommandFailed(
                ExitCode.NOT_MET,
                "no such node: node="
                    + name
                    + " nodes="
                    + map.nodes().stream().map(Node::id).toList()
                    + "; name one of these"));
  }

  private static Marked mark(ClusterAdmin admin, String name, Node.Duty duty) {
    NodeId node = node(admin.shardMap(), name).id();
    NodeDuty answer = admin.setNodeDuty(node, duty);
    return new Marked(node, duty, answer, new NodeDrain(admin, node).look().leads());
  }

  private void print(Output output, Marked marked) {
    boolean changed = marked.answer().change() == DutyChange.CHANGED;
    output.print(
        streams,
        Listing.of(
                "node",
                json -> {
                  json.beginObject().name("node").value(marked.node().value());
                  json.name("duty").value(word(marked.duty()));
                  json.name("changed").value(changed);
                  json.name("map_epoch").value(marked.answer().epoch().value());
                  groups(json.name("leads"), marked.leads());
                  json.endObject();
                })
            .named(List.of(marked.node().value()))
            .line(
                "node="
                    + marked.node()
                    + " duty="
                    + word(marked.duty())
                    + (changed ? "" : " (as before)")
                    + " epoch="
                    + marked.answer().epoch()
                    + " leads="
                    + marked.leads()));
  }

  static String word(Node.Duty duty) {
    return duty.name().toLowerCase(Locale.ROOT);
  }
}
