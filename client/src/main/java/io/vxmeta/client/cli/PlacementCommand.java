package io.vxmeta.client.cli;

import com.google.gson.stream.JsonWriter;
import io.vxmeta.client.ClusterAdmin;
import io.vxmeta.client.VxClient;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ReplicaMove;
import io.vxmeta.shardmap.ShardMap;
import io.vxmeta.shardmap.plan.PlacementPlan;
import io.vxmeta.shardmap.plan.PlanLimits;
import io.vxmeta.shardmap.plan.Planner;
import io.vxmeta.shardmap.plan.Replacement;
import io.vxmeta.shardmap.plan.Shortfall;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Replicas where they belong: what would be moved, and moving it.
@Command(
    name = "placement",
    description = "Evens out which node has which replicas: plans the moves, and orders them.",
    mixinStandardHelpOptions = true)
final class PlacementCommand {

  private final Streams streams;

  PlacementCommand(Streams streams) {
    this.streams = streams;
  }

  /// What is to be done, and what can not be.
  private record Proposal(List<Replacement> steps, List<Shortfall> shortfalls) {}

  @Command(
      name = "plan",
      description =
          "The moves of replicas that even out the nodes, as things are now, with the reason of"
              + " each, and what no move can mend. Changes nothing.",
      mixinStandardHelpOptions = true)
  int plan(@Mixin Connection connection, @Mixin Output output) {
    Proposal proposal;
    try (VxClient client = connection.open()) {
      proposal = proposal(client.admin());
    }
    print(output, proposal);
    return ExitCode.OK;
  }

  @Command(
      name = "apply",
      description =
          "Plans, and orders the moves, a few at a time, until all are done. `vxctl replica list`"
              + " shows each while it is under way, `vxctl replica cancel` calls it off. If the"
              + " command ends earlier, what was ordered goes on, and nothing more is ordered; exit"
              + " code 4 if not all is done after --timeout.",
      mixinStandardHelpOptions = true)
  int apply(
      @Mixin Connection connection,
      @Mixin Output output,
      @Option(
              names = "--at-once",
              defaultValue = "2",
              paramLabel = "N",
              description = "Moves under way at a time, 1 to 16; default ${DEFAULT-VALUE}.")
          int atOnce,
      @Option(names = "--dry-run", description = "Only plan, as vxctl placement plan does.")
          boolean dryRun) {
    if (atOnce < 1 || atOnce > ReplicaMoves.AT_ONCE_MAX) {
      throw new CommandFailed(
          ExitCode.USAGE,
          "expected 1 to " + ReplicaMoves.AT_ONCE_MAX + "; option=--at-once value=" + atOnce);
    }
    Proposal proposal;
    try (VxClient client = connection.open()) {
      proposal = proposal(client.admin());
      if (!dryRun) {
        new ReplicaMoves(client.admin(), streams.err(), atOnce)
            .carryOut(
                proposal.steps().stream().map(Replacement::move).toList(), connection.timeout());
      }
    }
    print(output, proposal);
    return ExitCode.OK;
  }

  private static Proposal proposal(ClusterAdmin admin) {
    ShardMap map = admin.askShardMap();
    ClusterReport report = new ClusterReport(admin.statusOfAll(), Optional.of(map));
    PlacementPlan plan = new Planner(PlanLimits.DEFAULT).plan(MeasuredPlacement.of(map, report));
    List<ReplicaMove> underWay =
        report.moves().stream().map(ClusterAdmin.MoveStatus::move).toList();
    return new Proposal(
        Replacement.of(plan).stream()
            .filter(step -> underWay.stream().noneMatch(one -> isOfGroup(one, step)))
            .toList(),
        plan.shortfalls());
  }

  private static boolean isOfGroup(ReplicaMove underWay, Replacement step) {
    return underWay.group().equals(step.move().group());
  }

  private void print(Output output, Proposal proposal) {
    TextTable table = new TextTable("GROUP", "FROM", "TO", "REASON");
    for (Replacement step : proposal.steps()) {
      table.row(
          step.move().group(),
          ReplicaCommand.orDash(step.move().from()),
          ReplicaCommand.orDash(step.move().to()),
          step.reason());
    }
    Listing listing = Listing.of("group", json -> write(json, proposal)).rowsAt("moves");
    if (proposal.steps().isEmpty()) {
      listing.line("nothing to move");
    } else {
      listing.table(table);
    }
    proposal.shortfalls().forEach(each -> listing.line("left: " + each.words()));
    output.print(streams, listing);
  }

  private static void write(JsonWriter json, Proposal proposal) throws IOException {
    json.beginObject().name("moves").beginArray();
    for (Replacement step : proposal.steps()) {
      json.beginObject().name("group").value(step.move().group().value());
      json.name("from").value(step.move().from().map(NodeId::value).orElse(null));
      json.name("to").value(step.move().to().map(NodeId::value).orElse(null));
      json.name("reason").value(step.reason()).endObject();
    }
    json.endArray().name("left").beginArray();
    for (Shortfall shortfall : proposal.shortfalls()) {
      json.value(shortfall.words());
    }
    json.endArray().endObject();
  }
}
