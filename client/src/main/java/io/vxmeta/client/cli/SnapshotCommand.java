package io.vxmeta.client.cli;

import com.google.gson.stream.JsonWriter;
import io.vxmeta.client.CallFailed;
import io.vxmeta.client.ClusterAdmin;
import io.vxmeta.client.ClusterAdmin.SnapshotPoint;
import io.vxmeta.client.VxClient;
import io.vxmeta.client.grpc.ErrorReason;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// Snapshots of replicas, by hand.
@Command(name = "snapshot", description = "Snapshots of replicas.", mixinStandardHelpOptions = true)
final class SnapshotCommand {

  /// What asking one replica came to.
  private enum Result {
    durable,
    nothing,
    FAILED
  }

  /// One replica and its answer.
  private record Taken(
      ShardGroupId group,
      NodeId node,
      Result result,
      Optional<SnapshotPoint> point,
      Optional<String> trouble) {}

  private final Streams streams;

  SnapshotCommand(Streams streams) {
    this.streams = streams;
  }

  @Command(
      name = "create",
      description =
          "Takes a snapshot of each replica, one after the other, and waits until it is durable; the log behind it may go"
              + " then. A replica that has applied nothing yet has nothing to take a snapshot of, which is no failure."
              + " Exit code 4 when one did not answer well. --timeout is for each replica.",
      mixinStandardHelpOptions = true)
  int create(@Mixin Connection connection, @Mixin Output output, @Mixin ReplicaChoice replicas) {
    List<Taken> all = new ArrayList<>();
    try (VxClient client = connection.open()) {
      ClusterAdmin admin = client.admin();
      for (ReplicaChoice.Chosen chosen : replicas.of(admin.shardMap())) {
        all.add(take(admin, chosen.group(), chosen.node()));
      }
    }
    print(output, all);
    boolean failed = all.stream().anyMatch(taken -> taken.result() == Result.FAILED);
    return failed ? ExitCode.UNAVAILABLE : ExitCode.OK;
  }

  private static Taken take(ClusterAdmin admin, ShardGroupId group, NodeId node) {
    try {
      Optional<SnapshotPoint> point = Optional.of(admin.createSnapshot(node, group));
      return new Taken(group, node, Result.durable, point, Optional.empty());
    } catch (CallFailed failed) {
      boolean nothing = failed.is(ErrorReason.NOTHING_TO_SNAPSHOT);
      return new Taken(
          group,
          node,
          nothing ? Result.nothing : Result.FAILED,
          Optional.empty(),
          nothing ? Optional.empty() : Optional.of(Vxctl.withReason(failed)));
    }
  }

  private void print(Output output, List<Taken> all) {
    TextTable table = new TextTable("GROUP", "NODE", "INDEX", "TERM", "RESULT");
    for (Taken taken : all) {
      table.row(
          taken.group(),
          taken.node(),
          taken.point().map(point -> Long.toString(point.index())).orElse("-"),
          taken.point().map(point -> Long.toString(point.term())).orElse("-"),
          taken.result());
    }
    List<String> names = all.stream().map(taken -> taken.group() + "/" + taken.node()).toList();
    output.print(
        streams, Listing.of("replica", json -> write(json, all)).table(table).named(names));
    for (Taken taken : all) {
      taken
          .trouble()
          .ifPresent(trouble ->
              streams
                  .err()
                  .println(
                      "vxctl: group " + taken.group() + " on " + taken.node() + ": " + trouble));
    }
  }

  private static void write(JsonWriter json, List<Taken> all) throws IOException {
    json.beginArray();
    for (Taken taken : all) {
      json.beginObject().name("group").value(taken.group().value());
      json.name("node").value(taken.node().value());
      if (taken.point().isPresent()) {
        json.name("index").value(taken.point().get().index());
        json.name("term").value(taken.point().get().term());
      }
      if (taken.trouble().isPresent()) {
        json.name("trouble").value(taken.trouble().get());
      }
      json.name("result").value(taken.result().name()).endObject();
    }
    json.endArray();
  }
}
