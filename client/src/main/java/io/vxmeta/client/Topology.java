package io.vxmeta.client;

import io.vxmeta.client.grpc.Channels;
import io.vxmeta.shardmap.Endpoint;
import io.vxmeta.shardmap.Epoch;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardMap;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The client's cached shard map, replaced only by newer ones, and its beliefs about leaders.
final class Topology {
  /* Threads: any. One fetch runs at a time; whoever needs a newer map meanwhile waits for the same one.
   * Invariants: the cached map's epoch never falls; its cluster never changes. The follower is told of each map BEFORE anybody can use it,
   *   by one thread at a time. */

  private final Channels channels;
  private final ScheduledExecutorService timer;
  private final List<Endpoint> bootstrap;
  private final Random random;
  private final Consumer<ShardMap> follower;
  private final Leaders leaders = new Leaders();

  private volatile @Nullable ShardMap cached;
  private @Nullable CompletableFuture<ShardMap> fetching;

  Topology(
      Channels channels,
      ScheduledExecutorService timer,
      List<Endpoint> bootstrap,
      Random random,
      Consumer<ShardMap> follower) {
    this.follower = follower;
    this.channels = channels;
    this.timer = timer;
    this.bootstrap = bootstrap;
    this.random = random;
  }

  Leaders leaders() {
    return leaders;
  }

  /// Where this client began to look for the cluster.
  List<Endpoint> bootstrap() {
    return bootstrap;
  }

  /// The cached map; fetched when there is none.
  CompletableFuture<ShardMap> current() {
    ShardMap map = cached;
    return map != null ? CompletableFuture.completedFuture(map) : fetch(Optional.empty());
  }

  /// A map newer than `known` if any node has one, else the newest there is. `first`: who is likely
  /// to have it.
  CompletableFuture<ShardMap> refreshed(Epoch known, Endpoint first) {
    ShardMap map = cached;
    return map != null && map.epoch().isNewerThan(known)
        ? CompletableFuture.completedFuture(map)
        : fetch(Optional.of(first));
  }

  /// What a node says now, or the cached map if that is newer.
  CompletableFuture<ShardMap> asked() {
    return fetch(Optional.empty());
  }

  private synchronized CompletableFuture<ShardMap> fetch(Optional<Endpoint> first) {
    CompletableFuture<ShardMap> running = fetching;
    if (running != null && !running.isDone()) {
      return running;
    }
    CompletableFuture<ShardMap> started =
        MapFetch.start(channels, timer, candidates(first)).thenApply(this::adopt);
    fetching = started;
    return started;
  }

  private List<Endpoint> candidates(Optional<Endpoint> first) {
    List<Endpoint> known = new ArrayList<>(bootstrap);
    ShardMap map = cached;
    if (map != null) {
      map.nodes().forEach(node -> known.add(Target.of(node).endpoint()));
    }
    Collections.shuffle(known, random);
    Set<Endpoint> ordered = new LinkedHashSet<>();
    first.ifPresent(ordered::add);
    ordered.addAll(known);
    return List.copyOf(ordered);
  }

  private synchronized ShardMap adopt(ShardMap fetched) {
    ShardMap map = cached;
    if (map != null && !map.clusterId().equals(fetched.clusterId())) {
      throw new CallFailed(
          "FOREIGN_CLUSTER",
          "the endpoints belong to different clusters: cluster="
              + map.clusterId()
              + " other="
              + fetched.clusterId()
              + " endpoints="
              + bootstrap
              + "; give endpoints of one cluster",
          Map.of("cluster", map.clusterId(), "other", fetched.clusterId()));
    }
    if (map == null || fetched.epoch().isNewerThan(map.epoch())) {
      follower.accept(fetched);
      cached = fetched;
      return fetched;
    }
    return map;
  }

  /// Takes what an answer tells in passing: who leads, and that a newer map exists.
  void observe(Freshness freshness, Target answered) {
    leaders.onAnswer(answered);
    ShardMap map = cached;
    if (map == null) {
      return;
    }
    if (freshness.role() == ReplicaRole.LEADER) {
      leaders.learn(freshness.token().group(), answered);
    }
    if (freshness.mapEpoch().isNewerThan(map.epoch())) {
      CompletableFuture<ShardMap> unused = refreshed(map.epoch(), answered.endpoint());
    }
  }

  /// Where the leader is that an error names: by the map if it knows the node, else as the error
  /// says.
  Optional<Target> named(Optional<String> node, Optional<String> endpoint) {
    ShardMap map = cached;
    if (node.isPresent() && map != null) {
      Optional<Target> known =
          parse(node.get(), NodeId::new).flatMap(map::findNode).map(Target::of);
      if (known.isPresent()) {
        return known;
      }
    }
    return endpoint
        .flatMap(text -> parse(text, Endpoint::parse))
        .map(parsed -> new Target(node.orElse(""), parsed));
  }

  private static <T> Optional<T> parse(String text, Function<String, T> parser) {
    try {
      return Optional.of(parser.apply(text));
    } catch (IllegalArgumentException malformed) {
      // A hint nobody can read is no hint; the call goes on asking around.
      return Optional.empty();
    }
  }
}
