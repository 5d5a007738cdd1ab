package io.vxmeta.client.cli;

import com.google.gson.stream.JsonWriter;
import io.vxmeta.client.ClusterAdmin;
import io.vxmeta.client.ClusterAdmin.NodeDuty;
import io.vxmeta.client.VxClient;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// Whatever was ordered and takes its time: moves of shards and replicas, nodes that come and go.
@Command(
    name = "op",
    description =
        "Whatever was ordered and takes its time: moves of shards and of replicas, nodes that come"
            + " and go. Each goes on by itself, whoever ordered it.",
    mixinStandardHelpOptions = true)
final class OpCommand {

  private final Streams streams;

  OpCommand(Streams streams) {
    this.streams = streams;
  }

  @Command(
      name = "list",
      description = "What is under way, and how far each is.",
      mixinStandardHelpOptions = true)
  int list(@Mixin Connection connection, @Mixin Output output) {
    List<Operation> operations;
    try (VxClient client = connection.open()) {
      operations = Operation.look(client.admin()).operations();
    }
    TextTable table = new TextTable("OPERATION", "WHAT", "STEP");
    operations.forEach(each -> table.row(each.id(), each.text(), each.step()));
    output.print(streams, Listing.of("", json -> write(json, operations)).table(table));
    return ExitCode.OK;
  }

  private static void write(JsonWriter json, List<Operation> operations) throws IOException {
    json.beginArray();
    for (Operation each : operations) {
      json.beginObject().name("operation").value(each.id().toString());
      json.name("what").value(each.text());
      json.name("step").value(each.step()).endObject();
    }
    json.endArray();
  }

  @Command(
      name = "wait",
      description =
          "Waits until operations have ended, and tells each step on stderr. Without a name: all that"
              + " are under way now. Exit code 3 if one ended without having come to what was ordered"
              + " (it was called off), 4 if not all have ended after --timeout.",
      mixinStandardHelpOptions = true)
  int await(
      @Mixin Connection connection,
      @Mixin Output output,
      @Parameters(
              arity = "0..*",
              paramLabel = "OPERATION",
              description = "As in vxctl op list: shard/17, replica/2, node/node-4.")
          List<String> names) {
    List<Operation.Id> wanted =
        names == null ? List.of() : names.stream().map(Operation.Id::parse).toList();
    List<OperationWait.Ended> ended;
    try (VxClient client = connection.open()) {
      ended = new OperationWait(client.admin(), streams.err()).await(wanted, connection.timeout());
    }
    TextTable table = new TextTable("OPERATION", "WHAT", "ENDED");
    ended.forEach(each -> table.row(each.id(), each.text(), each.end()));
    output.print(streams, Listing.of("", json -> OperationWait.write(json, ended)).table(table));
    return ended.stream().anyMatch(each -> each.end() == OperationWait.End.CALLED_OFF)
        ? ExitCode.NOT_MET
        : ExitCode.OK;
  }

  @Command(
      name = "cancel",
      description =
          "Calls an operation off, as vxctl shard cancel, replica cancel and node undrain do. What"
              + " has gone too far to be taken back ends all the same.",
      mixinStandardHelpOptions = true)
  int cancel(
      @Mixin Connection connection,
      @Mixin Output output,
      @Parameters(
              paramLabel = "OPERATION",
              description = "As in vxctl op list: shard/17, replica/2, node/node-4.")
          String name) {
    Operation.Id id = Operation.Id.parse(name);
    String words;
    try (VxClient client = connection.open()) {
      words =
          switch (id.kind()) {
            case SHARD -> ShardMoveListing.words(client.admin().cancelShardMove(id.shard()));
            case REPLICA -> ReplicaCommand.line(client.admin().cancelMove(id.group()));
            case NODE -> stays(client.admin(), id.node());
          };
    }
    output.print(
        streams,
        Listing.of(
                "",
                json ->
                    json.beginObject()
                        .name("operation")
                        .value(id.toString())
                        .name("called_off")
                        .value(true)
                        .endObject())
            .named(List.of(id.toString()))
            .line(words));
    return ExitCode.OK;
  }

  private static String stays(ClusterAdmin admin, NodeId node) {
    Node known = NodeCommand.node(admin.askShardMap(), node.value());
    return switch (known.duty()) {
      case LEAVING -> {
        NodeDuty unused = admin.setNodeDuty(node, Node.Duty.SERVING);
        yield "node=" + node + ": called off; what it has given up by now does not come back";
      }
      case JOINING ->
          throw new CommandFailed(
              ExitCode.NOT_MET,
              "a node that was announced is taken back by having it leave: node="
                  + node
                  + "; vxctl node decommission "
                  + node
                  + " --yes");
      case SERVING, DRAINING ->
          throw new CommandFailed(
              ExitCode.NOT_MET,
              "the node neither joins nor leaves: node="
                  + node
                  + " duty="
                  + NodeCommand.word(known.duty())
                  + "; vxctl op list shows what is under way");
    };
  }
}
