package io.vxmeta.raft.peer;

import com.google.protobuf.UnsafeByteOperations;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.vxmeta.client.v1.FetchSnapshotRequest;
import io.vxmeta.client.v1.PeerGrpc;
import io.vxmeta.client.v1.SnapshotChunk;
import io.vxmeta.raft.ratis.Replica.SnapshotPoint;
import io.vxmeta.raft.ratis.SnapshotSource;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.statemachine.snapshot.IncomingSnapshot;
import io.vxmeta.statemachine.snapshot.Snapshot;
import io.vxmeta.statemachine.snapshot.SnapshotStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Snapshots between nodes: gives the newest one away, and fetches one for a replica that is too
/// far behind.
public final class SnapshotTransfer implements SnapshotDonor, SnapshotSource {
  /* Threads: sending takes one background thread for its whole length, and waits for the receiver's flow control; fetching
   *   takes the background thread that Ratis' notification was handed to.
   * Safety: files are pinned while they are sent; every chunk has its checksum; the receiver verifies and flushes all of it
   *   before it replaces anything, so a broken transfer leaves the old state usable.
   */
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotTransfer.class);
  private static final int CHUNK_BYTES = 256 << 10;
  private static final long FETCH_DEADLINE_MINUTES = 60;

  /// How often a sender looks whether the receiver takes more.
  private static final long READY_POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private final String clusterId;
  private final Map<ShardGroupId, SnapshotStore> stores;
  private final Executor background;
  private final Map<NodeId, ManagedChannel> channels;

  public SnapshotTransfer(
      String clusterId,
      Map<ShardGroupId, SnapshotStore> stores,
      Executor background,
      Map<NodeId, ManagedChannel> channels) {
    this.clusterId = clusterId;
    this.stores = Map.copyOf(stores);
    this.background = background;
    this.channels = Map.copyOf(channels);
  }

  // ---- giving

  @Override
  public void send(ShardGroupId group, StreamObserver<SnapshotChunk> chunks) {
    background.execute(() -> sendNewest(group, (ServerCallStreamObserver<SnapshotChunk>) chunks));
  }

  private void sendNewest(ShardGroupId group, ServerCallStreamObserver<SnapshotChunk> chunks) {
    SnapshotStore store = stores.get(group);
    try {
      Optional<Snapshot> newest = store == null ? Optional.empty() : store.newestValid().valid();
      if (store == null || newest.isEmpty()) {
        chunks.onError(
            Status.NOT_FOUND
                .withDescription(
                    "no snapshot of group=" + group.value() + " on this node; retry later")
                .asRuntimeException());
        return;
      }
      try (SnapshotStore.Pin _ = store.pin(newest.get())) {
        for (String file : newest.get().transferOrder()) {
          sendFile(newest.get(), file, chunks);
        }
      }
      chunks.onCompleted();
    } catch (IOException | RuntimeException e) {
      LOG.warn("snapshot not sent group={}", group.value(), e);
      chunks.onError(Status.UNAVAILABLE.withDescription(String.valueOf(e)).asRuntimeException());
    }
  }

  private static void sendFile(
      Snapshot snapshot, String file, ServerCallStreamObserver<SnapshotChunk> chunks)
      throws IOException {
    try (FileChannel channel = FileChannel.open(snapshot.file(file), StandardOpenOption.READ)) {
      long length = channel.size();
      long offset = 0;
      do {
        byte[] data = read(channel, (int) Math.min(CHUNK_BYTES, length - offset));
        awaitRoom(chunks);
        CRC32C crc = new CRC32C();
        crc.update(data);
        chunks.onNext(
            SnapshotChunk.newBuilder()
                .setFile(file)
                .setOffset(offset)
                .setLength(length)
                .setCrc32C((int) crc.getValue())
                .setData(UnsafeByteOperations.unsafeWrap(data))
                .build());
        offset += data.length;
      } while (offset < length);
    }
  }

  private static byte[] read(FileChannel channel, int bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(bytes);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer) < 0) {
        throw new IOException("snapshot file became shorter while it was sent");
      }
    }
    return buffer.array();
  }

  /// Bounded by the receiver's deadline: a caller that is gone counts as cancelled.
  private static void awaitRoom(ServerCallStreamObserver<SnapshotChunk> chunks) throws IOException {
    while (!chunks.isReady()) {
      if (chunks.isCancelled()) {
        throw new IOException("the receiver went away");
      }
      LockSupport.parkNanos(READY_POLL_NANOS);
    }
  }

  // ---- fetching

  @Override
  public Optional<SnapshotPoint> fetch(ShardGroupId group, String leaderNode) {
    ManagedChannel channel = channels.get(new NodeId(leaderNode));
    SnapshotStore store = stores.get(group);
    if (channel == null || store == null) {
      return Optional.empty();
    }
    try (IncomingSnapshot incoming = store.receive()) {
      Iterator<SnapshotChunk> chunks =
          PeerGrpc.newBlockingStub(channel)
              .withDeadlineAfter(FETCH_DEADLINE_MINUTES, TimeUnit.MINUTES)
              .fetchSnapshot(
                  FetchSnapshotRequest.newBuilder()
                      .setGroup(group.value())
                      .setClusterId(clusterId)
                      .build());
      while (chunks.hasNext()) {
        SnapshotChunk chunk = chunks.next();
        incoming.chunk(
            chunk.getFile(),
            chunk.getOffset(),
            chunk.getLength(),
            chunk.getCrc32C(),
            chunk.getData().toByteArray());
      }
      Snapshot published = incoming.publish();
      LOG.info(
          "fetched snapshot group={} from={} index={}",
          group.value(),
          leaderNode,
          published.index());
      return Optional.of(new SnapshotPoint(published.term(), published.index()));
    } catch (IOException | RuntimeException e) {
      LOG.warn(
          "snapshot not fetched group={} from={}: {}", group.value(), leaderNode, e.toString());
      return Optional.empty();
    }
  }
}
