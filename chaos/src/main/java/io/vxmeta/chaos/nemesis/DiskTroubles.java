package io.vxmeta.chaos.nemesis;

import static io.vxmeta.chaos.nemesis.FaultFamily.DISK;

import io.vxmeta.chaos.cluster.Disks;
import io.vxmeta.chaos.cluster.NodeStopped;
import io.vxmeta.chaos.host.Filler;
import io.vxmeta.client.CallFailed;
import io.vxmeta.client.grpc.ErrorReason;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;

/// Disks that are full, hang, are slow, or fail to flush, under a running node.
final class DiskTroubles {
  /// How a node's log says it: in the kernel's words, or in the JVM's for a mapped file that got no
  /// page.
  private static final String[] NO_SPACE = {"No space left", "unsafe memory access"};

  private static final String FILLER = "filler";

  /// A node flushes several times a second when somebody writes.
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /// Writers and readers touch every disk within it.
  private static final Duration TRAFFIC_BITES = Duration.ofSeconds(3);

  private static final Lookout FLUSH = new Lookout(PATIENCE, Duration.ofMillis(5));

  private static final int SLOW_MICROS_LEAST = 20_000;
  private static final int SLOW_MICROS_MOST = 500_000;

  private DiskTroubles() {}

  static List<Fault> all() {
    Needs disks = Needs.DISKS.and(Needs.PROCESSES);
    Needs strace = Needs.PROCESSES.and(Needs.tool("strace", "strace"));
    return List.of(
        new Recipe("disk-full", DISK, "one node has no room left", disks, DiskTroubles::fill),
        new Recipe("disk-hung", DISK, "every write of one node waits", disks, DiskTroubles::hang),
        new Recipe(
            "disk-slow",
            DISK,
            "every flush of one node takes 20 to 500 ms longer",
            strace,
            DiskTroubles::slow),
        new Recipe(
            "fsync-fails",
            DISK,
            "flushes of one node fail; it must stop itself",
            strace,
            DiskTroubles::failFlushes));
  }

  /// The node may go on, or stop itself for want of room.
  private static Optional<Injury> fill(Battlefield field, Random random)
      throws IOException, InterruptedException, NodeStopped {
    Optional<NodeId> victim = field.claim(random);
    if (victim.isEmpty()) {
      return Optional.empty();
    }
    NodeId node = victim.get();
    Disks disks = field.cluster().disks().orElseThrow();
    NodeLog log = NodeLog.fromNow(field.cluster(), node);
    Path filler = disks.mountPoint(node).resolve(FILLER);
    Downtime downtime = new Downtime(field, List.of(node));
    downtime.allow(node, Downtime.FAIL_STOP);
    return downtime.inflict(
        () -> {
          Filler.fill(filler);
          return Optional.of(
              new Wound(
                  "disk full, " + node,
                  () ->
                      downtime.backAfter(
                          () -> empty(field, node, filler, log, downtime),
                          () -> endWhatMayEnd(node, downtime))));
        },
        () -> Files.deleteIfExists(filler));
  }

  /// A node that may stop itself may still be on its way out: it ends here at the latest, where
  /// that is in order, and not when it was given back.
  private static void endWhatMayEnd(NodeId node, Downtime downtime) {
    boolean _ = downtime.killAgain(node);
  }

  private static void empty(
      Battlefield field, NodeId node, Path filler, NodeLog log, Downtime downtime)
      throws IOException, InterruptedException {
    long free;
    boolean refused;
    try {
      free = field.cluster().disks().orElseThrow().freeBytes(node);
      boolean untold = field.cluster().isRunning(node) && log.firstLineWith(NO_SPACE).isEmpty();
      refused = untold && refusesSnapshots(field, node);
    } finally {
      Files.delete(filler);
    }
    if (refused || log.firstLineWith(NO_SPACE).isPresent()) {
      // A write that found no room ends the node, perhaps after there is room again.
      boolean _ = downtime.hasEnded(node, TRAFFIC_BITES);
    }
    downtime.noteWant(node, "room", log, refused, NO_SPACE);
    downtime.note(true, "free_bytes=%d snapshot_refused=%s".formatted(free, refused));
  }

  /// A snapshot needs room; asks for one of every group, and counts no other refusal.
  private static boolean refusesSnapshots(Battlefield field, NodeId node) {
    for (ShardGroup group : field.view().dataGroups()) {
      try {
        var _ = field.view().createSnapshot(node, group.id());
      } catch (CallFailed refused) {
        if (refused.is(ErrorReason.DISK_FULL)) {
          return true;
        }
      }
    }
    return false;
  }

  /// The node must go on when its writes come back.
  private static Optional<Injury> hang(Battlefield field, Random random)
      throws IOException, InterruptedException, NodeStopped {
    Optional<NodeId> victim = field.claim(random);
    if (victim.isEmpty()) {
      return Optional.empty();
    }
    NodeId node = victim.get();
    Disks disks = field.cluster().disks().orElseThrow();
    long pid = Pauses.pid(field, node);
    Downtime downtime = new Downtime(field, List.of(node));
    return downtime.inflict(
        () -> {
          disks.hang(node);
          return Optional.of(
              new Wound(
                  "disk hung, " + node,
                  () ->
                      downtime.backAfter(() -> noteHung(pid, downtime), () -> disks.resume(node))));
        },
        () -> disks.resume(node));
  }

  private static void noteHung(long pid, Downtime downtime)
      throws IOException, InterruptedException {
    AtomicLong waiting = new AtomicLong();
    boolean waits = FLUSH.sees(() -> waiting.updateAndGet(_ -> Frozen.waitingForDisk(pid)) > 0);
    downtime.note(waits, "pid=%d threads_waiting=%d".formatted(pid, waiting.get()));
  }

  /// The node must go on.
  private static Optional<Injury> slow(Battlefield field, Random random)
      throws IOException, InterruptedException, NodeStopped {
    Optional<NodeId> victim = field.claim(random);
    if (victim.isEmpty()) {
      return Optional.empty();
    }
    NodeId node = victim.get();
    int micros = random.nextInt(SLOW_MICROS_LEAST, SLOW_MICROS_MOST + 1);
    Downtime downtime = new Downtime(field, List.of(node));
    Tracer tracer = downtime.inflict(() -> attach(field, node, "delay_enter=" + micros));
    return Optional.of(
        new Wound(
            "flushes %d us slower, %s".formatted(micros, node),
            () ->
                downtime.backAfter(
                    () -> {
                      boolean slowed = FLUSH.sees(() -> tracer.changed() > 0);
                      downtime.note(
                          slowed, "%s slowed_flushes=%d".formatted(node, tracer.changed()));
                    },
                    () -> detach(tracer, downtime))));
  }

  /// A node whose log was not flushed must stop itself; one that only lost a snapshot may, too.
  private static Optional<Injury> failFlushes(Battlefield field, Random random)
      throws IOException, InterruptedException, NodeStopped {
    Optional<NodeId> victim = field.claim(random);
    if (victim.isEmpty()) {
      return Optional.empty();
    }
    NodeId node = victim.get();
    Downtime downtime = new Downtime(field, List.of(node));
    downtime.allow(node, Downtime.FAIL_STOP);
    Tracer tracer = downtime.inflict(() -> attach(field, node, "error=EIO"));
    return Optional.of(
        new Wound(
            "flushes fail, " + node,
            () ->
                downtime.backAfter(
                    () -> noteFailed(field, node, tracer, downtime),
                    () -> detach(tracer, downtime),
                    () -> endWhatMayEnd(node, downtime))));
  }

  private static void noteFailed(Battlefield field, NodeId node, Tracer tracer, Downtime downtime)
      throws IOException, InterruptedException {
    boolean _ = FLUSH.sees(() -> tracer.failedLogFlushes() > 0 || !field.cluster().isRunning(node));
    boolean mustStop = tracer.failedLogFlushes() > 0;
    // One that has no need to may be on its way, too.
    boolean ended = downtime.hasEnded(node, mustStop ? PATIENCE : TRAFFIC_BITES);
    downtime.note(
        tracer.changed() > 0,
        "failed_flushes=%d of_the_log=%d".formatted(tracer.changed(), tracer.failedLogFlushes()));
    if (mustStop && !ended) {
      downtime.misdeed("%s went on for %s after its log was not flushed".formatted(node, PATIENCE));
    }
  }

  private static Tracer attach(Battlefield field, NodeId node, String change)
      throws IOException, InterruptedException {
    return Tracer.attach(
        Pauses.pid(field, node), change, field.cluster().folder(node).resolve("strace.out"));
  }

  /// Tells of a tracer that had to be killed.
  private static void detach(Tracer tracer, Downtime downtime) throws InterruptedException {
    if (!tracer.detach()) {
      downtime.note(true, "strace_killed=true");
    }
  }
}
