package io.vxmeta.chaos.nemesis;

import static io.vxmeta.chaos.nemesis.FaultFamily.CORRUPTION;

import io.vxmeta.chaos.cluster.Cluster;
import io.vxmeta.chaos.cluster.NodeStopped;
import io.vxmeta.client.CallFailed;
import io.vxmeta.client.ClusterAdmin.ReplicaStatus;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroup;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;

/// Mapped tables whose file is cut off under a running node.
final class LostPages {
  /// Writers and readers touch every table within it.
  private static final Duration TRAFFIC_BITES = Duration.ofSeconds(3);

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /// Nobody applies so many entries without a look at the group's tables.
  private static final int APPLIED_LEAST = 50;

  private LostPages() {}

  static List<Fault> all() {
    return List.of(
        new Recipe(
            "live-file-truncated",
            CORRUPTION,
            "the mapped tables of a group lose their pages; the node must stop itself",
            Needs.DISKS.and(Needs.PROCESSES),
            LostPages::truncateLive));
  }

  /// A node that goes on applying without the pages of its tables breaks its promise; one that had
  /// no reason to look at them does not.
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
    downtime.allow(node, Downtime.FAIL_STOP);
    int files = truncateFiles(field.cluster(), node, group);
    OptionalLong applied = applied(field, node, group);
    return Optional.of(
        new Wound(
            "live files of group %s truncated, %s".formatted(group.id(), node),
            () -> {
              boolean ended = downtime.hasEnded(node, TRAFFIC_BITES);
              if (!ended) {
                provoke(field, node, group);
                ended = downtime.hasEnded(node, PATIENCE);
              }
              downtime.note(ended && files > 0, "truncated_files=" + files);
              OptionalLong now = applied(field, node, group);
              if (!ended && isFurther(applied, now)) {
                downtime.misdeed(
                    "%s went on without the pages of its tables: group=%s applied=%s->%s"
                        .formatted(node, group.id(), applied, now));
              }
              return downtime.back();
            }));
  }

  /// What the node has applied of the group; empty when it does not say.
  private static OptionalLong applied(Battlefield field, NodeId node, ShardGroup group) {
    return field.view().statuses().stream()
        .filter(status -> status.node().equals(node.value()))
        .flatMap(status -> status.replicas().stream())
        .filter(replica -> replica.group().equals(group.id()))
        .mapToLong(ReplicaStatus::appliedIndex)
        .findFirst();
  }

  static boolean isFurther(OptionalLong before, OptionalLong now) {
    return before.isPresent()
        && now.isPresent()
        && now.getAsLong() - before.getAsLong() >= APPLIED_LEAST;
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
        } catch (NoSuchFileException removed) {
          // The living node has one table less.
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
