package io.vxmeta.client.cli;

import com.google.gson.stream.JsonWriter;
import io.vxmeta.client.ClusterAdmin.ClusterBeginning;
import io.vxmeta.client.VxClient;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.ShardMap;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// The cluster as a whole.
@Command(name = "cluster", description = "The cluster as a whole.", mixinStandardHelpOptions = true)
final class ClusterCommand {

  private final Streams streams;

  ClusterCommand(Streams streams) {
    this.streams = streams;
  }

  @Command(
      name = "status",
      description = "The same as vxctl status: every node, every group, and what is wrong.",
      mixinStandardHelpOptions = true)
  int status(@Mixin Connection connection, @Mixin Output output) {
    return new StatusCommand(streams, connection, output).call();
  }

  @Command(
      name = "health",
      description =
          "Whether the cluster is healthy: one row per problem, none when all is well. Exit code 0"
              + " healthy, 5 not, 4 when no node answers.",
      mixinStandardHelpOptions = true)
  int health(@Mixin Connection connection, @Mixin Output output) {
    ClusterReport report;
    try (VxClient client = connection.open()) {
      report = StatusCommand.report(client.admin());
    }
    List<String> problems = report.problems();
    Listing listing =
        Listing.of("", json -> write(json, problems)).rowsAt("problems").named(problems);
    if (problems.isEmpty()) {
      listing.line("healthy");
    } else {
      TextTable table = new TextTable("PROBLEM");
      problems.forEach(table::row);
      listing.table(table);
    }
    output.print(streams, listing);
    return StatusCommand.exitCode(report);
  }

  @Command(
      name = "init",
      description =
          "Begins a new cluster whose nodes wait for that (`bootstrap: manual` in their"
              + " configuration): the leader of the root group writes the first shard map. Waits for"
              + " the nodes as long as --timeout says. All is well, and nothing changes, when the"
              + " cluster runs already. Give the client port of each initial member as --endpoints.",
      mixinStandardHelpOptions = true)
  int init(
      @Mixin Connection connection,
      @Mixin Output output,
      @Option(
              names = "--cluster",
              paramLabel = "NAME",
              description = "The name of the cluster that is meant; nodes of another one refuse.")
          @Nullable String cluster) {
    ClusterBeginning beginning;
    try (VxClient client = connection.open()) {
      beginning = client.admin().initCluster(Optional.ofNullable(cluster));
    }
    ShardMap map = beginning.map();
    output.print(
        streams,
        Listing.of("cluster", json -> write(json, beginning))
            .named(List.of(map.clusterId()))
            .line(
                (beginning.created() ? "begun: " : "runs already: ")
                    + map.clusterId()
                    + ", "
                    + map.nodes().size()
                    + " nodes, "
                    + map.dataGroups().size()
                    + " data groups"));
    return ExitCode.OK;
  }

  private static void write(JsonWriter json, ClusterBeginning beginning) throws IOException {
    ShardMap map = beginning.map();
    json.beginObject().name("cluster").value(map.clusterId());
    json.name("created").value(beginning.created());
    json.name("map_epoch").value(map.epoch().value());
    json.name("nodes").beginArray();
    for (Node node : map.nodes()) {
      json.value(node.id().value());
    }
    json.endArray().name("data_groups").value(map.dataGroups().size()).endObject();
  }

  private static void write(JsonWriter json, List<String> problems) throws IOException {
    json.beginObject().name("healthy").value(problems.isEmpty()).name("problems").beginArray();
    for (String problem : problems) {
      json.value(problem);
    }
    json.endArray().endObject();
  }
}
