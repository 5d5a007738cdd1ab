package io.vxmeta.statemachine;

import io.vxmeta.statemachine.batch.Limits;
import io.vxmeta.statemachine.os.LiveMemory;
import io.vxmeta.statemachine.table.TableConfig;
import java.nio.file.Path;
import java.util.List;

/// What a group's state is made of.
///
/// @param directory for the live files; its content is never read back
/// @param group the shard group, 0 = root
/// @param shards the shards it began with, ascending; its log says which it got and gave since
/// @param table sizes of each table; must be the same on all replicas
/// @param producers limits; must be the same on all replicas
/// @param memory the node's policy for live files
public record GroupStateConfig(
    Path directory,
    int group,
    List<Integer> shards,
    TableConfig table,
    ProducerLimits producers,
    LiveMemory memory) {

  public GroupStateConfig {
    shards = List.copyOf(shards);
    int previous = -1;
    for (int shard : shards) {
      if (shard <= previous || shard > Limits.SHARD_MAX) {
        throw new IllegalArgumentException(
            "expected ascending shards of 0.."
                + Limits.SHARD_MAX
                + "; shards="
                + shards
                + " group="
                + group
                + "; correct the shard map");
      }
      previous = shard;
    }
    if (group < 0) {
      throw new IllegalArgumentException(
          "expected a group from 0; group="
              + group
              + " shards="
              + shards
              + "; correct the shard map");
    }
  }
}
