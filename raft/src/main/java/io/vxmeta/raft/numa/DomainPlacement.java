package io.vxmeta.raft.numa;

import io.vxmeta.shardmap.ShardGroupId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Spreads a node's groups over the homes of its machine, as many to each as its CPUs can carry.
///
/// A pure function: the same groups and homes give the same answer at each start.
final class DomainPlacement {
  /* Group after group goes where, with it, there are the fewest groups for each CPU (d'Hondt's method), to the lower domain
   *   of two. So homes with as many CPUs never differ by more than one data group.
   * The root group comes last: it is nearly idle, and must not push a data group to a smaller home.
   * Not counted: memory. A domain that is full gives pages of the next one instead. */

  private DomainPlacement() {}

  /// @param homes at least one, by ascending domain
  static Map<ShardGroupId, Home> of(List<Home> homes, Collection<ShardGroupId> groups) {
    List<ShardGroupId> order = new ArrayList<>(groups);
    order.sort(
        Comparator.comparing((ShardGroupId group) -> group.equals(ShardGroupId.ROOT))
            .thenComparingInt(ShardGroupId::value));
    Map<ShardGroupId, Home> placed = new HashMap<>();
    Map<Home, Integer> counts = new HashMap<>();
    for (ShardGroupId group : order) {
      Home home = leastLoaded(homes, counts);
      placed.put(group, home);
      counts.merge(home, 1, Integer::sum);
    }
    return Map.copyOf(placed);
  }

  private static Home leastLoaded(List<Home> homes, Map<Home, Integer> counts) {
    Home best = homes.getFirst();
    for (Home home : homes) {
      // Fractions are compared without dividing.
      long load = (counts.getOrDefault(home, 0) + 1L) * best.cpus().size();
      long least = (counts.getOrDefault(best, 0) + 1L) * home.cpus().size();
      best = load < least ? home : best;
    }
    return best;
  }
}
