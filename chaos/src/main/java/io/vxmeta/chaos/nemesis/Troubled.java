package io.vxmeta.chaos.nemesis;

import io.vxmeta.chaos.net.Disturbance;
import io.vxmeta.chaos.net.Trouble;
import io.vxmeta.chaos.net.Way;
import io.vxmeta.chaos.net.Wires;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Ways in trouble until mended, and the count of what was stopped there.
final class Troubled {
  /* Before it is lifted, a disturbance that has met nobody yet is given something to bite: a connection each way, and every node is
   * asked how it is. */

  /// Heartbeats come several times a second, readers of a run all the time.
  private static final long BITE_NANOS = TimeUnit.SECONDS.toNanos(10);

  private static final long LOOK_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private Troubled() {}

  static Injury put(Battlefield field, String description, Collection<Way> ways, Trouble trouble) {
    Disturbance disturbance = wires(field).disturb(ways, trouble);
    return new Wound(
        description,
        () -> {
          awaitBite(field, disturbance, ways);
          disturbance.lift();
          return evidence(disturbance);
        });
  }

  static Evidence evidence(Disturbance disturbance) {
    return Evidence.of(disturbance.hindered() > 0, "hindered=" + disturbance.hindered());
  }

  static Wires wires(Battlefield field) {
    Optional<Wires> wires = field.cluster().wires();
    return wires.orElseThrow(
        () -> new IllegalStateException("ask impossibleOn() first: this cluster has no wires"));
  }

  private static void awaitBite(Battlefield field, Disturbance disturbance, Collection<Way> ways) {
    long deadline = System.nanoTime() + BITE_NANOS;
    while (disturbance.hindered() == 0 && System.nanoTime() < deadline) {
      wires(field).probe(ways);
      var _ = field.view().statuses();
      LockSupport.parkNanos(LOOK_EVERY_NANOS);
    }
  }
}
