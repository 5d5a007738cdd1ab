package io.vxmeta.raft;

import io.vxmeta.raft.NodeDirectory.Held;
import io.vxmeta.raft.move.Voters;
import io.vxmeta.raft.place.ClusterView.Plan;
import io.vxmeta.raft.ratis.LogFiles;
import io.vxmeta.raft.ratis.LogState;
import io.vxmeta.raft.ratis.MetaFiles;
import io.vxmeta.raft.ratis.RaftHost;
import io.vxmeta.raft.recover.Recovery;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.Placement;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.shardmap.ShardMap;
import io.vxmeta.statemachine.GroupStateConfig;
import io.vxmeta.statemachine.ProducerLimits;
import io.vxmeta.statemachine.os.Directories;
import io.vxmeta.statemachine.os.LiveMemory;
import io.vxmeta.statemachine.snapshot.SnapshotOwner;
import io.vxmeta.statemachine.snapshot.SnapshotRoom;
import io.vxmeta.statemachine.snapshot.SnapshotSearch;
import io.vxmeta.statemachine.snapshot.SnapshotStore;
import io.vxmeta.statemachine.table.TableConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The groups that this node's disk holds: those of the first start, and those that came since.
final class HeldGroups {
  /* Threads: opened by the node's main thread; groups come and go on one thread at a time; `files` is a live view for any.
   * A group comes: its line in NODE first, then its log, then the line says that it must be there. It goes: the line first, then log and
   *   state are moved out of the way, each as a whole, then the line goes, then they are deleted. So a start tells a whole log from the
   *   rest of one, and never a lost disk from either.
   * Term and vote outlive the group's other files: they are kept BEFORE its log goes, and laid into its next log BEFORE that is opened. A
   *   voter that helped to elect a leader shows at least that leader's term ever after, and read barriers count on it.
   * Beside them is kept where in the group's log this node had left it. A replica that came back has a vote only when it has that place,
   *   because Ratis' leader adds nobody who lacks the configuration that it is about to change. One that does not have it and is opened
   *   again would find itself a voter by the entries from before it left, and help to elect who lacks what came after: it begins anew.
   */

  private static final Logger LOG = LoggerFactory.getLogger(HeldGroups.class);

  private final NodeConfig config;
  private final NodeDirectory directory;
  private final ShardMap first;
  private final List<ShardGroupId> founded;
  private final Supplier<Set<NodeId>> others;
  private final Function<ShardGroupId, LiveMemory> memory;
  private final SnapshotRoom room;
  private final String lineage;
  private final Map<ShardGroupId, GroupFiles> files = new ConcurrentHashMap<>();

  private HeldGroups(
      NodeConfig config,
      NodeDirectory directory,
      ShardMap first,
      Supplier<Set<NodeId>> others,
      Function<ShardGroupId, LiveMemory> memory,
      SnapshotRoom room) {
    this.config = config;
    this.directory = directory;
    this.first = first;
    this.founded = founded(config, first);
    this.others = others;
    this.memory = memory;
    this.room = room;
    this.lineage = directory.lineage(config.clusterId());
  }

  /// Those that a node makes on its first start: none if it joins a running cluster.
  ///
  /// @param first the cluster's first map
  static List<ShardGroupId> founded(NodeConfig config, ShardMap first) {
    if (config.joins()) {
      return List.of();
    }
    return first.groups().stream()
        .filter(group -> group.isOn(config.self()))
        .map(ShardGroup::id)
        .toList();
  }

  /// Those that the disk holds, and the root group where this node joins a cluster: it comes.
  ///
  /// @param first names the cluster's groups and their shards
  /// @param others whom there is to ask, at any time
  static HeldGroups open(
      NodeConfig config,
      NodeDirectory directory,
      ShardMap first,
      Supplier<Set<NodeId>> others,
      Function<ShardGroupId, LiveMemory> memory,
      SnapshotRoom room)
      throws IOException {
    HeldGroups held = new HeldGroups(config, directory, first, others, memory, room);
    held.settleWhatCameOrWent();
    if (config.joins() && !held.ids().contains(ShardGroupId.ROOT)) {
      directory.change(held.founded, ShardGroupId.ROOT, Optional.of(Held.UNSETTLED));
    }
    held.emptyRemoved();
    for (ShardGroupId group : held.ids()) {
      held.files.put(group, held.filesOf(group));
    }
    return held;
  }

  private void settleWhatCameOrWent() throws IOException {
    for (Map.Entry<ShardGroupId, Held> group : directory.groups(founded).entrySet()) {
      beginAnewUnlessPastLeaving(group.getKey());
      if (group.getValue() != Held.UNSETTLED) {
        continue;
      }
      if (hasVote(group.getKey())) {
        directory.change(founded, group.getKey(), Optional.of(Held.CAME));
      } else {
        moveAway(group.getKey());
      }
    }
  }

  private void beginAnewUnlessPastLeaving(ShardGroupId group) throws IOException {
    OptionalLong left = keptVote(group).committedAt();
    if (left.isEmpty() || !hasVote(group) || reaches(group, left.getAsLong())) {
      return;
    }
    LOG.warn(
        "a replica that came back lacks the place where it had left, it begins anew: group={}"
            + " left={}",
        group.value(),
        left.getAsLong());
    files.remove(group);
    keepVote(group);
    moveAway(group);
    directory.change(founded, group, Optional.of(Held.UNSETTLED));
    layVoteIn(group);
    directory.change(founded, group, Optional.of(Held.CAME));
  }

  private boolean reaches(ShardGroupId group, long index) throws IOException {
    long last =
        switch (log(group).check()) {
          case LogState.Whole whole -> whole.last();
          case LogState.Torn torn -> torn.last();
          case LogState.Empty empty -> empty.next() - 1;
          // It is repaired, with members that are not older.
          case LogState.Damaged _ -> Long.MAX_VALUE;
        };
    if (last >= index) {
      return true;
    }
    SnapshotSearch found = filesOf(group).snapshots().newestValid();
    // A damaged one is repaired like a damaged log.
    return found.valid().filter(it -> it.index() >= index).isPresent()
        || found.bad().stream().anyMatch(it -> it.index() >= index);
  }

  private LogFiles log(ShardGroupId group) {
    return LogFiles.of(directory.raft(), lineage, group);
  }

  private GroupFiles filesOf(ShardGroupId group) throws IOException {
    Path root = directory.group(group.value());
    List<Integer> shards = foundedShards(group);
    return new GroupFiles(
        new GroupStateConfig(
            GroupFiles.live(root),
            group.value(),
            shards,
            TableConfig.defaults(),
            ProducerLimits.defaults(),
            memory.apply(group)),
        SnapshotStore.open(
            GroupFiles.snapshots(root),
            new SnapshotOwner(config.clusterId(), group.value()),
            room));
  }

  /// Those that the group's log begins with: `first` may be a map of later, when shards have moved.
  private List<Integer> foundedShards(ShardGroupId group) {
    return group.isRoot()
        ? List.of(ShardId.ROOT.value())
        : IntStream.range(0, ShardId.COUNT)
            .filter(shard ->
                Placement.founder(new ShardId(shard), first.dataGroups().size()).equals(group))
            .boxed()
            .toList();
  }

  Set<ShardGroupId> ids() {
    return directory.groups(founded).keySet();
  }

  /// Those of now, at any time.
  Map<ShardGroupId, GroupFiles> files() {
    return Collections.unmodifiableMap(files);
  }

  Optional<SnapshotStore> snapshots(ShardGroupId group) {
    return Optional.ofNullable(files.get(group)).map(GroupFiles::snapshots);
  }

  /// What other nodes need beside a snapshot.
  Optional<byte[]> membersForOthers(ShardGroupId group) throws IOException {
    return MetaFiles.in(log(group).directory()).membersForOthers();
  }

  /// Keeps what came with a snapshot.
  void keepMembers(ShardGroupId group, byte[] members) throws IOException {
    MetaFiles.in(log(group).directory()).rememberFetched(members);
  }

  /// Whom a group began with; empty if it came to this node later.
  List<RaftHost.Peer> founders(ShardGroupId group) {
    return directory.groups(founded).get(group) == Held.FOUNDED
        ? first.group(group).replicas().stream()
            .map(replica -> new RaftHost.Peer(replica.node(), first.node(replica.node()).raft()))
            .toList()
        : List.of();
  }

  /// What is to be made sure of before Raft starts on them.
  List<Recovery.Group> toRecover() throws IOException {
    List<Recovery.Group> groups = new ArrayList<>();
    for (Map.Entry<ShardGroupId, GroupFiles> group : files.entrySet()) {
      groups.add(
          new Recovery.Group(
              group.getKey(),
              log(group.getKey()),
              group.getValue().snapshots(),
              others(group.getKey()),
              group.getValue().divergedMark()));
    }
    return groups;
  }

  /// Who may have what this node lacks: the members that its files name, or those that it began
  /// with. Then all others, because those may have given the group up since.
  private List<NodeId> others(ShardGroupId group) throws IOException {
    List<NodeId> members = MetaFiles.in(log(group).directory()).members();
    Stream<NodeId> named =
        members.isEmpty() ? founders(group).stream().map(RaftHost.Peer::node) : members.stream();
    return Stream.concat(named, others.get().stream())
        .distinct()
        .filter(node -> !node.equals(config.self()))
        .toList();
  }

  /// A group is about to be opened. Where the disk holds nothing whole of it, it comes: what an
  /// attempt left is cleared away.
  void begin(ShardGroupId group) throws IOException {
    beginAnewUnlessPastLeaving(group);
    Held how = directory.groups(founded).get(group);
    if (how == Held.UNSETTLED && !hasVote(group)) {
      moveAway(group);
      how = null;
    }
    if (how == null) {
      directory.change(founded, group, Optional.of(Held.UNSETTLED));
      layVoteIn(group);
    }
    if (how == null || !files.containsKey(group)) {
      files.put(group, filesOf(group));
    }
  }

  /// The group's log is there.
  void begun(ShardGroupId group) throws IOException {
    if (directory.groups(founded).get(group) == Held.UNSETTLED) {
      directory.change(founded, group, Optional.of(Held.CAME));
    }
  }

  /// Where replicas move, or have moved, an earlier build must not open the directory, although
  /// this node's own groups are still those of the first placement: it would take members from
  /// Ratis' own file alone, and load a snapshot without those that came with it.
  void follow(Plan plan) throws IOException {
    boolean asPlaced =
        first.groups().stream()
            .allMatch(group ->
                plan.map()
                    .findGroup(group.id())
                    .filter(now -> now.voters().equals(group.voters()))
                    .isPresent());
    if (!plan.moves().isEmpty() || !asPlaced) {
      directory.rememberMoves(founded);
    }
  }

  /// Written when a log is made, so without it nothing was promised.
  private boolean hasVote(ShardGroupId group) {
    return MetaFiles.in(log(group).directory()).holdsVote();
  }

  private MetaFiles keptVote(ShardGroupId group) {
    return MetaFiles.in(directory.votes().resolve(group.toString()));
  }

  private void layVoteIn(ShardGroupId group) throws IOException {
    MetaFiles kept = keptVote(group);
    if (kept.holdsVote()) {
      MetaFiles.in(log(group).directory()).takeVote(kept);
    }
  }

  private void keepVote(ShardGroupId group) throws IOException {
    if (hasVote(group)) {
      keptVote(group).takeVote(MetaFiles.in(log(group).directory()));
    }
  }

  /// A group goes that is closed.
  ///
  /// @param left who votes there now
  void delete(ShardGroupId group, Voters left) throws IOException {
    directory.change(founded, group, Optional.of(Held.UNSETTLED));
    files.remove(group);
    if (hasVote(group)) {
      keepVote(group);
      keptVote(group).rememberLeaving(left.index(), left.nodes());
    }
    moveAway(group);
    emptyRemoved();
  }

  private void moveAway(ShardGroupId group) throws IOException {
    Path all = Files.createDirectories(directory.removed());
    // Of its own: what went before may still be there.
    Path removed = Files.createTempDirectory(all, group + "-");
    Path log = log(group).directory().toAbsolutePath().getParent();
    moveAway(log, removed.resolve("log"));
    moveAway(directory.group(group.value()), removed.resolve("state"));
    directory.change(founded, group, Optional.empty());
  }

  private static void moveAway(@Nullable Path from, Path to) throws IOException {
    if (from != null && Files.exists(from)) {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
      Path parent = from.toAbsolutePath().getParent();
      if (parent != null) {
        Directories.sync(parent);
      }
    }
  }

  /// What can not be deleted now is, after the next group that goes or at the next start.
  private void emptyRemoved() {
    try {
      deleteRemoved();
    } catch (IOException | UncheckedIOException e) {
      LOG.warn(
          "what was given up is not deleted yet: in={} reason={}",
          directory.removed(),
          e.toString());
    }
  }

  private void deleteRemoved() throws IOException {
    if (!Files.exists(directory.removed())) {
      return;
    }
    try (Stream<Path> all = Files.walk(directory.removed())) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
