package io.vxmeta.chaos.nemesis;

import static io.vxmeta.chaos.nemesis.FaultFamily.RAFT;
import static io.vxmeta.chaos.nemesis.FaultFamily.SNAPSHOT;

import io.vxmeta.client.CallFailed;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroup;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/// What operators may ask of a cluster, asked far too often.
final class RaftStorms {
  private static final int QUIET_MS_MOST = 400;

  /// Snapshots of small tables take some milliseconds, so we may have to look for one under way
  /// several times.
  private static final long CATCH_NANOS = TimeUnit.SECONDS.toNanos(20);

  private static final long LOOK_EVERY_NANOS = TimeUnit.MICROSECONDS.toNanos(200);

  private RaftStorms() {}

  /// Something asked of a group; what it throws as [CallFailed] is a refusal, and allowed.
  private interface Wish {
    void ask(Battlefield field, ShardGroup group, Random random);
  }

  static List<Fault> all() {
    return List.of(
        storm(
            "leader-storm",
            RAFT,
            "leaders are moved from node to node, again and again",
            (field, group, random) -> {
              var _ = field.view().transferLeader(group.id(), replica(group, random));
            }),
        storm(
            "snapshot-storm",
            SNAPSHOT,
            "snapshots are asked for, again and again",
            (field, group, random) -> {
              var _ = field.view().createSnapshot(replica(group, random), group.id());
            }),
        new Recipe(
            "kill-during-snapshot",
            SNAPSHOT,
            "kill -9 of a node that is writing a snapshot",
            Needs.PROCESSES,
            RaftStorms::killWriting));
  }

  private static Fault storm(String name, FaultFamily family, String summary, Wish wish) {
    return new Recipe(
        name,
        family,
        summary,
        Needs.NOTHING,
        (field, random) -> Optional.of(storm(name, field, random, wish)));
  }

  private static Injury storm(String name, Battlefield field, Random random, Wish wish) {
    AtomicInteger granted = new AtomicInteger();
    AtomicInteger refused = new AtomicInteger();
    Repetition storm =
        Repetition.start(
            name,
            random,
            (turn, dice) -> {
              try {
                wish.ask(field, anyGroup(field, dice), dice);
                granted.incrementAndGet();
              } catch (CallFailed allowed) {
                refused.incrementAndGet();
              }
              turn.rest(dice, 0, QUIET_MS_MOST);
            });
    return new Wound(
        name,
        () -> {
          int _ = storm.end();
          insist(field, wish, granted, random);
          return Evidence.of(
              granted.get() > 0, "granted=%d refused=%d".formatted(granted.get(), refused.get()));
        });
  }

  /// Other faults may have kept the cluster from granting anything: then it gets some more chances.
  private static void insist(Battlefield field, Wish wish, AtomicInteger granted, Random random) {
    for (int chance = 0; granted.get() == 0 && chance < field.cluster().nodes().size(); chance++) {
      try {
        wish.ask(field, anyGroup(field, random), random);
        granted.incrementAndGet();
      } catch (CallFailed stillBroken) {
        // Counted as not granted.
      }
    }
  }

  private static ShardGroup anyGroup(Battlefield field, Random random) {
    List<ShardGroup> groups = field.view().dataGroups();
    return groups.get(random.nextInt(groups.size()));
  }

  private static NodeId replica(ShardGroup group, Random random) {
    return group.replicas().get(random.nextInt(group.replicas().size())).node();
  }

  private static Optional<Injury> killWriting(Battlefield field, Random random)
      throws IOException, InterruptedException {
    Optional<NodeId> victim = field.claim(random);
    if (victim.isEmpty()) {
      return Optional.empty();
    }
    NodeId node = victim.get();
    Downtime downtime = new Downtime(field, List.of(node));
    Path groups = field.cluster().data(node).resolve("groups");
    Repetition asking =
        Repetition.start("snapshots-of-" + node, random, (_, dice) -> ask(field, node, dice));
    long deadline = System.nanoTime() + CATCH_NANOS;
    while (!isWriting(groups) && System.nanoTime() < deadline) {
      LockSupport.parkNanos(LOOK_EVERY_NANOS);
    }
    downtime.kill();
    boolean caught = isWriting(groups);
    downtime.note(caught, "unfinished_snapshot=" + caught);
    return Optional.of(
        new Wound(
            "kill -9 while writing a snapshot, " + node,
            () -> {
              int _ = asking.end();
              return downtime.back();
            }));
  }

  private static void ask(Battlefield field, NodeId node, Random dice) {
    try {
      var _ = field.view().createSnapshot(node, anyGroup(field, dice).id());
    } catch (CallFailed killed) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(QUIET_MS_MOST));
    }
  }

  private static boolean isWriting(Path groups) throws IOException {
    try (DirectoryStream<Path> all = Files.newDirectoryStream(groups)) {
      for (Path group : all) {
        Path snapshots = group.resolve("snapshots");
        if (Files.isDirectory(snapshots)) {
          try (DirectoryStream<Path> writing = Files.newDirectoryStream(snapshots, "writing-*")) {
            if (writing.iterator().hasNext()) {
              return true;
            }
          }
        }
      }
      return false;
    }
  }
}
