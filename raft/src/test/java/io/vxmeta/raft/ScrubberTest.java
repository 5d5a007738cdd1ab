package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.vxmeta.raft.ratis.AppliedEntries;
import io.vxmeta.raft.read.ScriptedReplica;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.statemachine.GroupState;
import io.vxmeta.statemachine.GroupStateConfig;
import io.vxmeta.statemachine.ProducerLimits;
import io.vxmeta.statemachine.os.LiveMemory;
import io.vxmeta.statemachine.os.LiveMemoryConfig;
import io.vxmeta.statemachine.snapshot.Snapshot;
import io.vxmeta.statemachine.snapshot.SnapshotOwner;
import io.vxmeta.statemachine.snapshot.SnapshotStore;
import io.vxmeta.statemachine.snapshot.SnapshotWriter;
import io.vxmeta.statemachine.table.TableConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/// A snapshot that rotted is replaced, and where it can not be that is said.
final class ScrubberTest {
  private static final Logger LOGGER = (Logger) LoggerFactory.getLogger(Scrubber.class);
  private static final ShardGroupId GROUP = new ShardGroupId(1);
  private static final long INDEX = 7;

  @TempDir private Path directory;
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final ScriptedReplica replica = new ScriptedReplica(new NodeId("n1"));

  @BeforeEach
  void listen() {
    log.start();
    LOGGER.addAppender(log);
  }

  @AfterEach
  void leave() {
    LOGGER.detachAppender(log);
  }

  /// What was said when the only snapshot was found rotten.
  private String saidOfRot() throws IOException {
    SnapshotStore store =
        SnapshotStore.open(
            directory.resolve("snapshots"), new SnapshotOwner("scrubbed", GROUP.value()));
    GroupStateConfig config =
        new GroupStateConfig(
            directory.resolve("live"),
            GROUP.value(),
            List.of(5),
            TableConfig.defaults(),
            ProducerLimits.defaults(),
            LiveMemory.of(LiveMemoryConfig.withoutNativeCalls()));
    Snapshot rotten;
    try (GroupState state = GroupState.create(config)) {
      state.skip(INDEX);
      rotten = new SnapshotWriter(store, Optional.empty()).write(state.cut(1)).snapshot();
    }
    byte[] producers = Files.readAllBytes(rotten.producersFile());
    producers[0] ^= 1;
    Path _ = Files.write(rotten.producersFile(), producers);
    Scrubber scrubber =
        new Scrubber(
            Map.of(GROUP, new GroupFiles(config, store)), Map.of(GROUP, replica), Runnable::run);
    var _ = scrubber.add(GROUP);
    scrubber.step();
    assertEquals(1, replica.snapshots);
    assertTrue(log.list.getFirst().getFormattedMessage().contains("has rotted"));
    return log.list.stream()
        .skip(1)
        .filter(event -> event.getLevel().isGreaterOrEqual(Level.INFO))
        .map(ILoggingEvent::getFormattedMessage)
        .findFirst()
        .orElse("");
  }

  @Test
  void anIdleGroupIsSaidToKeepItsRottenSnapshotAndWhy() throws IOException {
    AppliedEntries.upTo(replica, INDEX);
    String said = saidOfRot();
    assertTrue(said.contains("no log entry came since") && said.contains("index=7"), said);
  }

  @Test
  void aGroupThatWentOnHasASoundOneInstead() throws IOException {
    AppliedEntries.upTo(replica, INDEX + 3);
    String said = saidOfRot();
    assertTrue(said.contains("instead of the rotten one") && said.contains("index=10"), said);
  }
}
