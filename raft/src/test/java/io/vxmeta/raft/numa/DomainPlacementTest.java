package io.vxmeta.raft.numa;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.shardmap.NumaDomain;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.statemachine.os.IdSet;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Groups are spread as CPUs are, the same way each time.
final class DomainPlacementTest {

  /// Homes with so many CPUs each.
  private static List<Home> homes(int... cpus) {
    List<Home> homes = new ArrayList<>();
    int next = 0;
    for (int count : cpus) {
      NumaDomain domain = new NumaDomain(homes.size());
      homes.add(new Home(domain, IdSet.parse(next + "-" + (next + count - 1)), domain));
      next += count;
    }
    return homes;
  }

  private static List<ShardGroupId> groups(int dataGroups) {
    return IntStream.rangeClosed(0, dataGroups).mapToObj(ShardGroupId::new).toList();
  }

  private static String picture(Map<ShardGroupId, Home> placed) {
    return placed.entrySet().stream()
        .sorted(Map.Entry.comparingByKey((a, b) -> Integer.compare(a.value(), b.value())))
        .map(each -> each.getKey().value() + ":" + each.getValue().domain().value())
        .reduce((left, right) -> left + " " + right)
        .orElse("");
  }

  @Test
  void alikeDomainsTakeTurnsAndTheRootGroupComesLast() {
    assertEquals("0:1 1:0 2:1 3:0", picture(DomainPlacement.of(homes(4, 4), groups(3))));
    assertEquals("0:0 1:0 2:1", picture(DomainPlacement.of(homes(4, 4), groups(2))));
  }

  @Test
  void aDomainWithMoreCpusHasMoreGroups() {
    assertEquals(
        "0:0 1:0 2:0 3:0 4:1 5:0 6:0 7:0 8:1", picture(DomainPlacement.of(homes(6, 2), groups(8))));
  }

  @Test
  void theOrderInWhichGroupsAreNamedDoesNotMatter() {
    List<ShardGroupId> shuffled = new ArrayList<>(groups(30));
    Collections.shuffle(shuffled, new Random(7));
    assertEquals(
        DomainPlacement.of(homes(3, 5, 8), groups(30)),
        DomainPlacement.of(homes(3, 5, 8), shuffled));
  }

  @Test
  void noGroupWouldHaveMoreOfACpuInAnotherDomain() {
    Random random = new Random(42);
    for (int round = 0; round < 500; round++) {
      int[] cpus =
          IntStream.range(0, 2 + random.nextInt(7)).map(_ -> 1 + random.nextInt(64)).toArray();
      List<ShardGroupId> groups = groups(random.nextInt(65));
      Map<ShardGroupId, Home> placed = DomainPlacement.of(homes(cpus), groups);
      assertEquals(groups.size(), placed.size());
      for (Home home : homes(cpus)) {
        long has = placed.values().stream().filter(home::equals).count();
        for (Home other : homes(cpus)) {
          long others = placed.values().stream().filter(other::equals).count();
          assertTrue(
              has * other.cpus().size() <= (others + 1) * home.cpus().size(),
              () -> "home=" + home + " has=" + has + " other=" + other);
        }
      }
    }
  }
}
