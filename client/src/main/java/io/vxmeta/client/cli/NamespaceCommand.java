package io.vxmeta.client.cli;

import io.vxmeta.client.ClusterAdmin.NamespaceCreation;
import io.vxmeta.client.VxClient;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// The namespaces of a cluster.
@Command(
    name = "namespace",
    description = "The namespaces of a cluster.",
    mixinStandardHelpOptions = true)
final class NamespaceCommand {

  private final Streams streams;

  NamespaceCommand(Streams streams) {
    this.streams = streams;
  }

  @Command(
      name = "create",
      description = "Creates a namespace; all is well when it is there already.",
      mixinStandardHelpOptions = true)
  int create(
      @Mixin Connection connection,
      @Mixin Output output,
      @Parameters(paramLabel = "NAME", description = "1..64 of [a-z0-9._-].") String name) {
    try (VxClient client = connection.open()) {
      boolean created = client.admin().createNamespace(name) == NamespaceCreation.CREATED;
      output.print(
          streams,
          Listing.of(
                  "namespace",
                  json ->
                      json.beginObject()
                          .name("namespace")
                          .value(name)
                          .name("created")
                          .value(created)
                          .endObject())
              .named(List.of(name))
              .line((created ? "created " : "there already: ") + name));
    }
    return ExitCode.OK;
  }

  @Command(name = "list", description = "All namespaces.", mixinStandardHelpOptions = true)
  int list(@Mixin Connection connection, @Mixin Output output) {
    List<String> names;
    try (VxClient client = connection.open()) {
      names = client.admin().namespaces();
    }
    TextTable table = new TextTable("NAMESPACE");
    names.forEach(table::row);
    output.print(
        streams,
        Listing.of(
                "namespace",
                json -> {
                  json.beginArray();
                  for (String name : names) {
                    json.value(name);
                  }
                  json.endArray();
                })
            .table(table));
    return ExitCode.OK;
  }
}
