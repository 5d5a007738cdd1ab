package io.vxmeta.raft.numa;

import io.vxmeta.shardmap.NumaDomain;
import io.vxmeta.statemachine.os.IdSet;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// The NUMA domains of a machine that are online, by ascending number.
///
/// Numbers may have gaps, a domain may have no memory or no CPU, and the way from one to another
/// need not be as long as the way back.
public record MachineTopology(List<Domain> domains) {

  /// One domain.
  ///
  /// @param cpus of these, those that are online
  /// @param distances to each domain of the machine, in their order, as the firmware tells: 10 is
  ///   near
  public record Domain(NumaDomain id, IdSet cpus, long memoryBytes, List<Integer> distances) {
    public Domain {
      distances = List.copyOf(distances);
    }
  }

  public MachineTopology {
    domains = List.copyOf(domains);
    if (domains.isEmpty()) {
      throw new IllegalArgumentException("expected a machine with at least one domain");
    }
    for (Domain domain : domains) {
      if (domain.distances().size() != domains.size()) {
        throw new IllegalArgumentException(
            "expected a distance to each of the "
                + domains.size()
                + " domains: domain="
                + domain.id().value()
                + " distances="
                + domain.distances());
      }
    }
  }

  /// Where groups can live: the domains in which this process may use CPUs, each with the memory
  /// nearest to them that it may use. Empty if it may use no domain's memory.
  ///
  /// @param cpus that the process may use
  /// @param memories domains whose memory it may use
  public List<Home> homes(IdSet cpus, IdSet memories) {
    List<Home> homes = new ArrayList<>();
    for (Domain domain : domains) {
      IdSet usable = domain.cpus().and(cpus);
      if (!usable.isEmpty()) {
        nearestMemory(domain, memories)
            .ifPresent(memory -> homes.add(new Home(domain.id(), usable, memory)));
      }
    }
    return homes;
  }

  /// Its own, if there is some; of two at the same distance the one with the lower number.
  private Optional<NumaDomain> nearestMemory(Domain from, IdSet memories) {
    return domains.stream()
        .filter(domain -> domain.memoryBytes() > 0 && memories.contains(domain.id().value()))
        .min(
            Comparator.comparing((Domain domain) -> !domain.equals(from))
                .thenComparingInt(domain -> from.distances().get(domains.indexOf(domain)))
                .thenComparingInt(domain -> domain.id().value()))
        .map(Domain::id);
  }
}
