package io.vxmeta.chaos.nemesis;

import static io.vxmeta.chaos.nemesis.FaultFamily.RAFT;
import static io.vxmeta.chaos.nemesis.FaultFamily.SNAPSHOT;

import io.vxmeta.chaos.cluster.Cluster;
import io.vxmeta.chaos.cluster.ClusterView;
import io.vxmeta.chaos.cluster.NodeStopped;
import io.vxmeta.client.CallFailed;
import io.vxmeta.client.ClusterAdmin.NodeStatus;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardId;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/// What operators may ask of a cluster, asked far too often.
final class RaftStorms {
  private static final int QUIET_MS_MOST = 400;

  /// Snapshots of small tables take some milliseconds, so we may have to look for one under way
  /// several times.
  private static final Lookout CATCH =
      new Lookout(Duration.ofSeconds(20), Duration.ofNanos(200_000));

  /// So often is a node killed that has finished its snapshot each time before it died.
  private static final int DEATHS_MOST = 5;

  /// A storm that changed nothing, because other faults were stronger, goes on so long without
  /// them.
  private static final Duration AFTER_STORM = Duration.ofSeconds(20);

  /// Of the wishes of a storm of moves so many are to call one off, if there is one.
  private static final int CALL_OFF_ONE_OF = 6;

  /// So many shards move in a storm of theirs: few, so that each moves often.
  private static final int STORMY_SHARDS = 8;

  /// A move waits for nodes that are started again.
  private static final Duration MOVES_END = Duration.ofMinutes(3);

  private RaftStorms() {}

  /// Something asked of any group; what it throws as [CallFailed] is a refusal, and allowed.
  interface Wish {
    /// Whether something is another than before; what is so already may be granted as well.
    boolean ask(Random random);
  }

  /// Makes the wish of one storm, which knows how things were when it began.
  private interface Wishing {
    Wish in(ClusterView view);
  }

  private record Place(NodeId node, ShardGroupId group) {}

  static List<Fault> all() {
    return List.of(
        storm(
            "leader-storm",
            RAFT,
            "leaders are moved from node to node, again and again",
            RaftStorms::anotherLeader),
        storm(
            "snapshot-storm",
            SNAPSHOT,
            "snapshots are asked for, again and again",
            RaftStorms::newSnapshot),
        new Recipe(
            "replica-storm",
            RAFT,
            "replicas are moved to other nodes, and moves called off, again and again",
            Needs.nodes(4, "with fewer every node has a replica of every group"),
            RaftStorms::moveReplicas),
        new Recipe(
            "shard-storm",
            RAFT,
            "shards are moved to other groups, and moves called off, again and again",
            Needs.NOTHING,
            RaftStorms::moveShards),
        new Recipe(
            "kill-during-snapshot",
            SNAPSHOT,
            "kill -9 of a node that is writing a snapshot",
            Needs.PROCESSES,
            RaftStorms::killWriting));
  }

  private static Fault storm(String name, FaultFamily family, String summary, Wishing wishing) {
    return new Recipe(
        name,
        family,
        summary,
        Needs.NOTHING,
        (field, random) ->
            Optional.of(new Wound(name, new Storm(wishing.in(field.view()), random).rage(name))));
  }

  /// A change is a later term: whoever leads already may be asked to, too.
  private static Wish anotherLeader(ClusterView view) {
    Map<ShardGroupId, Long> terms = new HashMap<>();
    view.leaders().forEach((group, leadership) -> terms.put(group, leadership.term()));
    return random -> {
      ShardGroup group = anyGroup(view, random);
      long term = view.transferLeader(group.id(), replica(group, random)).term();
      long before = terms.getOrDefault(group.id(), term);
      terms.put(group.id(), term);
      return term > before;
    };
  }

  /// A change is a later index: where nothing was applied since, a snapshot is granted as well.
  private static Wish newSnapshot(ClusterView view) {
    Map<Place, Long> indexes = new HashMap<>();
    for (NodeStatus status : view.statuses()) {
      NodeId node = new NodeId(status.node());
      status
          .replicas()
          .forEach(
              replica -> indexes.put(new Place(node, replica.group()), replica.snapshotIndex()));
    }
    return random -> {
      ShardGroup group = anyGroup(view, random);
      Place place = new Place(replica(group, random), group.id());
      long index = view.createSnapshot(place.node(), group.id()).index();
      long before = indexes.getOrDefault(place, index);
      indexes.put(place, index);
      return index > before;
    };
  }

  private static Optional<Injury> moveReplicas(Battlefield field, Random random) {
    ClusterView view = field.view();
    return Optional.of(
        stormOfMoves(
            "replica-storm",
            new Storm(anotherHome(view, field.cluster().nodes()), random),
            () -> view.endMoves(MOVES_END)));
  }

  private static Optional<Injury> moveShards(Battlefield field, Random random) {
    ClusterView view = field.view();
    return Optional.of(
        stormOfMoves(
            "shard-storm",
            new Storm(anotherGroup(view), random),
            () -> view.endShardMoves(MOVES_END)));
  }

  /// What is still under way in the end is called off, and waited for, also if the storm itself
  /// failed: nobody compares replicas that come and go.
  private static Wound stormOfMoves(String name, Storm storm, Runnable endMoves) {
    Wound.Mending raging = storm.rage(name);
    return new Wound(
        name,
        () -> {
          try {
            return raging.mend();
          } finally {
            endMoves.run();
          }
        });
  }

  /// A change is another set of nodes; orders are refused while the group's last one is under way.
  private static Wish anotherHome(ClusterView view, List<NodeId> nodes) {
    Map<ShardGroupId, Set<NodeId>> homes = new HashMap<>();
    view.dataGroups().forEach(group -> homes.put(group.id(), Set.copyOf(group.voters())));
    return random -> {
      ShardGroup group = anyGroup(view, random);
      Set<NodeId> now = Set.copyOf(group.voters());
      boolean moved = !now.equals(homes.put(group.id(), now));
      if (!moved && random.nextInt(CALL_OFF_ONE_OF) == 0) {
        view.cancelMove(group.id());
      } else if (!moved) {
        List<NodeId> others = nodes.stream().filter(node -> !group.isOn(node)).toList();
        view.moveReplica(
            group.id(), replica(group, random), others.get(random.nextInt(others.size())));
      }
      return moved;
    };
  }

  /// A change is a shard found in another group than before. Of those that are written: nobody
  /// would notice the others.
  private static Wish anotherGroup(ClusterView view) {
    Map<ShardId, ShardGroupId> owners = new HashMap<>();
    return random -> {
      if (owners.isEmpty()) {
        view.busiestShards(STORMY_SHARDS).forEach(shard -> owners.put(shard, view.groupOf(shard)));
      }
      List<ShardId> shards = owners.keySet().stream().sorted().toList();
      if (shards.isEmpty() || view.dataGroups().size() < 2) {
        return false;
      }
      ShardId shard = shards.get(random.nextInt(shards.size()));
      ShardGroupId now = view.groupOf(shard);
      boolean moved = !now.equals(owners.put(shard, now));
      if (!moved && random.nextInt(CALL_OFF_ONE_OF) == 0) {
        view.cancelShardMove(shard);
      } else if (!moved) {
        List<ShardGroupId> others =
            view.dataGroups().stream()
                .map(ShardGroup::id)
                .filter(group -> !group.equals(now))
                .toList();
        view.moveShard(shard, others.get(random.nextInt(others.size())));
      }
      return moved;
    };
  }

  /// The same wish, again and again.
  static final class Storm {
    /* Threads: the repetition's, then, when it has ended, the one that mends. */

    private final Wish wish;
    private final Random random;
    private int granted;
    private int changed;
    private int refused;

    Storm(Wish wish, Random random) {
      this.wish = wish;
      this.random = random;
    }

    Wound.Mending rage(String name) {
      Repetition storm =
          Repetition.start(
              name,
              random,
              (turn, dice) -> {
                ask(dice);
                turn.rest(dice, 0, QUIET_MS_MOST);
              });
      return () -> {
        int _ = storm.end();
        insist();
        return Evidence.of(
            changed > 0, "granted=%d changed=%d refused=%d".formatted(granted, changed, refused));
      };
    }

    private void ask(Random dice) {
      try {
        changed += wish.ask(dice) ? 1 : 0;
        granted++;
      } catch (CallFailed allowed) {
        refused++;
      }
    }

    private void insist() throws InterruptedException {
      long deadline = System.nanoTime() + AFTER_STORM.toNanos();
      while (changed == 0 && System.nanoTime() < deadline) {
        ask(random);
        Lookout.rest(Duration.ofMillis(QUIET_MS_MOST));
      }
    }
  }

  private static ShardGroup anyGroup(ClusterView view, Random random) {
    List<ShardGroup> groups = view.dataGroups();
    return groups.get(random.nextInt(groups.size()));
  }

  private static NodeId replica(ShardGroup group, Random random) {
    return group.replicas().get(random.nextInt(group.replicas().size())).node();
  }

  /// The node must run until it is killed.
  private static Optional<Injury> killWriting(Battlefield field, Random random)
      throws IOException, InterruptedException, NodeStopped {
    Optional<NodeId> victim = field.claim(random);
    if (victim.isEmpty()) {
      return Optional.empty();
    }
    NodeId node = victim.get();
    Downtime downtime = new Downtime(field, List.of(node));
    Repetition asking =
        Repetition.start(
            "snapshots-of-" + node, random, (turn, dice) -> ask(field, node, turn, dice));
    Downtime.Step silence =
        () -> {
          int _ = asking.end();
        };
    return downtime.inflict(
        () -> {
          catchWriting(field.cluster(), node, downtime);
          return Optional.of(
              new Wound(
                  "kill -9 while writing a snapshot, " + node, () -> downtime.backAfter(silence)));
        },
        silence);
  }

  /// A snapshot may be finished between the look and the kill: then the node is started and killed
  /// again. One that ends by itself meanwhile is not: its downtime tells of it.
  private static void catchWriting(Cluster cluster, NodeId node, Downtime downtime)
      throws IOException, InterruptedException, NodeStopped {
    Path groups = cluster.data(node).resolve("groups");
    for (int deaths = 1; ; deaths++) {
      boolean _ = CATCH.sees(() -> isWriting(groups));
      boolean killed = downtime.killAgain(node);
      boolean caught = isWriting(groups);
      if (caught || !killed || deaths == DEATHS_MOST) {
        downtime.note(
            killed && caught,
            "%s killed=%s unfinished_snapshot=%s deaths=%d"
                .formatted(node, killed, caught, deaths));
        return;
      }
      downtime.launch(node);
      cluster.awaitReady(node);
    }
  }

  private static void ask(Battlefield field, NodeId node, Repetition turn, Random dice)
      throws InterruptedException {
    try {
      var _ = field.view().createSnapshot(node, anyGroup(field.view(), dice).id());
    } catch (CallFailed killed) {
      turn.rest(dice, QUIET_MS_MOST, QUIET_MS_MOST);
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
