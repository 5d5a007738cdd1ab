package io.vxmeta.raft;

import com.google.protobuf.InvalidProtocolBufferException;
import io.vxmeta.client.grpc.ShardMapCodec;
import io.vxmeta.client.v1.ShardMapMessage;
import io.vxmeta.shardmap.Epoch;
import io.vxmeta.shardmap.ShardMap;
import io.vxmeta.statemachine.os.Directories;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The newest shard map that a node saw, on its disk: where the other nodes are when it starts.
final class LastMap {
  /* Layout: CRC32C of what follows (4 bytes, big-endian), then a ShardMapMessage. Written by tmp + fsync + rename + fsync of the
   *   directory.
   * Trust: it says whom to ask, and nothing else. Who votes is what the groups' logs say. One that is old or damaged costs
   *   attempts, or the way by the configuration file.
   * Threads: one at a time.
   */
  private static final Logger LOG = LoggerFactory.getLogger(LastMap.class);
  private static final String NAME = "MAP";

  private final Path directory;
  private Epoch kept = new Epoch(0);

  /// @param directory a node's
  LastMap(Path directory) {
    this.directory = directory;
  }

  Optional<ShardMap> read() throws IOException {
    Path file = directory.resolve(NAME);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      ShardMap map = decode(ByteBuffer.wrap(Files.readAllBytes(file)));
      kept = map.epoch();
      return Optional.of(map);
    } catch (InvalidProtocolBufferException | IllegalArgumentException damaged) {
      LOG.warn(
          "the shard map that was kept can not be read, it is done without: file={} reason={}",
          file,
          damaged.toString());
      return Optional.empty();
    }
  }

  private static ShardMap decode(ByteBuffer bytes) throws InvalidProtocolBufferException {
    if (bytes.remaining() < Integer.BYTES) {
      throw new IllegalArgumentException("expected a checksum; bytes=" + bytes.remaining());
    }
    int checksum = bytes.getInt();
    if (checksum(bytes) != checksum) {
      throw new IllegalArgumentException("its checksum is another");
    }
    return ShardMapCodec.decode(ShardMapMessage.parseFrom(bytes));
  }

  private static int checksum(ByteBuffer bytes) {
    CRC32C checksum = new CRC32C();
    checksum.update(bytes.duplicate());
    return (int) checksum.getValue();
  }

  /// Keeps a map that is newer than the one that is kept. Durable when it returns.
  void keep(ShardMap map) throws IOException {
    if (map.epoch().value() <= kept.value()) {
      return;
    }
    ByteBuffer message = ByteBuffer.wrap(ShardMapCodec.encode(map).toByteArray());
    ByteBuffer head = ByteBuffer.allocate(Integer.BYTES).putInt(checksum(message)).flip();
    Path tmp = directory.resolve(NAME + ".tmp");
    try (FileChannel channel =
        FileChannel.open(
            tmp,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      for (ByteBuffer part : new ByteBuffer[] {head, message}) {
        while (part.hasRemaining()) {
          channel.write(part);
        }
      }
      channel.force(true);
    }
    Files.move(
        tmp,
        directory.resolve(NAME),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
    Directories.sync(directory);
    kept = map.epoch();
  }
}
