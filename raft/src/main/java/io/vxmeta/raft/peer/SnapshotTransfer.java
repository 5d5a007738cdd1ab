package io.vxmeta.raft.peer;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.vxmeta.client.v1.FetchSnapshotRequest;
import io.vxmeta.client.v1.SnapshotChunk;
import io.vxmeta.client.v1.SnapshotSegment;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.statemachine.snapshot.KeptSnapshot;
import io.vxmeta.statemachine.snapshot.Snapshot;
import io.vxmeta.statemachine.snapshot.SnapshotFile;
import io.vxmeta.statemachine.snapshot.SnapshotStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends snapshots to other nodes, at a pace that leaves room for writes.
public final class SnapshotTransfer implements SnapshotDonor {
  /* Threads: sending takes one of the senders' threads for its whole length, and waits for the receiver's flow control.
   * Safety: files are pinned from before they are verified until they are sent, so newer snapshots may be published meanwhile;
   *   every chunk has its checksum.
   * Segments that the receiver has unchanged are left out. The manifest goes last: a transfer without it is worthless.
   */
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotTransfer.class);
  private static final int CHUNK_BYTES = 256 << 10;

  /// A transfer takes at most so much of the disk and the network.
  private static final long BYTES_PER_SECOND_MAX = 256L << 20;

  /// How often a sender looks whether the receiver takes more.
  private static final long READY_POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private final Function<ShardGroupId, Optional<SnapshotStore>> stores;
  private final Members members;
  private final Executor senders;
  private final LongSupplier nanoClock;
  private final Map<ShardGroupId, Integer> sending = new ConcurrentHashMap<>();

  /// Who has a vote in a group, in the form that the replica's files have.
  @FunctionalInterface
  public interface Members {
    /// Not older than any snapshot there is. Empty: those that the group began with.
    Optional<byte[]> of(ShardGroupId group) throws IOException;
  }

  /// @param stores of the groups of this node, at any time
  public SnapshotTransfer(
      Function<ShardGroupId, Optional<SnapshotStore>> stores,
      Members members,
      Executor senders,
      LongSupplier nanoClock) {
    this.stores = stores;
    this.members = members;
    this.senders = senders;
    this.nanoClock = nanoClock;
  }

  @Override
  public void send(
      FetchSnapshotRequest request, long atLeastIndex, StreamObserver<SnapshotChunk> chunks) {
    try {
      senders.execute(() ->
          sendNewest(request, atLeastIndex, (ServerCallStreamObserver<SnapshotChunk>) chunks));
    } catch (RejectedExecutionException busy) {
      chunks.onError(
          Status.UNAVAILABLE
              .withDescription("this node sends too many snapshots already; retry later")
              .withCause(busy)
              .asRuntimeException());
    }
  }

  /// Groups of which a snapshot is being sent, to a node or into a backup.
  public Set<ShardGroupId> sending() {
    return Set.copyOf(sending.keySet());
  }

  private void sendNewest(
      FetchSnapshotRequest request,
      long atLeastIndex,
      ServerCallStreamObserver<SnapshotChunk> chunks) {
    ShardGroupId group = new ShardGroupId(request.getGroup());
    SnapshotStore store = stores.apply(group).orElse(null);
    try {
      Optional<KeptSnapshot> newest =
          store == null ? Optional.empty() : store.keepNewestValid(atLeastIndex);
      if (newest.isEmpty()) {
        chunks.onError(
            Status.NOT_FOUND
                .withDescription(
                    "no snapshot of group="
                        + group.value()
                        + " up to index="
                        + atLeastIndex
                        + " on this node; retry later, or ask another replica")
                .asRuntimeException());
        return;
      }
      sending.merge(group, 1, Integer::sum);
      try (KeptSnapshot kept = newest.get()) {
        // AFTER the snapshot was chosen: members that are older than it could elect a second
        // leader.
        Optional<byte[]> voters = members.of(group);
        Sending to =
            new Sending(
                chunks,
                new SendPace(BYTES_PER_SECOND_MAX, nanoClock.getAsLong()),
                voters.map(UnsafeByteOperations::unsafeWrap).orElse(ByteString.EMPTY));
        send(kept.snapshot(), wanted(kept.snapshot(), request), to);
      } finally {
        sending.computeIfPresent(group, (_, count) -> count > 1 ? count - 1 : null);
      }
      chunks.onCompleted();
    } catch (IOException | RuntimeException e) {
      LOG.warn("snapshot not sent group={}", group.value(), e);
      chunks.onError(Status.UNAVAILABLE.withDescription(String.valueOf(e)).asRuntimeException());
    }
  }

  /// Names of the files that the receiver has not, the manifest last.
  private static List<String> wanted(Snapshot snapshot, FetchSnapshotRequest request) {
    Set<SnapshotFile> has = new HashSet<>();
    for (SnapshotSegment segment : request.getHaveList()) {
      has.add(new SnapshotFile(segment.getFile(), segment.getLength(), segment.getCrc32C()));
    }
    List<String> names = new ArrayList<>(snapshot.transferOrder());
    snapshot.manifest().files().stream()
        .filter(has::contains)
        .forEach(file -> names.remove(file.name()));
    return names;
  }

  private void send(Snapshot snapshot, List<String> files, Sending to) throws IOException {
    long left = 0;
    for (String file : files) {
      left += Files.size(snapshot.file(file));
    }
    for (String file : files) {
      left -= sendFile(snapshot, file, left, to);
    }
  }

  /// One transfer. The members go with its first chunk.
  private static final class Sending {
    private final ServerCallStreamObserver<SnapshotChunk> chunks;
    private final SendPace pace;
    private ByteString members;

    Sending(ServerCallStreamObserver<SnapshotChunk> chunks, SendPace pace, ByteString members) {
      this.chunks = chunks;
      this.pace = pace;
      this.members = members;
    }

    ByteString takeMembers() {
      ByteString taken = members;
      members = ByteString.EMPTY;
      return taken;
    }
  }

  /// @param left bytes of this file and those after it
  /// @return bytes of this one
  private long sendFile(Snapshot snapshot, String file, long left, Sending to) throws IOException {
    try (FileChannel channel = FileChannel.open(snapshot.file(file), StandardOpenOption.READ)) {
      long length = channel.size();
      long offset = 0;
      do {
        byte[] data = read(channel, (int) Math.min(CHUNK_BYTES, length - offset));
        awaitRoom(to.chunks);
        LockSupport.parkNanos(to.pace.delayNanos(data.length, nanoClock.getAsLong()));
        CRC32C crc = new CRC32C();
        crc.update(data);
        to.chunks.onNext(
            SnapshotChunk.newBuilder()
                .setFile(file)
                .setMembers(to.takeMembers())
                .setOffset(offset)
                .setLength(length)
                .setCrc32C((int) crc.getValue())
                .setData(UnsafeByteOperations.unsafeWrap(data))
                .setBytesLeft(left - offset)
                .build());
        offset += data.length;
      } while (offset < length);
      return length;
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
}
