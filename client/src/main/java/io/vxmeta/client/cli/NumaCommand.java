package io.vxmeta.client.cli;

import com.google.gson.stream.JsonWriter;
import io.vxmeta.client.ClusterAdmin.MachineDomain;
import io.vxmeta.client.ClusterAdmin.NodeStatus;
import io.vxmeta.client.ClusterAdmin.ReplicaHome;
import io.vxmeta.client.ClusterAdmin.ReplicaStatus;
import io.vxmeta.client.VxClient;
import io.vxmeta.client.cli.StatusCommand.Amounts;
import io.vxmeta.client.cli.doctor.Finding;
import io.vxmeta.client.cli.doctor.Machine;
import io.vxmeta.client.cli.doctor.NumaChecks;
import io.vxmeta.shardmap.NumaDomain;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Which NUMA domain of a node's machine a group lives in.
@Command(
    name = "numa",
    description =
        "NUMA domains: which groups of a node live in which, and whether this machine can.",
    mixinStandardHelpOptions = true)
final class NumaCommand {

  private final Streams streams;

  NumaCommand(Streams streams) {
    this.streams = streams;
  }

  @Command(
      name = "show",
      description =
          "Every node's NUMA domains with their CPUs and memory, the groups that live there, and"
              + " whether their apply threads do. Where a machine has one domain nothing is bound.",
      mixinStandardHelpOptions = true)
  int show(@Mixin Connection connection, @Mixin Output output) {
    List<NodeView> nodes;
    try (VxClient client = connection.open()) {
      nodes = NodeView.all(client.admin(), client.admin().shardMap());
    }
    TextTable table =
        new TextTable("NODE", "DOMAIN", "CPUS", "BOUND", "MEMORY", "GROUPS", "THREADS")
            .wide("DISTANCES", "MEMORY-OF", "TROUBLE");
    nodes.forEach(node -> rows(table, node));
    output.print(streams, Listing.of("node", json -> write(json, nodes)).table(table));
    return ExitCode.OK;
  }

  /// A row for each domain; one without any where the node does not tell.
  private static void rows(TextTable table, NodeView node) {
    String trouble = node.trouble().orElse("-");
    List<MachineDomain> domains = domains(node);
    if (domains.isEmpty()) {
      table.row(node.node().id(), "-", "-", "-", "-", "-", "-", "-", "-", trouble);
    }
    for (MachineDomain domain : domains) {
      List<ReplicaStatus> here = in(node, domain.id());
      table.row(
          node.node().id(),
          domain.id().value(),
          orDash(domain.cpus()),
          orDash(domain.boundCpus()),
          Amounts.bytes(domain.memoryBytes()),
          orDash(joined(here.stream().map(each -> Integer.toString(each.group().value())))),
          orDash(threads(here)),
          joined(domain.distances().stream().map(String::valueOf)),
          orDash(
              joined(
                  homes(here).map(home -> home.memory().value()).distinct().map(String::valueOf))),
          trouble);
    }
  }

  private static List<MachineDomain> domains(NodeView node) {
    return node.status().map(NodeStatus::domains).orElse(List.of());
  }

  private static List<ReplicaStatus> replicas(NodeView node) {
    return node.status().map(NodeStatus::replicas).orElse(List.of());
  }

  private static List<ReplicaStatus> in(NodeView node, NumaDomain domain) {
    return replicas(node).stream()
        .filter(replica -> replica.home().filter(home -> home.domain().equals(domain)).isPresent())
        .toList();
  }

  private static Stream<ReplicaHome> homes(List<ReplicaStatus> replicas) {
    return replicas.stream().flatMap(replica -> replica.home().stream());
  }

  /// As `2 pinned, 1 refused`.
  private static String threads(List<ReplicaStatus> replicas) {
    return homes(replicas)
        .map(NumaCommand::word)
        .distinct()
        .sorted()
        .map(word -> homes(replicas).filter(home -> word(home).equals(word)).count() + " " + word)
        .collect(Collectors.joining(", "));
  }

  private static String word(ReplicaHome home) {
    return home.applyThread().name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static String joined(Stream<String> parts) {
    return parts.collect(Collectors.joining(","));
  }

  private static String orDash(String text) {
    return text.isEmpty() ? "-" : text;
  }

  private static void write(JsonWriter json, List<NodeView> nodes) throws IOException {
    json.beginArray();
    for (NodeView node : nodes) {
      json.beginObject().name("node").value(node.node().id().value());
      json.name("state").value(node.state().toString()).name("domains").beginArray();
      for (MachineDomain domain : domains(node)) {
        write(json, node, domain);
      }
      json.endArray().name("anywhere").beginArray();
      for (ReplicaStatus replica : replicas(node)) {
        if (replica.home().isEmpty()) {
          json.value(replica.group().value());
        }
      }
      json.endArray().endObject();
    }
    json.endArray();
  }

  private static void write(JsonWriter json, NodeView node, MachineDomain domain)
      throws IOException {
    json.beginObject().name("domain").value(domain.id().value());
    json.name("cpus").value(domain.cpus()).name("bound_cpus").value(domain.boundCpus());
    json.name("memory_bytes").value(domain.memoryBytes()).name("distances").beginArray();
    for (int distance : domain.distances()) {
      json.value(distance);
    }
    json.endArray().name("groups").beginArray();
    for (ReplicaStatus replica : in(node, domain.id())) {
      ReplicaHome home = replica.home().orElseThrow();
      json.beginObject().name("group").value(replica.group().value());
      json.name("memory_domain").value(home.memory().value());
      json.name("apply_thread").value(word(home)).endObject();
    }
    json.endArray().endObject();
  }

  @Command(
      name = "check",
      description =
          "Looks at this machine as one that binds groups to NUMA domains: domains, the CPUs and the"
              + " memory that a process may use, system call filters, huge pages. Needs no cluster."
              + " Exit code 5 when a check fails; a warning is none.",
      mixinStandardHelpOptions = true)
  int check(
      @Mixin Output output,
      @Option(
              names = "--pid",
              paramLabel = "PID",
              description = "Look at what this process may use, such as a node that runs.")
          @Nullable Long process,
      @Option(
              names = "--root",
              paramLabel = "DIR",
              defaultValue = "/",
              description = "Read proc and sys below this directory, as a host's in a container.")
          Path root) {
    Machine machine = new Machine(root, process == null ? "self" : Long.toString(process));
    if (process != null && !machine.isThere()) {
      throw new CommandFailed(
          ExitCode.NOT_MET, "no such process: pid=" + process + "; give one that runs");
    }
    List<Finding> findings = new NumaChecks(machine).all();
    output.print(streams, FindingsListing.of(findings));
    return FindingsListing.exitCode(findings);
  }
}
