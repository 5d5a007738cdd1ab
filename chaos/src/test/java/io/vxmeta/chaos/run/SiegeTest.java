package io.vxmeta.chaos.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vxmeta.chaos.nemesis.Fault;
import io.vxmeta.chaos.nemesis.Faults;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// In which order a period's faults are inflicted.
class SiegeTest {

  /// A node whose snapshots are spoiled comes back by what the others give it: not while a failing
  /// disk and a fail point have ended both of them.
  @Test
  void filesAreSpoiledWhileTheOtherNodesAreWell() {
    assertEquals(
        List.of("stale-snapshot", "fsync-fails", "die-in-snapshot"),
        inTurn("fsync-fails", "die-in-snapshot", "stale-snapshot"));
  }

  @Test
  void otherFaultsKeepTheOrderTheyWereDealtIn() {
    assertEquals(
        List.of("stale-log", "bit-flip-log", "resets", "kill-all", "delay"),
        inTurn("resets", "stale-log", "kill-all", "bit-flip-log", "delay"));
  }

  private static List<String> inTurn(String... names) {
    List<Fault> dealt = Stream.of(names).map(Faults::named).toList();
    return Siege.inTurn(dealt).stream().map(Fault::name).toList();
  }
}
