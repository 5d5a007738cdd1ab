package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.raft.move.Voters;
import io.vxmeta.raft.place.ClusterView.Plan;
import io.vxmeta.raft.ratis.LogFiles;
import io.vxmeta.raft.ratis.MetaFiles;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.Placement;
import io.vxmeta.shardmap.ReplicaMove;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import io.vxmeta.statemachine.os.LiveMemory;
import io.vxmeta.statemachine.os.LiveMemoryConfig;
import io.vxmeta.statemachine.snapshot.SnapshotRoom;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a start makes of groups that were coming or going when the power went.
final class HeldGroupsTest {
  private static final String VOTE = "term=7\nvotedFor=b\n";
  private static final Set<NodeId> OTHERS =
      Set.of(new NodeId("b"), new NodeId("c"), new NodeId("d"));
  private static final Voters LEFT = new Voters(Set.of(new NodeId("b")), 45);

  private final LiveMemory memory =
      LiveMemory.of(LiveMemoryConfig.defaults().withLock(LiveMemoryConfig.Lock.OFF));

  @TempDir private Path folder;
  private NodeConfig config;
  private ShardMap first;
  private List<ShardGroupId> founded;
  private ShardGroupId stranger;

  @BeforeEach
  void configure() {
    config = fourNodes(folder.resolve("data"));
    first =
        Placement.initial(
            config.clusterId(), config.nodes(), config.dataGroups(), config.replication());
    founded = HeldGroups.founded(config, first);
    stranger = stranger(first, founded);
  }

  /// With three replicas each, so that every node lacks some group.
  static NodeConfig fourNodes(Path data) {
    return ConfigReader.parse(
        """
        cluster: demo
        node: a
        data: %s
        nodes:
          - {id: a, client: "127.0.0.1:1", peer: "127.0.0.1:2", raft: "127.0.0.1:3"}
          - {id: b, client: "127.0.0.1:4", peer: "127.0.0.1:5", raft: "127.0.0.1:6"}
          - {id: c, client: "127.0.0.1:7", peer: "127.0.0.1:8", raft: "127.0.0.1:9"}
          - {id: d, client: "127.0.0.1:10", peer: "127.0.0.1:11", raft: "127.0.0.1:12"}
        """
            .formatted(data));
  }

  /// A group that is not among them.
  static ShardGroupId stranger(ShardMap first, List<ShardGroupId> founded) {
    return first.groups().stream()
        .map(ShardGroup::id)
        .filter(group -> !founded.contains(group))
        .findFirst()
        .orElseThrow();
  }

  private HeldGroups open(NodeDirectory directory) throws IOException {
    return HeldGroups.open(
        config, directory, first, () -> OTHERS, _ -> memory, SnapshotRoom.UNLIMITED);
  }

  private void makeLog(NodeDirectory directory, ShardGroupId group, String file)
      throws IOException {
    Path made = Files.createDirectories(log(directory, group));
    Path _ = Files.writeString(made.resolve(file), "");
  }

  private Path log(NodeDirectory directory, ShardGroupId group) {
    return LogFiles.of(directory.raft(), directory.lineage(config.clusterId()), group).directory();
  }

  private Path vote(NodeDirectory directory, ShardGroupId group) {
    return log(directory, group).resolve("raft-meta");
  }

  private static void vote(Path file) throws IOException {
    Path _ = Files.writeString(file, VOTE);
  }

  /// A voter that forgot them would confirm a leader of an earlier term.
  @Test
  void termAndVoteOutliveTheGroupAndAreThereBeforeItIsOpenedAgain() throws IOException {
    ShardGroupId leaving = founded.getLast();
    try (NodeDirectory directory = NodeDirectory.open(config)) {
      HeldGroups held = open(directory);
      makeLog(directory, leaving, "raft-meta");
      vote(vote(directory, leaving));
      held.delete(leaving, LEFT);
      assertFalse(Files.exists(vote(directory, leaving)));
    }
    try (NodeDirectory directory = NodeDirectory.open(config)) {
      HeldGroups held = open(directory);
      held.begin(leaving);
      String laidIn = Files.readString(vote(directory, leaving));
      assertTrue(laidIn.startsWith(VOTE), laidIn);
      MetaFiles.in(log(directory, leaving)).requireVote();
    }
  }

  /// By the entries from before it left it would be a voter, and it has nothing of what came after.
  @Test
  void aReplicaThatCameBackAndLacksTheEntryByWhichItLeftBeginsAnew() throws IOException {
    ShardGroupId leaving = founded.getLast();
    Path members;
    try (NodeDirectory directory = NodeDirectory.open(config)) {
      HeldGroups held = open(directory);
      makeLog(directory, leaving, "raft-meta");
      vote(vote(directory, leaving));
      held.delete(leaving, LEFT);
      held.begin(leaving);
      held.begun(leaving);
      members = vote(directory, leaving).resolveSibling("raft-meta.conf-applied");
      Path _ = Files.writeString(members, "of old");
    }
    try (NodeDirectory directory = NodeDirectory.open(config)) {
      HeldGroups held = open(directory);
      assertTrue(held.ids().contains(leaving));
      assertFalse(Files.exists(members));
      assertTrue(Files.readString(vote(directory, leaving)).startsWith(VOTE));
      assertTrue(held.files().containsKey(leaving));
    }
  }

  /// It would be worth less than none.
  @Test
  void aGroupWhoseVoteIsDamagedIsNotDeleted() throws IOException {
    ShardGroupId leaving = founded.getLast();
    try (NodeDirectory directory = NodeDirectory.open(config)) {
      HeldGroups held = open(directory);
      makeLog(directory, leaving, "raft-meta");
      assertThrows(IOException.class, () -> held.delete(leaving, LEFT));
      assertTrue(Files.exists(vote(directory, leaving)));
    }
  }

  private Set<ShardGroupId> withStranger() {
    Set<ShardGroupId> all = new TreeSet<>(founded);
    assertTrue(all.add(stranger));
    return all;
  }

  @Test
  void aNewDirectoryHoldsTheFirstPlacementAndKnowsItsFounders() throws IOException {
    try (NodeDirectory directory = NodeDirectory.open(config)) {
      HeldGroups held = open(directory);
      assertEquals(new TreeSet<>(founded), held.ids());
      assertEquals(config.replication(), held.founders(founded.getLast()).size());
    }
  }

  @Test
  void aGroupThatCameIsHeldWithoutFoundersAfterARestart() throws IOException {
    try (NodeDirectory directory = NodeDirectory.open(config)) {
      HeldGroups held = open(directory);
      held.begin(stranger);
      makeLog(directory, stranger, "raft-meta");
      held.begun(stranger);
    }
    try (NodeDirectory directory = NodeDirectory.open(config)) {
      HeldGroups held = open(directory);
      assertEquals(withStranger(), held.ids());
      assertEquals(List.of(), held.founders(stranger));
      assertEquals(config.replication(), held.founders(founded.getLast()).size());
    }
  }

  @Test
  void aGroupWhoseLogWasNotThereYetIsClearedAway() throws IOException {
    try (NodeDirectory directory = NodeDirectory.open(config)) {
      open(directory).begin(stranger);
      makeLog(directory, stranger, "in_use.lock");
      Path _ = Files.createDirectories(directory.group(stranger.value()));
    }
    try (NodeDirectory directory = NodeDirectory.open(config)) {
      HeldGroups held = open(directory);
      assertEquals(new TreeSet<>(founded), held.ids());
      assertFalse(Files.exists(directory.group(stranger.value())));
      held.begin(stranger);
    }
  }

  /// It may have promised something until it was renamed.
  @Test
  void aGroupWithAVoteIsKeptAlthoughItWasComingOrGoing() throws IOException {
    try (NodeDirectory directory = NodeDirectory.open(config)) {
      open(directory).begin(stranger);
      makeLog(directory, stranger, "raft-meta");
    }
    try (NodeDirectory directory = NodeDirectory.open(config)) {
      assertEquals(withStranger(), open(directory).ids());
    }
  }

  @Test
  void whatIsDeletedLeavesNothingAndIsNoLoss() throws IOException {
    ShardGroupId leaving = founded.getLast();
    try (NodeDirectory directory = NodeDirectory.open(config)) {
      HeldGroups held = open(directory);
      makeLog(directory, leaving, "raft-meta");
      vote(vote(directory, leaving));
      held.delete(leaving, LEFT);
      assertFalse(held.ids().contains(leaving));
    }
    try (NodeDirectory directory = NodeDirectory.open(config)) {
      HeldGroups held = open(directory);
      assertFalse(held.ids().contains(leaving));
      assertFalse(Files.exists(directory.group(leaving.value())));
      Path removed = Files.createDirectories(directory.removed());
      try (DirectoryStream<Path> left = Files.newDirectoryStream(removed)) {
        assertFalse(left.iterator().hasNext());
      }
    }
  }

  /// Those whom its own files name may have given the group up since.
  @Test
  void aRepairAsksTheMembersFirstAndThenEverybody() throws IOException {
    try (NodeDirectory directory = NodeDirectory.open(config)) {
      HeldGroups held = open(directory);
      ShardGroupId group = founded.getLast();
      List<NodeId> asked =
          held.toRecover().stream()
              .filter(each -> each.id().equals(group))
              .findFirst()
              .orElseThrow()
              .others();
      Set<NodeId> everybody =
          config.nodes().stream().map(Node::id).collect(Collectors.toCollection(TreeSet::new));
      assertTrue(everybody.remove(config.self()));
      assertEquals(everybody, new TreeSet<>(asked));
      assertEquals(everybody.size(), asked.size());
      assertFalse(first.group(group).isOn(asked.getLast()));
    }
  }

  /// Whose log names other members by then, though its own groups are those of the first placement.
  @Test
  void aNodeThatSawReplicasMoveIsNotOpenedByAnEarlierBuild() throws IOException {
    Path marker = folder.resolve("data").resolve("NODE");
    ShardGroup moved = first.group(stranger);
    NodeId from = moved.voters().getFirst();
    try (NodeDirectory directory = NodeDirectory.open(config)) {
      HeldGroups held = open(directory);
      held.follow(new Plan(first, Map.of()));
      assertTrue(Files.readString(marker).contains("format=2"));
      held.follow(
          new Plan(
              first, Map.of(moved.id(), ReplicaMove.between(moved.id(), from, config.self()))));
      assertTrue(Files.readString(marker).contains("format=3"));
    }
    try (NodeDirectory directory = NodeDirectory.open(config)) {
      HeldGroups held = open(directory);
      assertEquals(new TreeSet<>(founded), held.ids());
      assertEquals(config.replication(), held.founders(founded.getLast()).size());
    }
  }

  @Test
  void aDamagedLineOfAGroupIsNoticed() throws IOException {
    try (NodeDirectory directory = NodeDirectory.open(config)) {
      HeldGroups held = open(directory);
      held.begin(stranger);
    }
    Path marker = folder.resolve("data").resolve("NODE");
    String text = Files.readString(marker);
    assertTrue(text.contains("format=3"), text);
    Path _ =
        Files.writeString(
            marker, text.replace("group." + stranger + "=", "group.9" + stranger + "="));
    assertThrows(NodeDirectory.Unusable.class, () -> NodeDirectory.open(config));
  }
}
