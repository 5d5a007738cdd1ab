package io.vxmeta.raft.peer;

import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.vxmeta.client.v1.FetchSnapshotRequest;
import io.vxmeta.client.v1.PeerGrpc;
import io.vxmeta.client.v1.SnapshotChunk;
import io.vxmeta.client.v1.SnapshotSegment;
import io.vxmeta.raft.disk.DiskSpace;
import io.vxmeta.raft.ratis.Replica.SnapshotPoint;
import io.vxmeta.raft.ratis.SnapshotSource;
import io.vxmeta.raft.recover.Need;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.statemachine.snapshot.IncomingSnapshot;
import io.vxmeta.statemachine.snapshot.NoRoomForSnapshot;
import io.vxmeta.statemachine.snapshot.Snapshot;
import io.vxmeta.statemachine.snapshot.SnapshotFile;
import io.vxmeta.statemachine.snapshot.SnapshotFormatException;
import io.vxmeta.statemachine.snapshot.SnapshotStore;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Fetches snapshots from other nodes: for a replica too far behind for the log, or whose own files
/// are damaged.
public final class SnapshotFetch implements SnapshotSource {
  /* Threads: any; one fetch of a group at a time, on the thread that asks for it. Another one of that group gets nothing, at
   *   once: the first may be one whose offer was closed meanwhile, and goes on, because what it fetched need not come again.
   * In vain: the next fetch of that group begins a while later. A leader that is told "none" offers again at once, and donor and
   *   log file would have no rest.
   * Room: the donor says how much comes. Where that is too much, all is dropped that came before, and the donor is not asked
   *   again before there is room.
   * Safety: the receiver verifies and flushes all of it before it replaces anything, so a broken transfer leaves the old
   *   state usable.
   * What comes over the network: only segments this node has not, by name, length and checksum. Whole files of a broken
   *   transfer are kept in memory's list and on disk for the next attempt, from whichever node; a restart drops them. If the
   *   result does not verify, an own file that was counted on has rotted, and the next attempt takes everything anew.
   * A fetch that ends here, for want of room for example, ends the donor's sending as well: it would wait for the rest to be
   *   taken, with a thread and with files that it keeps, until the deadline.
   */
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotFetch.class);
  private static final long DEADLINE_MINUTES = 60;
  private static final Duration RETRY = Duration.ofSeconds(1);
  private static final Duration ROOM_RETRY = Duration.ofSeconds(10);

  private final String clusterId;
  private final Map<NodeId, ManagedChannel> channels;
  private final Executor receivers;
  private final Map<ShardGroupId, Intake> intakes = new ConcurrentHashMap<>();
  private final Function<ShardGroupId, Optional<SnapshotStore>> stores;
  private final MemberFiles memberFiles;

  /// Keeps who has a vote in a group.
  @FunctionalInterface
  public interface MemberFiles {
    /// Durable when it returns.
    void keep(ShardGroupId group, byte[] members) throws IOException;
  }

  /// @param stores of the groups of this node, at any time
  /// @param receivers for fetches of replicas that run
  public SnapshotFetch(
      String clusterId,
      Function<ShardGroupId, Optional<SnapshotStore>> stores,
      MemberFiles memberFiles,
      Map<NodeId, ManagedChannel> channels,
      Executor receivers) {
    this.clusterId = clusterId;
    this.stores = stores;
    this.memberFiles = memberFiles;
    this.receivers = receivers;
    this.channels = channels;
  }

  /// A group that went and came again has another store.
  private @Nullable Intake intake(ShardGroupId group) {
    SnapshotStore store = stores.apply(group).orElse(null);
    return store == null
        ? null
        : intakes.compute(
            group,
            (_, known) ->
                known != null && known.store == store
                    ? known
                    : new Intake(store, members -> memberFiles.keep(group, members)));
  }

  @Override
  public Executor threads(ShardGroupId group) {
    Intake intake = intakes.get(group);
    long waitNanos = intake == null ? 0 : intake.notBeforeNanos - System.nanoTime();
    return waitNanos > 0
        ? CompletableFuture.delayedExecutor(waitNanos, TimeUnit.NANOSECONDS, receivers)
        : receivers;
  }

  @Override
  public Optional<SnapshotPoint> fetch(ShardGroupId group, String leaderNode, long atLeastIndex) {
    return fetch(new NodeId(leaderNode), request(group).setAtLeastIndex(atLeastIndex));
  }

  /// Fetches what a group lacks before Raft starts on it.
  public Optional<SnapshotPoint> repair(ShardGroupId group, NodeId from, Need need) {
    FetchSnapshotRequest.Builder request = request(group);
    return switch (need) {
      case Need.Nothing _ ->
          throw new IllegalArgumentException("expected a need; group=" + group.value());
      case Need.Snapshot snapshot -> fetch(from, request.setAtLeastIndex(snapshot.atLeastIndex()));
      case Need.Everything _ -> fetch(from, request.setAllAcknowledged(true));
    };
  }

  private FetchSnapshotRequest.Builder request(ShardGroupId group) {
    return FetchSnapshotRequest.newBuilder().setGroup(group.value()).setClusterId(clusterId);
  }

  private Optional<SnapshotPoint> fetch(NodeId from, FetchSnapshotRequest.Builder request) {
    ManagedChannel channel = channels.get(from);
    Intake intake = intake(new ShardGroupId(request.getGroup()));
    if (channel == null || intake == null) {
      return Optional.empty();
    }
    if (!intake.turn.tryLock()) {
      LOG.info(
          "a snapshot is being fetched already group={} from={}", request.getGroup(), from.value());
      intake.postpone(RETRY);
      return Optional.empty();
    }
    try {
      Snapshot published = intake.take(channel, request);
      LOG.info(
          "fetched snapshot group={} from={} index={}",
          request.getGroup(),
          from.value(),
          published.index());
      return Optional.of(new SnapshotPoint(published.term(), published.index()));
    } catch (IOException | RuntimeException e) {
      LOG.warn(
          "snapshot not fetched group={} from={}: {}",
          request.getGroup(),
          from.value(),
          e.toString());
      intake.postpone(DiskSpace.isFull(e) ? ROOM_RETRY : RETRY);
      return Optional.empty();
    } finally {
      intake.turn.unlock();
    }
  }

  /// What one group receives.
  private static final class Intake {
    private final SnapshotStore store;
    private final MemberFile memberFile;

    /// Held by the one that fetches; guards the fields below it.
    private final ReentrantLock turn = new ReentrantLock();

    private @Nullable IncomingSnapshot incoming;
    private boolean distrustOwn;

    /// For which there was no room; 0: there was.
    private long lackedBytes;

    private volatile long notBeforeNanos = System.nanoTime();

    Intake(SnapshotStore store, MemberFile memberFile) {
      this.store = store;
      this.memberFile = memberFile;
    }

    @FunctionalInterface
    private interface MemberFile {
      void keep(byte[] members) throws IOException;
    }

    void postpone(Duration pause) {
      notBeforeNanos = System.nanoTime() + pause.toNanos();
    }

    Snapshot take(ManagedChannel channel, FetchSnapshotRequest.Builder request) throws IOException {
      Optional<Snapshot> own = distrustOwn ? Optional.empty() : store.newestListed();
      if (own.isEmpty()) {
        return take(channel, request, own);
      }
      try (SnapshotStore.Pin _ = store.pin(own.get())) {
        return take(channel, request, own);
      }
    }

    private Snapshot take(
        ManagedChannel channel, FetchSnapshotRequest.Builder request, Optional<Snapshot> own)
        throws IOException {
      IncomingSnapshot into = incoming == null ? store.receive() : incoming;
      incoming = into;
      own.ifPresent(snapshot -> have(request, snapshot.manifest().files()));
      have(request, into.received());
      try {
        into.expect(lackedBytes);
        receive(channel, request.build(), into);
      } catch (IOException | RuntimeException e) {
        keepWhatCame(into, e);
        throw e;
      }
      incoming = null;
      lackedBytes = 0;
      try (into) {
        if (own.isPresent()) {
          var _ = into.reuse(into.manifest(), own.get());
        }
        Snapshot published = into.publish();
        distrustOwn = false;
        return published;
      } catch (SnapshotFormatException e) {
        distrustOwn = true;
        throw e;
      }
    }

    /// For the next attempt, unless it is in the way of the log.
    private void keepWhatCame(IncomingSnapshot into, Exception problem) throws IOException {
      if (!DiskSpace.isFull(problem)) {
        into.interrupt();
        return;
      }
      incoming = null;
      into.close();
      if (problem instanceof NoRoomForSnapshot refused) {
        lackedBytes = refused.bytes();
      }
    }

    private static void have(FetchSnapshotRequest.Builder request, Collection<SnapshotFile> files) {
      for (SnapshotFile file : files) {
        if (file.isSegment()) {
          request.addHave(
              SnapshotSegment.newBuilder()
                  .setFile(file.name())
                  .setLength(file.length())
                  .setCrc32C(file.crc32c()));
        }
      }
    }

    /// The members are kept BEFORE the snapshot is published.
    private void receive(
        ManagedChannel channel, FetchSnapshotRequest request, IncomingSnapshot into)
        throws IOException {
      Context.CancellableContext call = Context.current().withCancellation();
      Context before = call.attach();
      try {
        Iterator<SnapshotChunk> chunks =
            PeerGrpc.newBlockingStub(channel)
                .withDeadlineAfter(DEADLINE_MINUTES, TimeUnit.MINUTES)
                .fetchSnapshot(request);
        boolean first = true;
        while (chunks.hasNext()) {
          SnapshotChunk chunk = chunks.next();
          if (first) {
            into.expect(chunk.getBytesLeft());
            first = false;
          }
          if (!chunk.getMembers().isEmpty()) {
            memberFile.keep(chunk.getMembers().toByteArray());
          }
          into.chunk(
              chunk.getFile(),
              chunk.getOffset(),
              chunk.getLength(),
              chunk.getCrc32C(),
              chunk.getData().toByteArray());
        }
      } finally {
        call.detach(before);
        var _ = call.cancel(null);
      }
    }
  }
}
