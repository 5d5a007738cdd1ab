package io.vxmeta.client.cli;

import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.Replica;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The options that say which replicas a command is about.
final class ReplicaChoice {
  @Option(names = "--group", paramLabel = "GROUP", description = "This group only.")
  private @Nullable Integer group;

  @Option(names = "--node", paramLabel = "NODE", description = "Replicas of this node only.")
  private @Nullable String node;

  /// One node's replica of a group.
  record Chosen(ShardGroupId group, NodeId node) {}

  /// Group by group, one at least.
  List<Chosen> of(ShardMap map) {
    List<Chosen> chosen = new ArrayList<>();
    for (ShardGroup each : groups(map)) {
      for (Replica replica : each.replicas()) {
        if (node == null || replica.node().value().equals(node)) {
          chosen.add(new Chosen(each.id(), replica.node()));
        }
      }
    }
    if (chosen.isEmpty()) {
      throw new CommandFailed(
          ExitCode.NOT_MET, "no such replica: node=" + node + "; vxctl shard map lists them");
    }
    return chosen;
  }

  private Collection<ShardGroup> groups(ShardMap map) {
    if (group == null) {
      return map.groups();
    }
    return List.of(
        map.findGroup(new ShardGroupId(group))
            .orElseThrow(() ->
                new CommandFailed(
                    ExitCode.NOT_MET,
                    "no such group: group=" + group + "; vxctl shard map lists them")));
  }
}
