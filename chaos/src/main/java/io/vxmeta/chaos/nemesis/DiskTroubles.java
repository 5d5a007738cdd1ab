package io.vxmeta.chaos.nemesis;

import static io.vxmeta.chaos.nemesis.FaultFamily.CORRUPTION;
import static io.vxmeta.chaos.nemesis.FaultFamily.DISK;

import io.vxmeta.chaos.cluster.Cluster;
import io.vxmeta.chaos.cluster.Disks;
import io.vxmeta.chaos.cluster.NodeStopped;
import io.vxmeta.chaos.host.Command;
import io.vxmeta.client.CallFailed;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroup;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Disks that are full, hang, are slow, or fail to flush, under a running node.
final class DiskTroubles {
  /// How the kernel says it, in anybody's log.
  private static final String NO_SPACE = "No space left";

  private static final String FILLER = "filler";
  private static final int FILL_BYTES = 4 << 20;
  private static final int LAST_FILL_BYTES = 4 << 10;

  /// Less than any file of ours needs.
  private static final long FULL_BYTES_MOST = 64 << 10;

  /// A node flushes several times a second when somebody writes.
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /// Writers and readers touch every table within it.
  private static final Duration TRAFFIC_BITES = Duration.ofSeconds(3);

  private static final long LOOK_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
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
            DiskTroubles::failFlushes),
        new Recipe(
            "live-file-truncated",
            CORRUPTION,
            "the mapped tables of a group lose their pages; the node must stop itself",
            disks,
            DiskTroubles::truncateLive));
  }

  private static Optional<Injury> fill(Battlefield field, Random random)
      throws IOException, InterruptedException {
    Optional<NodeId> victim = field.claim(random);
    if (victim.isEmpty()) {
      return Optional.empty();
    }
    NodeId node = victim.get();
    Disks disks = field.cluster().disks().orElseThrow();
    NodeLog log = NodeLog.fromNow(field.cluster(), node);
    Path filler = disks.mountPoint(node).resolve(FILLER);
    fill(filler, disks.freeBytes(node));
    Downtime downtime = new Downtime(field, List.of(node));
    return Optional.of(
        new Wound(
            "disk full, " + node,
            () -> {
              boolean met = noteFull(field, node, disks, log, downtime);
              Files.delete(filler);
              if (met && downtime.hasEnded(node, TRAFFIC_BITES)) {
                // A write that found no room ends the node, perhaps after there is room again.
                downtime.ended(node, Downtime.FAIL_STOP);
              }
              return downtime.back();
            }));
  }

  /// Takes most of the room at once and writes until the rest is gone, too.
  private static void fill(Path filler, long free) throws IOException, InterruptedException {
    if (free > FILL_BYTES) {
      String most = Long.toString(free - FILL_BYTES);
      String _ = Command.run("fallocate", "-l", most, filler.toString());
    }
    try (FileChannel channel =
        FileChannel.open(filler, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      for (int bytes = FILL_BYTES; bytes >= LAST_FILL_BYTES; bytes /= 2) {
        fill(channel, bytes);
      }
    }
  }

  private static void fill(FileChannel channel, int bytes) {
    try {
      while (channel.write(ByteBuffer.allocate(bytes)) == bytes) {
        // On to the end.
      }
    } catch (IOException noSpaceLeft) {
      // This is what we came for.
    }
  }

  /// Whether the node runs on after a write of its own found no room.
  private static boolean noteFull(
      Battlefield field, NodeId node, Disks disks, NodeLog log, Downtime downtime)
      throws IOException {
    long free = disks.freeBytes(node);
    boolean suffered = log.firstLineWith(NO_SPACE).isPresent();
    boolean refused = !suffered && field.cluster().isRunning(node) && refusesSnapshots(field, node);
    boolean ended = !field.cluster().isRunning(node);
    Optional<String> said = log.firstLineWith(NO_SPACE);
    if (ended) {
      downtime.ended(node, Downtime.FAIL_STOP);
    }
    // A log that was purged meanwhile gives room back: a write that found none is proof enough.
    downtime.note(
        ended || said.isPresent() || (refused && free <= FULL_BYTES_MOST),
        "%s free_bytes=%d snapshot_refused=%s ended=%s said=%s"
            .formatted(node, free, refused, ended, said.orElse("nothing")));
    return said.isPresent() && !ended;
  }

  /// A snapshot needs room; asks for one of every group.
  private static boolean refusesSnapshots(Battlefield field, NodeId node) {
    for (ShardGroup group : field.view().dataGroups()) {
      try {
        var _ = field.view().createSnapshot(node, group.id());
      } catch (CallFailed noRoom) {
        return true;
      }
    }
    return false;
  }

  private static Optional<Injury> hang(Battlefield field, Random random)
      throws IOException, InterruptedException {
    Optional<NodeId> victim = field.claim(random);
    if (victim.isEmpty()) {
      return Optional.empty();
    }
    NodeId node = victim.get();
    Disks disks = field.cluster().disks().orElseThrow();
    long pid = Pauses.pid(field, node);
    disks.hang(node);
    return Optional.of(
        new Wound(
            "disk hung, " + node,
            () -> {
              long waiting = awaitWaiting(pid);
              disks.resume(node);
              field.release(node);
              return Evidence.of(waiting > 0, "pid=%d threads_waiting=%d".formatted(pid, waiting));
            }));
  }

  /// Threads in uninterruptible sleep: at this moment, or when one comes.
  private static long awaitWaiting(long pid) throws IOException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    long waiting = Frozen.threadsIn(pid, 'D');
    while (waiting == 0 && System.nanoTime() < deadline) {
      LockSupport.parkNanos(LOOK_EVERY_NANOS);
      waiting = Frozen.threadsIn(pid, 'D');
    }
    return waiting;
  }

  private static Optional<Injury> slow(Battlefield field, Random random) throws IOException {
    Optional<NodeId> victim = field.claim(random);
    if (victim.isEmpty()) {
      return Optional.empty();
    }
    NodeId node = victim.get();
    int micros = random.nextInt(SLOW_MICROS_LEAST, SLOW_MICROS_MOST + 1);
    Tracer tracer = attach(field, node, "delay_enter=" + micros);
    return Optional.of(
        new Wound(
            "flushes %d us slower, %s".formatted(micros, node),
            () -> {
              awaitChange(tracer);
              long slowed = tracer.changed();
              tracer.detach();
              field.release(node);
              return Evidence.of(slowed > 0, "%s slowed_flushes=%d".formatted(node, slowed));
            }));
  }

  private static Optional<Injury> failFlushes(Battlefield field, Random random) throws IOException {
    Optional<NodeId> victim = field.claim(random);
    if (victim.isEmpty()) {
      return Optional.empty();
    }
    NodeId node = victim.get();
    Downtime downtime = new Downtime(field, List.of(node));
    Tracer tracer = attach(field, node, "error=EIO");
    return Optional.of(
        new Wound(
            "flushes fail, " + node,
            () -> {
              awaitChange(tracer);
              downtime.awaitEnd(node, Downtime.FAIL_STOP, PATIENCE);
              long failed = tracer.changed();
              tracer.detach();
              downtime.note(failed > 0, "failed_flushes=" + failed);
              return downtime.back();
            }));
  }

  private static Tracer attach(Battlefield field, NodeId node, String change) throws IOException {
    return Tracer.attach(
        Pauses.pid(field, node), change, field.cluster().folder(node).resolve("strace.out"));
  }

  private static void awaitChange(Tracer tracer) throws IOException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (tracer.changed() == 0 && System.nanoTime() < deadline) {
      LockSupport.parkNanos(LOOK_EVERY_NANOS);
    }
  }

  private static Optional<Injury> truncateLive(Battlefield field, Random random)
      throws IOException, InterruptedException, NodeStopped {
    List<ShardGroup> groups = field.view().dataGroups();
    ShardGroup group = groups.get(random.nextInt(groups.size()));
    Optional<NodeId> victim =
        field.claim(random, node -> hasFiles(liveFolder(field.cluster(), node, group)));
    if (victim.isEmpty()) {
      return Optional.empty();
    }
    NodeId node = victim.get();
    Downtime downtime = new Downtime(field, List.of(node));
    int files = truncateFiles(field.cluster(), node, group);
    return Optional.of(
        new Wound(
            "live files of group %s truncated, %s".formatted(group.id(), node),
            () -> {
              downtime.note(files > 0, "truncated_files=" + files);
              if (!downtime.hasEnded(node, TRAFFIC_BITES)) {
                provoke(field, node, group);
              }
              downtime.awaitEnd(node, Downtime.FAIL_STOP, PATIENCE);
              return downtime.back();
            }));
  }

  private static Path liveFolder(Cluster cluster, NodeId node, ShardGroup group) {
    return cluster.data(node).resolve("groups").resolve(group.id().toString()).resolve("live");
  }

  /// Tables of most nodes lie in memory of the process.
  private static boolean hasFiles(Path live) {
    try (DirectoryStream<Path> all = Files.newDirectoryStream(live)) {
      return all.iterator().hasNext();
    } catch (IOException _) {
      return false;
    }
  }

  private static int truncateFiles(Cluster cluster, NodeId node, ShardGroup group)
      throws IOException {
    int files = 0;
    try (DirectoryStream<Path> all = Files.newDirectoryStream(liveFolder(cluster, node, group))) {
      for (Path file : all) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
          FileChannel _ = channel.truncate(0);
          files++;
        }
      }
    }
    return files;
  }

  /// A snapshot reads what changed; traffic does the rest.
  private static void provoke(Battlefield field, NodeId node, ShardGroup group) {
    try {
      var _ = field.view().createSnapshot(node, group.id());
    } catch (CallFailed asItShould) {
      // The node is on its way out.
    }
  }
}
