package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.raft.peer.SnapshotFetch;
import io.vxmeta.raft.ratis.RaftHost;
import io.vxmeta.raft.ratis.RatisSettings;
import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.shardmap.Placement;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import io.vxmeta.statemachine.os.LiveMemory;
import io.vxmeta.statemachine.os.LiveMemoryConfig;
import io.vxmeta.statemachine.snapshot.SnapshotRoom;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A group is open with all that belongs to it, or not at all.
final class OwnGroupsTest {
  @TempDir private Path folder;
  private final List<String> told = new ArrayList<>();

  /// Fails once, as a part may that finds no memory.
  private final class Failing implements GroupWatch {
    private boolean failed;

    @Override
    public void onOpened(Replica replica) {
      if (!failed) {
        failed = true;
        throw new IllegalStateException("no room");
      }
      told.add("opened");
    }

    @Override
    public void onClosing(ShardGroupId group) {
      told.add("closing");
    }
  }

  @Test
  void aGroupThatIsOpenedByHalvesIsClosedAndCanBeOpenedAgain() throws IOException {
    NodeConfig config = HeldGroupsTest.fourNodes(folder.resolve("data"));
    ShardMap first =
        Placement.initial(
            config.clusterId(), config.nodes(), config.dataGroups(), config.replication());
    ShardGroupId stranger = HeldGroupsTest.stranger(first, HeldGroups.founded(config, first));
    LiveMemory memory =
        LiveMemory.of(LiveMemoryConfig.defaults().withLock(LiveMemoryConfig.Lock.OFF));
    try (NodeDirectory directory = NodeDirectory.open(config);
        ExecutorService work = Executors.newCachedThreadPool()) {
      HeldGroups held =
          HeldGroups.open(config, directory, first, Set::of, _ -> memory, SnapshotRoom.UNLIMITED);
      try (RaftHost host = RaftHost.start(start(config, directory, work));
          OwnGroups groups =
              new OwnGroups(
                  held,
                  host,
                  group ->
                      new RaftHost.Group(
                          group,
                          held.founders(group),
                          Objects.requireNonNull(held.files().get(group)),
                          () -> {},
                          () -> {},
                          _ -> {}),
                  _ -> {},
                  () -> {
                    throw new AssertionError("expected that it stays in the cluster");
                  })) {
        groups.watch(new Failing());
        assertThrows(IllegalStateException.class, () -> groups.open(stranger));
        assertEquals(List.of("closing"), told);
        assertFalse(groups.isOpen(stranger));
        groups.open(stranger);
        assertEquals(List.of("closing", "opened"), told);
        assertTrue(groups.isOpen(stranger));
        groups.close(stranger);
        assertFalse(groups.isOpen(stranger));
      }
    }
  }

  /// On a port that the system gives it.
  private static RaftHost.Start start(
      NodeConfig config, NodeDirectory directory, ExecutorService work) {
    return new RaftHost.Start(
        directory.lineage(config.clusterId()),
        config.self(),
        RatisSettings.of(directory.raft(), "127.0.0.1", 0),
        List.of(),
        true,
        new SnapshotFetch("none", _ -> Optional.empty(), (_, _) -> {}, Map.of(), Runnable::run),
        Optional.empty(),
        (cause, problem) -> {
          throw new AssertionError(cause, problem);
        },
        work,
        work);
  }
}
