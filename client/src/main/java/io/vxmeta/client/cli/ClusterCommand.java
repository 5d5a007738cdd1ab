package io.vxmeta.client.cli;

import com.google.gson.stream.JsonWriter;
import io.vxmeta.client.VxClient;
import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

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

  private static void write(JsonWriter json, List<String> problems) throws IOException {
    json.beginObject().name("healthy").value(problems.isEmpty()).name("problems").beginArray();
    for (String problem : problems) {
      json.value(problem);
    }
    json.endArray().endObject();
  }
}
