package io.vxmeta.chaos.demo;

import io.vxmeta.chaos.cluster.ClusterPlan;
import io.vxmeta.chaos.cluster.ClusterView;
import io.vxmeta.chaos.cluster.NodeStopped;
import io.vxmeta.chaos.cluster.ProcessCluster;
import io.vxmeta.client.BulkWriter;
import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.ClusterAdmin.Leadership;
import io.vxmeta.client.ClusterAdmin.ReplicaDigest;
import io.vxmeta.client.VxClient;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardGroupId;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Writes real records into a real cluster, kills a leader on the way, and checks that nothing was
/// lost or stale.
final class Demo {
  /* Threads: this one writes; one reads; one breaks and mends the cluster; one reports progress. */

  private static final String NAMESPACE = "default";

  /// The group whose leader is killed.
  private static final ShardGroupId VICTIM_GROUP = new ShardGroupId(1);

  /// Writing takes at least so long, so that a leader can die and come back while it goes on.
  private static final Duration SHORTEST_FEED = Duration.ofSeconds(20);

  /// Elections and catching up on a busy machine.
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private static final Duration PROGRESS_EVERY = Duration.ofSeconds(2);

  private final DemoRecords source;
  private final Path folder;
  private final Timeline timeline;
  private final Random random;

  Demo(DemoRecords source, Path folder, Timeline timeline, Random random) {
    this.source = source;
    this.folder = folder;
    this.timeline = timeline;
    this.random = random;
  }

  DemoVerdict run() throws IOException, InterruptedException, NodeStopped {
    timeline.tell("%,d records from %s".formatted(source.entries().size(), source.origin()));
    try (ProcessCluster cluster = ProcessCluster.start(ClusterPlan.small("demo", folder));
        VxClient client = VxClient.connect(ClientConfig.of(cluster.endpoints()))) {
      cluster
          .nodes()
          .forEach(node ->
              timeline.tell(
                  "%s serves on %s, pid %d"
                      .formatted(node, cluster.endpoint(node), cluster.process(node).pid())));
      ClusterView view = new ClusterView(client);
      view.awaitLeaders(PATIENCE);
      timeline.tell("leaders: " + leaders(view));
      return new Run(cluster, client, view).go();
    }
  }

  private String leaders(ClusterView view) {
    return view.dataGroups().stream()
        .map(group ->
            "group %s on %s".formatted(group.id(), view.awaitLeader(group.id(), PATIENCE).node()))
        .collect(Collectors.joining(", "));
  }

  /// The part with a running cluster.
  private final class Run {
    private final ProcessCluster cluster;
    private final VxClient client;
    private final ClusterView view;
    private final Acknowledged acknowledged = new Acknowledged(source.entries().size());

    Run(ProcessCluster cluster, VxClient client, ClusterView view) {
      this.cluster = cluster;
      this.client = client;
      this.view = view;
    }

    DemoVerdict go() throws InterruptedException {
      List<DemoRecords.Entry> records = source.entries();
      BulkWriter writer = client.bulkWriter(BulkWriter.Options.DEFAULTS);
      Feed feed = new Feed(writer, NAMESPACE, records, acknowledged, SHORTEST_FEED);
      FeatureReader reader = new FeatureReader(client, NAMESPACE, records, acknowledged, random);
      CompletableFuture<Void> broken = new CompletableFuture<>();
      try (writer;
          reader;
          ScheduledExecutorService reporter = Executors.newSingleThreadScheduledExecutor()) {
        reader.start();
        ScheduledFuture<?> _ =
            reporter.scheduleAtFixedRate(
                () -> progress(feed, reader),
                PROGRESS_EVERY.toMillis(),
                PROGRESS_EVERY.toMillis(),
                TimeUnit.MILLISECONDS);
        feed.run(
            () -> Thread.ofPlatform().daemon().name("nemesis").start(() -> breakAndMend(broken)));
        broken.join();
        reporter.shutdownNow();
      }
      tellFeed(feed, reader);
      return check(feed, reader);
    }

    private void progress(Feed feed, FeatureReader reader) {
      timeline.progress(
          "%,d of %,d written, %,d acknowledged; reader: %,d multi-gets, %d stale"
              .formatted(
                  feed.written(),
                  source.entries().size(),
                  acknowledged.count(),
                  reader.answered(),
                  reader.stale()));
    }

    private void breakAndMend(CompletableFuture<Void> done) {
      try {
        Leadership old = view.awaitLeader(VICTIM_GROUP, PATIENCE);
        acknowledged.watch(VICTIM_GROUP);
        cluster.kill(old.node());
        timeline.tell(
            "kill -9 %s, leader of group %s in term %d"
                .formatted(old.node(), VICTIM_GROUP, old.term()));
        Leadership now = view.awaitOtherLeader(VICTIM_GROUP, old.node(), PATIENCE);
        timeline.tell(
            "%s leads group %s in term %d".formatted(now.node(), VICTIM_GROUP, now.term()));
        cluster.restart(old.node());
        timeline.tell(
            "%s is back, pid %d".formatted(old.node(), cluster.process(old.node()).pid()));
        done.complete(null);
      } catch (IOException | InterruptedException | NodeStopped | RuntimeException e) {
        timeline.tell("the fault could not be made or mended: " + e);
        done.completeExceptionally(e);
      }
    }

    private void tellFeed(Feed feed, FeatureReader reader) {
      timeline.tell(
          "%,d written, %,d acknowledged; longest pause of group %s around the kill: %,d ms"
              .formatted(
                  feed.written(),
                  acknowledged.count(),
                  VICTIM_GROUP,
                  acknowledged.longestGapMs(VICTIM_GROUP)));
      if (!feed.firstFailure().isEmpty()) {
        timeline.tell("first write without acknowledgement: " + feed.firstFailure());
      }
      timeline.tell(
          "reader: %,d multi-gets answered, slowest %,d ms, %d without answer in time, %d stale"
              .formatted(reader.answered(), reader.slowestMs(), reader.refused(), reader.stale()));
      if (!reader.firstStale().isEmpty()) {
        timeline.tell("first stale record: " + reader.firstStale());
      }
    }

    private DemoVerdict check(Feed feed, FeatureReader reader) {
      view.awaitCaughtUp(cluster.nodes().size(), PATIENCE);
      ReadBack readBack = new ReadBack(client, NAMESPACE, source.entries());
      int mismatches = 0;
      for (ShardGroup group : view.dataGroups()) {
        tellReadBack(group, feed, readBack);
        mismatches += compareDigests(group);
      }
      return new DemoVerdict(
          feed.written(),
          acknowledged.count(),
          acknowledged.count() - readBack.missed(),
          readBack.missed(),
          reader.stale(),
          mismatches,
          acknowledged.longestGapMs(VICTIM_GROUP),
          timeline.seconds());
    }

    private void tellReadBack(ShardGroup group, Feed feed, ReadBack readBack) {
      List<Integer> numbers =
          IntStream.range(0, source.entries().size())
              .filter(number -> feed.isAcknowledgedBy(number, group.id()))
              .boxed()
              .toList();
      NodeId leader = view.awaitLeader(group.id(), PATIENCE).node();
      String answers =
          ClusterView.nodes(group).stream()
              .map(node ->
                  "%s%s %,d"
                      .formatted(
                          node,
                          node.equals(leader) ? " (leader)" : "",
                          readBack.from(node, numbers)))
              .collect(Collectors.joining(", "));
      timeline.tell(
          "group %s: %,d acknowledged; read back from %s"
              .formatted(group.id(), numbers.size(), answers));
    }

    /// Tells the digests; returns 1 when they differ.
    private int compareDigests(ShardGroup group) {
      List<ReplicaDigest> digests = view.digests(group);
      long different =
          digests.stream().map(d -> d.revision() + ":" + d.digest()).distinct().count();
      timeline.tell(
          String.format(
              Locale.ROOT,
              "group %s: digests at revision %s: %s, %s",
              group.id(),
              digests.get(0).revision(),
              digests.stream()
                  .map(d -> "%016x".formatted(d.digest()))
                  .collect(Collectors.joining(" ")),
              different == 1 ? "equal" : "DIFFERENT"));
      return different == 1 ? 0 : 1;
    }
  }
}
