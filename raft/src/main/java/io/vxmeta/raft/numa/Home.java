package io.vxmeta.raft.numa;

import io.vxmeta.shardmap.NumaDomain;
import io.vxmeta.statemachine.os.IdSet;

/// A domain in which groups can live.
///
/// @param cpus of the domain, those that this process may use
/// @param memory where pages come from: the domain itself, or the nearest with memory if it has
///   none for this process
public record Home(NumaDomain domain, IdSet cpus, NumaDomain memory) {
  public Home {
    if (cpus.isEmpty()) {
      throw new IllegalArgumentException(
          "expected a home with at least one CPU: domain=" + domain.value());
    }
  }
}
