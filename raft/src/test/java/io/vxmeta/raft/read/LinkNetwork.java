package io.vxmeta.raft.read;

import io.grpc.ManagedChannel;
import io.vxmeta.raft.peer.PeerLinks;
import io.vxmeta.raft.peer.PeerService;
import io.vxmeta.raft.read.ReadBarrier.Question;
import io.vxmeta.shardmap.NodeId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// The real links between nodes, on channels that are lists of messages.
final class LinkNetwork implements ModelNetwork {
  /* Real: PeerLinks, PeerLink, PeerService, and gRPC's stubs. A message may be late, or lost with its call; those of one call
   * arrive in order. A call may break at any time, and a restart breaks all of its node.
   */
  private static final String CLUSTER = "model";

  /// Four of them, and a link gives up a silent stream.
  private static final long SWEEP_NANOS = TimeUnit.MILLISECONDS.toNanos(300);

  private final ReadWorld world;
  private final Map<ModelServer, PeerLinks> links = new HashMap<>();
  private final Map<ModelServer, PeerService> services = new HashMap<>();
  private final List<ModelChannel.Delivery> deliveries = new ArrayList<>();

  LinkNetwork(ReadWorld world) {
    this.world = world;
  }

  @Override
  public void onBegin(ModelServer server) {
    Map<NodeId, ManagedChannel> channels = new HashMap<>();
    for (int peer = 0; peer < world.setup().nodes(); peer++) {
      if (peer != server.id) {
        int to = peer;
        channels.put(
            ReadWorld.NODES.get(peer),
            new ModelChannel(
                server.id,
                to,
                deliveries,
                () -> Objects.requireNonNull(services.get(world.server(to)))));
      }
    }
    links.put(
        server,
        new PeerLinks(
            ReadWorld.NODES.get(server.id), CLUSTER, channels, server.barrier, world::nowNanos));
    services.put(
        server,
        new PeerService(
            CLUSTER,
            Map.of(ReadWorld.GROUP, server.replica),
            server.barrier,
            (_, _, _) -> {
              throw new UnsupportedOperationException("expected no snapshot");
            },
            (_, _) -> {
              throw new UnsupportedOperationException("expected no offer of a lead");
            },
            (_, _, _) -> {
              throw new UnsupportedOperationException("expected no introduction");
            },
            _ -> {
              throw new UnsupportedOperationException("expected no question for voters");
            },
            new NoShardMoves(),
            world::nowNanos));
  }

  @Override
  public void onEnd(ModelServer server) {
    links.remove(server);
    PeerService ended = Objects.requireNonNull(services.remove(server));
    deliveries.removeIf(delivery -> delivery.call().isFrom(server.id));
    Set<ModelChannel.Call<?, ?>> broken = new LinkedHashSet<>();
    for (ModelChannel.Delivery delivery : List.copyOf(deliveries)) {
      if (delivery.call().isServedBy(ended)) {
        broken.add(delivery.call());
      }
    }
    deliveries.removeIf(delivery -> broken.contains(delivery.call()));
    broken.forEach(ModelChannel.Call::breakOff);
  }

  private PeerLinks linksOf(ModelServer server) {
    return Objects.requireNonNull(links.get(server));
  }

  @Override
  public void wants(ModelServer server, int peer, Question question) {
    // The links ask by themselves.
  }

  @Override
  public CompletableFuture<Long> ask(ModelServer from, NodeId leader) {
    return linksOf(from).readIndex(leader, ReadWorld.GROUP);
  }

  @Override
  public void collect(List<Step> steps) {
    Set<ModelChannel.Call<?, ?>> first = new HashSet<>();
    for (ModelChannel.Delivery delivery : deliveries) {
      if (first.add(delivery.call())) {
        ModelChannel.Call<?, ?> call = delivery.call();
        steps.add(Step.between("arrives", call.to(), call.from(), 60, () -> deliver(delivery)));
        steps.add(Step.between("breaks", call.to(), call.from(), 1, () -> breakOff(call)));
      }
    }
    for (int id = 0; id < world.setup().nodes(); id++) {
      ModelServer server = world.server(id);
      steps.add(Step.of("sweep", id, 4, () -> sweep(server, world.nowNanos())));
      steps.add(
          Step.of(
              "give up",
              id,
              1,
              () -> sweep(server, world.nowNanos() + 2 * ReadWorld.PATIENCE_NANOS)));
    }
  }

  private void deliver(ModelChannel.Delivery delivery) {
    deliveries.remove(delivery);
    world.readPath(delivery.arrival());
  }

  private void breakOff(ModelChannel.Call<?, ?> call) {
    deliveries.removeIf(delivery -> delivery.call() == call);
    world.readPath(call::breakOff);
  }

  private void sweep(ModelServer server, long deadlinesUpTo) {
    world.pass(SWEEP_NANOS);
    world.readPath(() -> {
      server.barrier.expire(deadlinesUpTo);
      server.gate.expire(deadlinesUpTo);
      linksOf(server).sweep(world.nowNanos());
    });
  }

  @Override
  public void settle() {
    // Nothing happens by itself.
  }

  @Override
  public List<ModelRead> proofs(ModelServer server) {
    return List.of();
  }

  @Override
  public void addTo(Fingerprint print) {
    throw new UnsupportedOperationException("gRPC's calls have no fingerprint; walk instead");
  }
}
