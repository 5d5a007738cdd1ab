package io.vxmeta.client.cli;

import com.google.gson.stream.JsonWriter;
import io.vxmeta.client.ClusterAdmin.NodeStatus;
import io.vxmeta.client.ClusterAdmin.ReplicaStatus;
import io.vxmeta.client.VxClient;
import io.vxmeta.client.cli.StatusCommand.Amounts;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// What the tables of each node take, and how much of that is locked in memory.
@Command(
    name = "memory",
    description =
        "The tables of every node: their bytes, what of them is locked in memory, and how much may"
            + " be. -o wide and json say which groups they are of.",
    mixinStandardHelpOptions = true)
final class MemoryCommand implements Callable<Integer> {
  private final Streams streams;
  @Mixin private final Connection connection = new Connection();
  @Mixin private final Output output = new Output();

  MemoryCommand(Streams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() {
    List<NodeView> nodes;
    try (VxClient client = connection.open()) {
      nodes = NodeView.all(client.admin(), client.admin().shardMap());
    }
    TextTable table =
        new TextTable("NODE", "TABLES", "RECORDS", "LOCKED", "LOCK-CAP").wide("GROUPS", "TROUBLE");
    nodes.forEach(node -> row(table, node));
    output.print(streams, Listing.of("node", json -> write(json, nodes)).table(table));
    return ExitCode.OK;
  }

  private static void row(TextTable table, NodeView node) {
    String trouble = node.trouble().orElse("-");
    Optional<NodeStatus> status = node.status();
    if (status.isEmpty()) {
      table.row(node.node().id(), "-", "-", "-", "-", "-", trouble);
      return;
    }
    List<ReplicaStatus> replicas = status.get().replicas();
    table.row(
        node.node().id(),
        Amounts.bytes(replicas.stream().mapToLong(ReplicaStatus::tableBytes).sum()),
        replicas.stream().mapToLong(ReplicaStatus::records).sum(),
        Amounts.bytes(status.get().lockedBytes()),
        Amounts.bytes(status.get().lockCapBytes()),
        String.join(
            ",",
            replicas.stream()
                .map(replica -> replica.group() + ":" + Amounts.bytes(replica.tableBytes()))
                .toList()),
        trouble);
  }

  private static void write(JsonWriter json, List<NodeView> nodes) throws IOException {
    json.beginArray();
    for (NodeView node : nodes) {
      json.beginObject().name("node").value(node.node().id().value());
      json.name("state").value(node.state().toString());
      if (node.status().isPresent()) {
        write(json, node.status().get());
      }
      json.endObject();
    }
    json.endArray();
  }

  private static void write(JsonWriter json, NodeStatus status) throws IOException {
    json.name("locked_bytes").value(status.lockedBytes());
    json.name("lock_cap_bytes").value(status.lockCapBytes());
    json.name("replicas").beginArray();
    for (ReplicaStatus replica : status.replicas()) {
      json.beginObject().name("group").value(replica.group().value());
      json.name("table_bytes").value(replica.tableBytes());
      json.name("records").value(replica.records()).endObject();
    }
    json.endArray();
  }
}
