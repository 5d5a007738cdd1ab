package io.vxmeta.raft.ratis;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
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
    return knownAfterAnEntry(members.size());
  }

  /// @param before how many it knows before
  private Collection<RaftPeer> knownAfterAnEntry(int before) throws IOException {
    try (RaftServer server = server(RaftServer.newBuilder())) {
      RaftServer.Division division = server.getDivision(GROUP);
      assertEquals(before, division.getRaftConf().getCurrentPeers().size());
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

  private static byte[] members(long index, RaftPeer... peers) {
    return LogEntryProto.newBuilder()
        .setIndex(index)
        .setConfigurationEntry(
            RaftConfigurationProto.newBuilder()
                .addAllPeers(Stream.of(peers).map(RaftPeer::getRaftPeerProto).toList()))
        .build()
        .toByteArray();
  }

  private static RaftConfigurationProto configuration(long index, RaftPeer... peers)
      throws IOException {
    return LogEntryProto.parseFrom(members(index, peers)).getConfigurationEntry();
  }

  /// Ratis' own file may have come from a leader that never committed them.
  @Test
  void aStartPrefersCommittedMembersToThoseOfALaterIndex() throws IOException {
    MetaFiles files = formatted();
    RaftPeer newcomer = peer(RaftPeerId.valueOf("node-4"), 4);
    files.rememberApplied(INDEX - 7, configuration(INDEX - 7, members.get(0), newcomer));
    assertEquals(ids("node-1", "node-4"), files.members());
    files.settleConfiguration(protos());
    assertEquals(
        List.of(members.get(0).getRaftPeerProto(), newcomer.getRaftPeerProto()),
        LogEntryProto.parseFrom(Files.readAllBytes(file("raft-meta.conf")))
            .getConfigurationEntry()
            .getPeersList());
  }

  /// A restart applies entries again that it had applied before.
  @Test
  void appliedMembersNeverGoBack() throws IOException {
    MetaFiles files = formatted();
    files.rememberApplied(INDEX, configuration(INDEX, members.get(1)));
    files.rememberApplied(INDEX - 1, configuration(INDEX - 1, members.get(0)));
    assertEquals(ids("node-2"), files.members());
    assertEquals(INDEX, files.committedAt().orElseThrow());
  }

  private Path file(String name) {
    return folder.resolve(GROUP.getUuid().toString()).resolve("current").resolve(name);
  }

  private static List<NodeId> ids(String... names) {
    return Stream.of(names).map(NodeId::new).toList();
  }

  @Test
  void membersThatCameWithASnapshotWinOverOlderOnes() throws IOException {
    MetaFiles files = formatted();
    files.settleConfiguration(protos());
    RaftPeer newcomer = peer(RaftPeerId.valueOf("node-4"), 4);
    files.rememberApplied(INDEX, configuration(INDEX, members.get(1)));
    files.rememberFetched(members(INDEX - 1, newcomer));
    assertEquals(ids("node-2"), files.members());
    files.rememberFetched(members(INDEX + 1, members.get(0), newcomer));
    files.rememberFetched(members(INDEX, newcomer));
    files.settleConfiguration(protos());
    assertEquals(ids("node-1", "node-4"), files.members());
    assertEquals(
        List.of(members.get(0), newcomer),
        knownAfterAnEntry(2).stream()
            .sorted(Comparator.comparing(peer -> peer.getId().toString()))
            .toList());
  }

  @Test
  void aCopyOfTheAppliedMembersReplacesADamagedFile() throws IOException {
    MetaFiles files = formatted();
    RaftPeer newcomer = peer(RaftPeerId.valueOf("node-4"), 4);
    files.rememberApplied(
        INDEX,
        RaftConfigurationProto.newBuilder()
            .addPeers(members.get(0).getRaftPeerProto())
            .addPeers(newcomer.getRaftPeerProto())
            .build());
    byte[] bytes = Files.readAllBytes(file("raft-meta.conf"));
    bytes[bytes.length / 2] ^= 1;
    Path _ = Files.write(file("raft-meta.conf"), bytes);
    files.settleConfiguration(protos());
    assertEquals(ids("node-1", "node-4"), files.members());
  }

  /// What a leader told beside an offer may never have been committed.
  @Test
  void onlyCommittedMembersAreGivenToOthers() throws IOException {
    MetaFiles files = formatted();
    assertEquals(Optional.empty(), files.membersForOthers());
    byte[] applied = members(INDEX - 7, members.get(0));
    files.rememberApplied(INDEX - 7, LogEntryProto.parseFrom(applied).getConfigurationEntry());
    assertArrayEquals(applied, files.membersForOthers().orElseThrow());
  }

  @Test
  void aGroupThatCameLaterHasNoMembersUntilItIsToldThem() throws IOException {
    MetaFiles files = formatted();
    Files.delete(file("raft-meta.conf"));
    files.settleConfiguration(List.of());
    assertFalse(Files.exists(file("raft-meta.conf")));
    Path _ = Files.write(file("raft-meta.conf"), new byte[] {1, 2, 3});
    assertThrows(IOException.class, () -> files.settleConfiguration(List.of()));
  }
}
