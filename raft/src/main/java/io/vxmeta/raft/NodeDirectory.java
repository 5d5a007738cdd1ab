package io.vxmeta.raft;

import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.statemachine.os.Directories;
import io.vxmeta.statemachine.os.DurableNames;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The data directory of one node: whose it is, in which format, and that nobody else uses it now.
final class NodeDirectory implements AutoCloseable {
  /* Layout:  NODE     whose directory this is (text, written by tmp + fsync + rename + fsync of the directory)
   *          LOCK     held while a process uses the directory
   *          raft/    logs and votes, by Ratis
   *          groups/  per group: live/ (memory, never trusted after a start) and snapshots/
   *          MAP      the newest shard map that was seen (LastMap)
   *          votes/   per group that was given up: term and vote, for the next time
   * `restored-from` names the backup that the groups' first snapshots come from; it is there from the first marker on. A
   *   restore writes the marker last, so a start finds all of it, or a directory that is no node's.
   * `incarnation` tells this directory from every other one that this node had or will have; `met.NODE` is that of another
   *   node, as it first introduced itself, and never changes (FirstStart says what for). `seal` is
   *   the checksum of all other lines.
   * `group.N` says how a group is here: `founded` by this node's first start, `came` later, `unsettled` while it comes or goes, when its
   *   log may be there or not. No such line: those of the first placement, and no other; from the first change on each group has
   *   its line, and the format is a newer one, as on every node that has seen replicas move.
   * `data-groups` is 0 in the directory of a node that joined a running cluster. `left` is there once the node has left it; no
   *   start gets any further then.
   * `groups-created` turns true only after every group exists on disk. Until then a start may create what is missing;
   * after it a missing group means that something was lost, and the start is refused.
   */
  private static final Logger LOG = LoggerFactory.getLogger(NodeDirectory.class);

  static final int FORMAT = 2;

  /// With a line for each group.
  private static final int FORMAT_CHANGED = 3;

  /// Without incarnation, acquaintances and seal; the next start writes the newer one.
  private static final int FORMAT_UNSEALED = 1;

  private static final String MARKER = "NODE";
  private static final String GROUPS_CREATED = "groups-created";
  private static final String INCARNATION = "incarnation";
  private static final String MET = "met.";
  private static final String GROUP = "group.";
  private static final String SEAL = "seal";
  private static final String LEFT = "left";
  private static final Set<String> KEYS =
      Set.of("format", "cluster", "node", "data-groups", GROUPS_CREATED);
  private static final Set<String> SEALED_KEYS = Set.of(INCARNATION, SEAL);
  private static final Set<String> TRUTH = Set.of("true", "false");
  private static final String LOCK = "LOCK";
  private static final String RESTORED_FROM = "restored-from";

  /// There from before the first file of a restore to after the marker, so that nobody takes the
  /// beginning of one for an empty directory.
  private static final String RESTORING = "RESTORING";

  /// What a start that died before the marker was whole may leave.
  private static final Set<String> OWN_BEFORE_MARKER = Set.of(LOCK, MARKER + ".tmp");

  private final Path root;
  private final FileChannel lockFile;
  private final FileLock lock;
  private final Properties identity;

  private NodeDirectory(Path root, FileChannel lockFile, FileLock lock, Properties identity) {
    this.root = root;
    this.lockFile = lockFile;
    this.lock = lock;
    this.identity = identity;
  }

  static NodeDirectory open(NodeConfig config) {
    return open(config, NodeDirectory::identity);
  }

  /// Takes a directory that holds nothing, to lay a backup into; it is a node's only after
  /// `becomeRestored`.
  static NodeDirectory openToRestore(NodeConfig config) {
    return open(
        config,
        (root, of) -> {
          requireEmpty(root, Set.of(LOCK), "remove what is there, or give an empty directory");
          Path _ = Files.createFile(root.resolve(RESTORING));
          Directories.sync(root);
          return fresh(of);
        });
  }

  /// Says whose directory it is, or that it is nobody's.
  private interface IdentityCheck {
    Properties of(Path root, NodeConfig config) throws IOException;
  }

  private static NodeDirectory open(NodeConfig config, IdentityCheck check) {
    Path root = config.data().toAbsolutePath();
    try {
      Directories.create(root);
      FileChannel lockFile =
          FileChannel.open(root.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock = tryLock(lockFile);
      if (lock == null) {
        lockFile.close();
        throw new Unusable(
            "data directory is in use by another process; data=" + root + "; stop that one first");
      }
      try {
        Properties identity = check.of(root, config);
        return new NodeDirectory(root, lockFile, lock, identity);
      } catch (Unusable | IOException e) {
        lockFile.close();
        throw e;
      }
    } catch (IOException e) {
      throw new Unusable(
          "cannot use the data directory; data="
              + root
              + " cause="
              + e
              + "; check path and permissions");
    }
  }

  private static @Nullable FileLock tryLock(FileChannel lockFile) throws IOException {
    try {
      return lockFile.tryLock();
    } catch (OverlappingFileLockException heldByThisProcess) {
      return null;
    }
  }

  private static Properties identity(Path root, NodeConfig config) throws IOException {
    Path marker = root.resolve(MARKER);
    if (!Files.exists(marker)) {
      requireEmpty(root, OWN_BEFORE_MARKER, "give an empty directory");
      Properties fresh = fresh(config);
      write(root, fresh);
      return fresh;
    }
    Properties found = new Properties();
    found.load(new StringReader(Files.readString(marker)));
    check(root, found, config);
    if (formatOf(found) == FORMAT_UNSEALED) {
      found.setProperty("format", Integer.toString(FORMAT));
      found.setProperty(INCARNATION, UUID.randomUUID().toString());
      write(root, found);
    }
    return found;
  }

  /// 0 where it can not be read.
  private static int formatOf(Properties identity) {
    try {
      return Integer.parseInt(identity.getProperty("format", "0"));
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private static Properties fresh(NodeConfig config) {
    Properties fresh = new Properties();
    fresh.setProperty("format", Integer.toString(FORMAT));
    fresh.setProperty("cluster", config.clusterId());
    fresh.setProperty("node", config.self().value());
    fresh.setProperty("data-groups", Integer.toString(config.dataGroups()));
    fresh.setProperty(INCARNATION, UUID.randomUUID().toString());
    fresh.setProperty(GROUPS_CREATED, "false");
    return fresh;
  }

  private static void check(Path root, Properties found, NodeConfig config) {
    int format = formatOf(found);
    if (format < 1) {
      throw damaged(root);
    }
    if (format > FORMAT_CHANGED) {
      throw new Unusable(
          "data directory has a newer format; data="
              + root
              + " format="
              + format
              + " supported="
              + FORMAT_CHANGED
              + "; start the release that wrote it, or a newer one");
    }
    require(
        root, found, "cluster", config.clusterId(), "this directory belongs to another cluster");
    require(root, found, "node", config.self().value(), "this directory belongs to another node");
    require(
        root,
        found,
        "data-groups",
        Integer.toString(config.dataGroups()),
        "the number of data groups is fixed at the first start, of a node that joined by the cluster");
    // Else a flipped bit would make a first start of a later one, which checks nothing.
    Set<String> keys = new HashSet<>(found.stringPropertyNames());
    keys.remove(RESTORED_FROM);
    if (format > FORMAT_UNSEALED) {
      if (!keys.containsAll(SEALED_KEYS) || !seal(found).equals(found.getProperty(SEAL))) {
        throw damaged(root);
      }
      keys.removeIf(key -> SEALED_KEYS.contains(key) || key.startsWith(MET));
    }
    if (format == FORMAT_CHANGED) {
      keys.removeIf(key -> key.startsWith(GROUP) || key.equals(LEFT));
    }
    if (!keys.equals(KEYS) || !TRUTH.contains(found.getProperty(GROUPS_CREATED))) {
      throw damaged(root);
    }
    if (found.containsKey(LEFT)) {
      throw new Unusable(
          "this node has left the cluster, its data is of no use any more; data="
              + root
              + "; to come back, it joins under a new name with an empty data directory (vxctl node join)");
    }
  }

  private static Unusable damaged(Path root) {
    return new Unusable(
        "data directory has a damaged "
            + MARKER
            + " file; data="
            + root
            + "; put it back from a copy, or leave this node down (docs/operations.md, \"When"
            + " something is lost\")");
  }

  private static void require(
      Path root, Properties found, String key, String expected, String meaning) {
    String actual = found.getProperty(key, "");
    if (!actual.equals(expected)) {
      throw new Unusable(
          meaning
              + "; data="
              + root
              + " "
              + key
              + "-expected="
              + expected
              + " "
              + key
              + "-found="
              + actual
              + "; correct `data`, `cluster`, `node` or `data-groups`");
    }
  }

  private static void requireEmpty(Path root, Set<String> allowed, String remedy)
      throws IOException {
    try (var files = Files.list(root)) {
      boolean foreign = files.anyMatch(file -> !allowed.contains(file.getFileName().toString()));
      if (foreign) {
        throw new Unusable(
            "data directory is not empty and has no "
                + MARKER
                + " file, so it is not a node's; data="
                + root
                + "; "
                + remedy);
      }
    }
  }

  private static String lines(Properties identity, Predicate<String> which) {
    return identity.stringPropertyNames().stream()
        .filter(which)
        .sorted()
        .map(key -> key + "=" + identity.getProperty(key) + "\n")
        .collect(Collectors.joining());
  }

  /// Of everything else that is in it.
  private static String seal(Properties identity) {
    CRC32C checksum = new CRC32C();
    checksum.update(lines(identity, key -> !key.equals(SEAL)).getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().toHexDigits((int) checksum.getValue());
  }

  private static void write(Path root, Properties identity) throws IOException {
    identity.setProperty(SEAL, seal(identity));
    String text = "# vx-meta data directory: do not edit\n" + lines(identity, _ -> true);
    Path tmp = root.resolve(MARKER + ".tmp");
    try (FileChannel channel =
        FileChannel.open(
            tmp,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    Files.move(
        tmp,
        root.resolve(MARKER),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
    Directories.sync(root);
  }

  /// The node may start: its groups' snapshots are laid out. Durable when it returns.
  ///
  /// @param backup that they come from
  void becomeRestored(String backup) throws IOException {
    identity.setProperty(RESTORED_FROM, backup);
    write(root, identity);
    Files.delete(root.resolve(RESTORING));
  }

  /// Of a node that joins: the cluster comes from that backup. Durable when it returns.
  synchronized void joinRestored(String backup) throws IOException {
    identity.setProperty(RESTORED_FROM, backup);
    write(root, identity);
  }

  /// The node is in the cluster no more. Durable when it returns.
  synchronized void rememberLeaving() throws IOException {
    identity.setProperty("format", Integer.toString(FORMAT_CHANGED));
    identity.setProperty(LEFT, "true");
    write(root, identity);
  }

  /// The backup that the cluster comes from.
  Optional<String> restoredFrom() {
    return Optional.ofNullable(identity.getProperty(RESTORED_FROM));
  }

  boolean restored() {
    return identity.containsKey(RESTORED_FROM);
  }

  /// Told to other nodes and hashed into the names of Raft groups: nodes restored from different
  /// backups, or one that was forgotten, must not vote with each other though they have one cluster
  /// id.
  String lineage(String clusterId) {
    return restored() ? clusterId + "+" + identity.getProperty(RESTORED_FROM) : clusterId;
  }

  String incarnation() {
    return identity.getProperty(INCARNATION);
  }

  /// Under which incarnation this node met another one first, if it did.
  synchronized Optional<String> met(NodeId node) {
    return Optional.ofNullable(identity.getProperty(MET + node.value()));
  }

  /// Under which incarnation this node met another one first: this one, if it did not know it yet.
  /// Durable when it returns.
  ///
  /// @param node one of the cluster
  synchronized String meet(NodeId node, String incarnation) throws IOException {
    String known = identity.getProperty(MET + node.value());
    if (known != null) {
      return known;
    }
    identity.setProperty(MET + node.value(), incarnation);
    try {
      write(root, identity);
    } catch (IOException e) {
      identity.remove(MET + node.value());
      throw e;
    }
    return incarnation;
  }

  /// How a group came to be on this node's disk.
  enum Held {
    FOUNDED,
    CAME,
    /// It comes or goes: its log may be there, whole, or not.
    UNSETTLED
  }

  /// The groups of this directory.
  ///
  /// @param founded those of the first placement
  synchronized Map<ShardGroupId, Held> groups(Collection<ShardGroupId> founded) {
    Map<ShardGroupId, Held> groups = new TreeMap<>();
    identity.stringPropertyNames().stream()
        .filter(key -> key.startsWith(GROUP))
        .forEach(key ->
            groups.put(
                new ShardGroupId(Integer.parseInt(key.substring(GROUP.length()))),
                Held.valueOf(identity.getProperty(key).toUpperCase(Locale.ROOT))));
    if (groups.isEmpty()) {
      founded.forEach(group -> groups.put(group, Held.FOUNDED));
    }
    return groups;
  }

  /// Durable when it returns. Without `held` the directory has nothing of the group any more.
  synchronized void change(
      Collection<ShardGroupId> founded, ShardGroupId group, Optional<Held> held)
      throws IOException {
    Map<ShardGroupId, Held> groups = groups(founded);
    held.ifPresentOrElse(how -> groups.put(group, how), () -> groups.remove(group));
    writeGroups(groups);
  }

  /// From now on no earlier build opens this directory. Durable when it returns.
  synchronized void rememberMoves(Collection<ShardGroupId> founded) throws IOException {
    if (formatOf(identity) != FORMAT_CHANGED) {
      writeGroups(groups(founded));
    }
  }

  private void writeGroups(Map<ShardGroupId, Held> groups) throws IOException {
    Properties next = new Properties();
    next.putAll(identity);
    next.keySet().removeIf(key -> key.toString().startsWith(GROUP));
    next.setProperty("format", Integer.toString(FORMAT_CHANGED));
    groups.forEach(
        (each, how) -> next.setProperty(GROUP + each.value(), how.name().toLowerCase(Locale.ROOT)));
    write(root, next);
    identity.clear();
    identity.putAll(next);
  }

  boolean groupsCreated() {
    return Boolean.parseBoolean(identity.getProperty(GROUPS_CREATED));
  }

  synchronized void rememberGroupsCreated() {
    identity.setProperty(GROUPS_CREATED, "true");
    try {
      write(root, identity);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  LastMap lastMap() {
    return new LastMap(root);
  }

  /// Made on first use. The Raft library renames its vote file and closed log files and never
  /// flushes the directory, so the file system must do it: a vote that a power cut takes back can
  /// be given twice.
  Path raft() {
    Path raft = root.resolve("raft");
    try {
      Path _ = Files.createDirectories(raft);
      DurableNames.in(raft).ifPresent(LOG::warn);
      return raft;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Where what is to be deleted goes first, as a whole.
  Path removed() {
    return root.resolve("removed");
  }

  /// Terms and votes of groups that this node gave up.
  Path votes() {
    return root.resolve("votes");
  }

  Path group(int group) {
    return root.resolve("groups").resolve(Integer.toString(group));
  }

  @Override
  public void close() {
    try {
      lock.release();
      lockFile.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The directory can not be used; nothing in it was changed.
  static final class Unusable extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Unusable(String message) {
      super(message);
    }
  }
}
