package io.vxmeta.raft.ratis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftConfigurationProto;
import org.apache.ratis.proto.RaftProtos.RaftPeerProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.StateMachineLogEntryProto;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.util.AtomicFileOutputStream;
import org.apache.ratis.util.ProtoUtils;
import org.apache.ratis.util.TimeDuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A restarted replica knows its members whatever becomes of the end of its log; on a real Ratis
/// server, which is told what a leader would tell it.
final class MetaFilesTest {
  private static final RaftPeerId SELF = RaftPeerId.valueOf("node-1");
  private static final RaftPeerId LEADER = RaftPeerId.valueOf("node-2");
  private static final RaftGroupId GROUP = RaftGroupId.randomId();
  private static final TimeDuration NO_ELECTION = TimeDuration.valueOf(1, TimeUnit.HOURS);
  private static final long TERM = 7;

  /// Behind all that the log holds: a leader's offer of a snapshot brought it before the entries.
  private static final long INDEX = 53_632;

  @TempDir private Path folder;

  private final List<RaftPeer> members =
      List.of(peer(SELF, 1), peer(LEADER, 2), peer(RaftPeerId.valueOf("node-3"), 3));

  private static RaftPeer peer(RaftPeerId id, int port) {
    return RaftPeer.newBuilder().setId(id).setAddress("127.0.0.1:" + port).build();
  }

  private RaftServer server(RaftServer.Builder builder) throws IOException {
    RaftProperties properties = new RaftProperties();
    RaftServerConfigKeys.setStorageDir(properties, List.of(folder.toFile()));
    RaftServerConfigKeys.Rpc.setTimeoutMin(properties, NO_ELECTION);
    RaftServerConfigKeys.Rpc.setTimeoutMax(properties, NO_ELECTION);
    GrpcConfigKeys.Server.setHost(properties, "127.0.0.1");
    GrpcConfigKeys.Server.setPort(properties, 0);
    RaftServer server =
        builder
            .setServerId(SELF)
            .setProperties(properties)
            .setStateMachine(new BaseStateMachine())
            .setOption(RaftStorage.StartupOption.RECOVER)
            .build();
    server.start();
    return server;
  }

  /// Formats the group, and leaves the configuration that an offered snapshot brought.
  private MetaFiles formatted() throws IOException {
    server(RaftServer.newBuilder().setGroup(RaftGroup.valueOf(GROUP, members))).close();
    Path current = folder.resolve(GROUP.getUuid().toString()).resolve("current");
    try (OutputStream out =
        new AtomicFileOutputStream(current.resolve("raft-meta.conf").toFile())) {
      LogEntryProto.newBuilder()
          .setTerm(TERM)
          .setIndex(INDEX)
          .setConfigurationEntry(RaftConfigurationProto.newBuilder().addAllPeers(protos()))
          .build()
          .writeTo(out);
    }
    return MetaFiles.in(current);
  }

  private List<RaftPeerProto> protos() {
    return members.stream().map(RaftPeer::getRaftPeerProto).toList();
  }

  /// Whom a restarted server knows when the first entry came.
  private Collection<RaftPeer> knownAfterAnEntry() throws IOException {
    try (RaftServer server = server(RaftServer.newBuilder())) {
      RaftServer.Division division = server.getDivision(GROUP);
      assertEquals(members.size(), division.getRaftConf().getCurrentPeers().size());
      var _ =
          server.appendEntries(
              AppendEntriesRequestProto.newBuilder()
                  .setServerRequest(
                      RaftRpcRequestProto.newBuilder()
                          .setRequestorId(LEADER.toByteString())
                          .setReplyId(SELF.toByteString())
                          .setRaftGroupId(ProtoUtils.toRaftGroupIdProtoBuilder(GROUP)))
                  .setLeaderTerm(TERM)
                  .setLeaderCommit(-1)
                  .addEntries(
                      LogEntryProto.newBuilder()
                          .setTerm(TERM)
                          .setIndex(0)
                          .setStateMachineLogEntry(StateMachineLogEntryProto.getDefaultInstance()))
                  .build());
      return List.copyOf(division.getRaftConf().getCurrentPeers());
    }
  }

  @Test
  void aSettledConfigurationOutlivesTheEntriesBeforeIt() throws IOException {
    formatted().settleConfiguration(protos());
    assertEquals(
        members,
        knownAfterAnEntry().stream()
            .sorted(Comparator.comparing(peer -> peer.getId().toString()))
            .toList());
  }

  /// Why it is settled. If this fails, Ratis no longer needs it.
  @Test
  void ratisForgetsAConfigurationWhoseEntryMayBeReplaced() throws IOException {
    MetaFiles _ = formatted();
    assertEquals(List.of(), List.copyOf(knownAfterAnEntry()));
  }

  @Test
  void whatWasThereIsKeptAndWrittenOnce() throws IOException {
    MetaFiles files = formatted();
    Path file = folder.resolve(GROUP.getUuid().toString()).resolve("current/raft-meta.conf");
    files.settleConfiguration(List.of());
    byte[] settled = Files.readAllBytes(file);
    assertEquals(protos(), LogEntryProto.parseFrom(settled).getConfigurationEntry().getPeersList());
    assertTrue(files.holdsConfiguration());
    Object written = Files.getAttribute(file, "unix:ino");
    files.settleConfiguration(List.of());
    assertEquals(written, Files.getAttribute(file, "unix:ino"));
  }

  @Test
  void aDamagedOrMissingConfigurationBecomesTheNodesOwn() throws IOException {
    MetaFiles files = formatted();
    Path file = folder.resolve(GROUP.getUuid().toString()).resolve("current/raft-meta.conf");
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Path _ = Files.write(file, bytes);
    assertFalse(files.holdsConfiguration());
    files.settleConfiguration(protos());
    assertEquals(
        members,
        knownAfterAnEntry().stream()
            .sorted(Comparator.comparing(peer -> peer.getId().toString()))
            .toList());
    Files.delete(file);
    files.settleConfiguration(protos());
    assertTrue(files.holdsConfiguration() && Files.exists(file));
  }
}
