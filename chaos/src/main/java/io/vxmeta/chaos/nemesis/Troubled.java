package io.vxmeta.chaos.nemesis;

import io.vxmeta.chaos.cluster.NodeStopped;
import io.vxmeta.chaos.net.Disturbance;
import io.vxmeta.chaos.net.Trouble;
import io.vxmeta.chaos.net.Way;
import io.vxmeta.chaos.net.Wires;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Ways in trouble until mended, and the count of what was stopped there.
final class Troubled {
  /* A disturbance stays in force for IN_FORCE_LEAST, however late in its period it came. Before it is lifted, one that has met nobody
   * yet is given something to bite: a connection each way where somebody would take it, and every node is asked how it
   * is. One that still met nobody after BITE has missed. */

  /// Heartbeats come several times a second: in this time the ways of nodes that are well are used.
  private static final Duration IN_FORCE_LEAST = Duration.ofSeconds(1);

  /// Readers of a run come all the time.
  private static final Duration BITE = Duration.ofSeconds(10);

  private static final long LOOK_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private Troubled() {}

  static Injury put(Battlefield field, String description, Collection<Way> ways, Trouble trouble) {
    Disturbance disturbance = wires(field).disturb(ways, trouble);
    long since = System.nanoTime();
    return new Wound(
        description,
        () -> {
          try {
            awaitLeast(since);
            awaitBite(field, disturbance, ways);
          } finally {
            disturbance.lift();
          }
          return evidence(disturbance);
        });
  }

  private static Evidence evidence(Disturbance disturbance) {
    return Evidence.of(disturbance.hindered() > 0, "hindered=" + disturbance.hindered());
  }

  static Wires wires(Battlefield field) {
    Optional<Wires> wires = field.cluster().wires();
    return wires.orElseThrow(
        () -> new IllegalStateException("ask impossibleOn() first: this cluster has no wires"));
  }

  /// Ends what began then when it has gone on for long enough; returns how often it was done.
  static int endNotBefore(long sinceNanos, Repetition loop)
      throws IOException, InterruptedException, NodeStopped {
    try {
      awaitLeast(sinceNanos);
    } catch (InterruptedException ended) {
      int _ = loop.end();
      throw ended;
    }
    return loop.end();
  }

  /// Returns when what began then has been in force for long enough to prove something.
  private static void awaitLeast(long sinceNanos) throws InterruptedException {
    long end = sinceNanos + IN_FORCE_LEAST.toNanos();
    for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
      pause(left);
    }
  }

  private static void awaitBite(Battlefield field, Disturbance disturbance, Collection<Way> ways)
      throws InterruptedException {
    long start = System.nanoTime();
    while (disturbance.hindered() == 0 && System.nanoTime() - start < BITE.toNanos()) {
      wires(field).probe(ways);
      var _ = field.view().statuses();
      pause(LOOK_EVERY_NANOS);
    }
  }

  /// At most so long.
  private static void pause(long nanos) throws InterruptedException {
    LockSupport.parkNanos(nanos);
    if (Thread.interrupted()) {
      throw new InterruptedException("the run was ended");
    }
  }
}
