package io.vxmeta.raft.ratis;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftConfigurationProto;
import org.apache.ratis.proto.RaftProtos.RaftPeerProto;
import org.apache.ratis.util.AtomicFileOutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The two small files that Ratis keeps beside a group's log: the vote and the configuration, each
/// with a checksum of ours behind what Ratis wrote.
public final class MetaFiles {
  /* Why: one flipped bit makes `term=3` another term, and Ratis would start on it; a replica that forgot its vote gives it again.
   * Seal: what Ratis takes for nothing: in the vote file a comment, in the configuration a protobuf field that no release knows
   *   (tag FD 7F, 4 bytes, little-endian). CRC32C of all before it. AtomicFileOutputStream writes it with the file.
   * Files without a seal, of earlier releases, are taken if they are whole: every shorter one is refused by its form, so a file
   *   that lost its end, seal and all, does not pass for an old one.
   * A damaged vote can not be had from others, only what is higher than any. A damaged configuration is written anew from the
   *   node's own, because members do not change; newer ones are in the log.
   * Why a start dates the configuration back BEFORE the log: Ratis forgets each one whose entry may be replaced, so also that of
   *   this file when entries up to its index arrive or a leader offers a snapshot. It is the only one that a restarted server
   *   knows; until the next one is in its log, an election timeout then finds it "not in conf" and Ratis closes the group. A
   *   configuration that is older than every entry is never forgotten, and each one in the log still counts before it.
   * Threads: one, BEFORE the Raft server starts.
   */
  private static final Logger LOG = LoggerFactory.getLogger(MetaFiles.class);
  private static final String VOTE = "raft-meta";
  private static final String CONFIGURATION = "raft-meta.conf";
  private static final String VOTE_TEXT =
      "(?:#.*\\x0A)*term=\\d{1,19}\\x0AvotedFor=[a-z0-9.-]{0,63}\\x0A";
  private static final Pattern VOTE_FORM =
      Pattern.compile("(" + VOTE_TEXT + ")(?:#crc32c=([0-9a-f]{8})\\x0A)?");
  private static final byte[] SEAL_TAG = {(byte) 0xfd, 0x7f};

  /// -1 is Ratis' word for no index.
  private static final long BEFORE_THE_LOG = -2;

  private final Path directory;

  private MetaFiles(Path directory) {
    this.directory = directory;
  }

  /// Of a group.
  ///
  /// @param directory where its log files are
  public static MetaFiles in(Path directory) {
    return new MetaFiles(directory);
  }

  /// What is written behind a file that Ratis replaces; nothing for files it does not trust.
  ///
  /// @param crc32c of what Ratis wrote
  public static byte[] seal(String file, int crc32c) {
    return switch (file) {
      case VOTE -> "#crc32c=%08x\n".formatted(crc32c).getBytes(StandardCharsets.ISO_8859_1);
      case CONFIGURATION ->
          ByteBuffer.allocate(SEAL_TAG.length + Integer.BYTES)
              .order(ByteOrder.LITTLE_ENDIAN)
              .put(SEAL_TAG)
              .putInt(crc32c)
              .array();
      default -> new byte[0];
    };
  }

  /// Whether a file of that name holds a replica's term and vote.
  public static boolean isVote(String file) {
    return file.equals(VOTE);
  }

  /// Returns if the vote is there as it was written.
  ///
  /// @throws IOException if not, with what an operator can do
  public void requireVote() throws IOException {
    Path file = directory.resolve(VOTE);
    String problem = Files.exists(file) ? damage(Files.readAllBytes(file)) : "it is missing";
    if (!problem.isEmpty()) {
      throw new IOException(
          "expected this replica's term and vote as they were written, without which it could vote"
              + " twice: "
              + problem
              + "; file="
              + file
              + "; put the file back from a copy, or, while all other replicas of the group run,"
              + " write two lines into it: term=<one more than the highest term that `vxctl status`"
              + " shows for the group>, and votedFor=");
    }
  }

  private static String damage(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    Matcher form = VOTE_FORM.matcher(text);
    if (!form.matches()) {
      return "it has not the form of one";
    }
    String seal = form.group(2);
    int crc = crc(bytes, form.end(1));
    return seal == null || Integer.parseUnsignedInt(seal, 16) == crc
        ? ""
        : "checksum=%s computed=%08x".formatted(seal, crc);
  }

  /// Whether the configuration can be read as it was written; true where there is none yet.
  public boolean holdsConfiguration() throws IOException {
    Path file = directory.resolve(CONFIGURATION);
    return !Files.exists(file) || isConfiguration(Files.readAllBytes(file));
  }

  /// Makes the configuration one that no change of the log takes away: the one that was there, or
  /// the node's own if that is damaged or missing. Durable when it returns.
  void settleConfiguration(List<RaftPeerProto> members) throws IOException {
    Path file = directory.resolve(CONFIGURATION);
    RaftConfigurationProto.Builder settled = RaftConfigurationProto.newBuilder();
    if (Files.exists(file) && holdsConfiguration()) {
      LogEntryProto there = LogEntryProto.parseFrom(Files.readAllBytes(file));
      if (there.getIndex() == BEFORE_THE_LOG) {
        return;
      }
      settled.mergeFrom(there.getConfigurationEntry());
    } else {
      LOG.warn("replacing a damaged or missing configuration by the node's own: file={}", file);
      settled.addAllPeers(members);
    }
    try (OutputStream out = new AtomicFileOutputStream(file.toFile())) {
      LogEntryProto.newBuilder()
          .setIndex(BEFORE_THE_LOG)
          .setConfigurationEntry(settled)
          .build()
          .writeTo(out);
    }
  }

  private static boolean isConfiguration(byte[] bytes) {
    int end = bytes.length - SEAL_TAG.length - Integer.BYTES;
    boolean sealed =
        end >= 0 && Arrays.equals(bytes, end, end + SEAL_TAG.length, SEAL_TAG, 0, SEAL_TAG.length);
    if (sealed && sealedCrc(bytes) != crc(bytes, end)) {
      return false;
    }
    try {
      return LogEntryProto.parseFrom(bytes).getConfigurationEntry().getPeersCount() > 0;
    } catch (IOException notOne) {
      return false;
    }
  }

  private static int sealedCrc(byte[] bytes) {
    return ByteBuffer.wrap(bytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .getInt(bytes.length - Integer.BYTES);
  }

  private static int crc(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }
}
