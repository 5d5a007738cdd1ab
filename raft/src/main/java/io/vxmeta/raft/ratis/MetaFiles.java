package io.vxmeta.raft.ratis;

import io.vxmeta.shardmap.NodeId;
import io.vxmeta.statemachine.os.Directories;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftConfigurationProto;
import org.apache.ratis.proto.RaftProtos.RaftPeerProto;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
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
   * A damaged vote can not be had from others, only what is higher than any.
   * Copies of the configuration, committed ones only (Ratis' own file may hold one that a leader told and never committed): one written
   *   when its entry was applied, and one that came with a fetched snapshot, durable BEFORE that snapshot is, because the entry that
   *   it would be in is not fetched. A start takes the newer of the two by the index of its entry, so that a snapshot is never
   *   loaded beside members that are older, and Ratis' own file, whatever its index, only where neither is. A founder of the group that
   *   has none at all takes the node's own: no entry about members was applied there.
   * Why a start dates the configuration back BEFORE the log: Ratis forgets each one whose entry may be replaced, so also that of
   *   this file when entries up to its index arrive or a leader offers a snapshot. It is the only one that a restarted server
   *   knows; until the next one is in its log, an election timeout then finds it "not in conf" and Ratis closes the group. A
   *   configuration that is older than every entry is never forgotten, and each one in the log still counts before it. Its own index
   *   is kept in the field of the term, which nobody reads. A log that ends before the snapshot, or with it in another term, is dropped first, so that no older
   *   configuration in it counts.
   * Threads: Ratis' files have one writer at a time: Ratis, and a start BEFORE the group is opened. Whoever applies, and whoever
   *   fetches a snapshot, keeps members, one at a time (`KEEPING`), because the older must not replace the newer. Each is
   *   replaced as a whole, so that anybody may read.
   */
  private static final Logger LOG = LoggerFactory.getLogger(MetaFiles.class);
  private static final String VOTE = "raft-meta";
  private static final String CONFIGURATION = "raft-meta.conf";
  private static final String APPLIED = "raft-meta.conf-applied";
  private static final String FETCHED = "raft-meta.conf-fetched";
  private static final String VOTE_TEXT =
      "(?:#.*\\x0A)*term=\\d{1,19}\\x0AvotedFor=[a-z0-9.-]{0,63}\\x0A";
  private static final Pattern VOTE_FORM =
      Pattern.compile("(" + VOTE_TEXT + ")(?:#crc32c=([0-9a-f]{8})\\x0A)?");
  private static final byte[] SEAL_TAG = {(byte) 0xfd, 0x7f};

  /// So many directories around it may be new where a vote is laid.
  private static final int VOTE_DEPTH = 3;

  /// -1 is Ratis' word for no index.
  private static final long BEFORE_THE_LOG = -2;

  /// Of all groups: members change rarely.
  private static final Object KEEPING = new Object();

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
      case CONFIGURATION, APPLIED, FETCHED ->
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

  /// Takes term and vote from another directory, as they were written there. Durable when it
  /// returns.
  ///
  /// @throws IOException also if what is there is not as it was written
  public void takeVote(MetaFiles from) throws IOException {
    from.requireVote();
    byte[] bytes = Files.readAllBytes(from.directory.resolve(VOTE));
    Matcher form = VOTE_FORM.matcher(new String(bytes, StandardCharsets.ISO_8859_1));
    if (!form.matches()) {
      throw new IOException("expected a vote that nobody writes now; in=" + from.directory);
    }
    Path made = Files.createDirectories(directory);
    try (OutputStream out = new AtomicFileOutputStream(made.resolve(VOTE).toFile())) {
      out.write(bytes, 0, form.end(1));
    }
    Directories.sync(made);
    Path in = made.toAbsolutePath().getParent();
    for (int level = 0; in != null && level < VOTE_DEPTH; level++) {
      Directories.sync(in);
      in = in.getParent();
    }
  }

  /// Whether term and vote are there, whole or not. Without them nothing was promised.
  public boolean holdsVote() {
    return Files.exists(directory.resolve(VOTE));
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
    return !Files.exists(directory.resolve(CONFIGURATION)) || read(CONFIGURATION).isPresent();
  }

  private Optional<LogEntryProto> read(String name) throws IOException {
    Path file = directory.resolve(name);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    byte[] bytes = Files.readAllBytes(file);
    return isConfiguration(bytes) ? Optional.of(LogEntryProto.parseFrom(bytes)) : Optional.empty();
  }

  private static long indexOf(LogEntryProto configuration) {
    return configuration.getIndex() == BEFORE_THE_LOG
        ? configuration.getTerm()
        : configuration.getIndex();
  }

  private Optional<LogEntryProto> newestOf(String... names) throws IOException {
    Optional<LogEntryProto> newest = Optional.empty();
    for (String name : names) {
      Optional<LogEntryProto> next = read(name);
      if (next.isPresent() && (newest.isEmpty() || indexOf(next.get()) > indexOf(newest.get()))) {
        newest = next;
      }
    }
    return newest;
  }

  /// Of those that are committed. Ratis' own counts where there are none, as in a group whose first
  /// entry was not applied yet, and in the directory of an earlier build.
  private Optional<LogEntryProto> newest() throws IOException {
    Optional<LogEntryProto> committed = newestOf(APPLIED, FETCHED);
    return committed.isPresent() ? committed : read(CONFIGURATION);
  }

  /// What another node needs beside a snapshot of this replica's: members that are not older, and
  /// committed. To be read AFTER the snapshot was chosen. Empty as long as no entry about members
  /// was applied.
  public Optional<byte[]> membersForOthers() throws IOException {
    return newestCommitted().map(LogEntryProto::toByteArray);
  }

  /// An entry with the newest committed members; empty as long as none was applied.
  Optional<LogEntryProto> newestCommitted() throws IOException {
    return newestOf(APPLIED, FETCHED)
        .map(found ->
            LogEntryProto.newBuilder()
                .setIndex(found.getIndex())
                .setConfigurationEntry(found.getConfigurationEntry())
                .build());
  }

  /// Keeps what came with a snapshot, BEFORE that is published. Durable when it returns.
  public void rememberFetched(byte[] members) throws IOException {
    LogEntryProto fetched = LogEntryProto.parseFrom(members);
    if (!fetched.hasConfigurationEntry()) {
      throw new IOException("expected the members of a group with its snapshot; in=" + directory);
    }
    synchronized (KEEPING) {
      if (read(FETCHED).filter(there -> indexOf(there) >= fetched.getIndex()).isEmpty()) {
        write(FETCHED, fetched);
      }
    }
  }

  /// Keeps who has a vote in a group that this node left, in place of what was kept before. Durable
  /// when it returns.
  ///
  /// @param index of the entry that made them the voters
  public void rememberLeaving(long index, Set<NodeId> voters) throws IOException {
    RaftConfigurationProto.Builder members = RaftConfigurationProto.newBuilder();
    voters.forEach(node ->
        members.addPeers(RaftPeerProto.newBuilder().setId(ByteString.copyFromUtf8(node.value()))));
    synchronized (KEEPING) {
      write(
          FETCHED,
          LogEntryProto.newBuilder().setIndex(index).setConfigurationEntry(members).build());
    }
  }

  /// Keeps the members that an applied entry names. Those of an entry that a restart applies again
  /// are not newer than what is there.
  void rememberApplied(long index, RaftConfigurationProto members) throws IOException {
    synchronized (KEEPING) {
      if (read(APPLIED).filter(there -> indexOf(there) > index).isEmpty()) {
        write(
            APPLIED,
            LogEntryProto.newBuilder().setIndex(index).setConfigurationEntry(members).build());
      }
    }
  }

  /// Place of the newest committed members; empty as long as none are known.
  public OptionalLong committedAt() throws IOException {
    return newestOf(APPLIED, FETCHED).stream().mapToLong(MetaFiles::indexOf).findFirst();
  }

  private void write(String name, LogEntryProto configuration) throws IOException {
    try (OutputStream out = new AtomicFileOutputStream(directory.resolve(name).toFile())) {
      configuration.writeTo(out);
    }
    Directories.sync(directory);
  }

  /// Nodes that the newest configuration names; empty if there is none.
  public List<NodeId> members() throws IOException {
    return newest().stream()
        .flatMap(found -> found.getConfigurationEntry().getPeersList().stream())
        .map(peer -> new NodeId(peer.getId().toStringUtf8()))
        .toList();
  }

  /// Makes the configuration one that no change of the log takes away: the newest that was
  /// committed, or that of the founders if there is none. Durable when it returns.
  ///
  /// @param founders empty if the group came to this node later: then it has no members until its
  ///   leader says them
  /// @throws IOException if what a leader said can not be read any more
  void settleConfiguration(List<RaftPeerProto> founders) throws IOException {
    Optional<LogEntryProto> newest = newest();
    if (newest.isEmpty()) {
      requireNothingSaid(founders);
      if (founders.isEmpty()) {
        return;
      }
      LOG.warn("replacing a damaged or missing configuration by the node's own: in={}", directory);
    }
    LogEntryProto settled =
        LogEntryProto.newBuilder()
            .setTerm(newest.map(MetaFiles::indexOf).orElse(0L))
            .setIndex(BEFORE_THE_LOG)
            .setConfigurationEntry(
                newest
                    .map(LogEntryProto::getConfigurationEntry)
                    .orElseGet(
                        () -> RaftConfigurationProto.newBuilder().addAllPeers(founders).build()))
            .build();
    if (read(CONFIGURATION).filter(there -> same(there, settled)).isEmpty()) {
      write(CONFIGURATION, settled);
    }
  }

  /// The node's own members count only where no others were ever committed.
  private void requireNothingSaid(List<RaftPeerProto> founders) throws IOException {
    List<String> said =
        founders.isEmpty() ? List.of(CONFIGURATION, APPLIED, FETCHED) : List.of(APPLIED, FETCHED);
    for (String name : said) {
      if (Files.exists(directory.resolve(name))) {
        throw new IOException(
            "expected the members of the group as its leader said them; damaged="
                + directory.resolve(name)
                + "; put the files raft-meta.conf* back from a copy");
      }
    }
  }

  /// The seal is a field as well.
  private static boolean same(LogEntryProto one, LogEntryProto other) {
    return one.getIndex() == other.getIndex()
        && one.getTerm() == other.getTerm()
        && one.getConfigurationEntry().equals(other.getConfigurationEntry());
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
