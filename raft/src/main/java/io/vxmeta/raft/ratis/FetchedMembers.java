package io.vxmeta.raft.ratis;

import java.io.IOException;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftGroupIdProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;

/// Puts committed members, which came with a snapshot, in force for a replica, BEFORE the snapshot
/// is.
final class FetchedMembers {
  /* Why: the entries that name them are not fetched. A replica with today's data and last week's members could be elected by those
   *   who have left.
   * Why it can not be elected wrongly meanwhile, with newer members than entries: a majority of committed members has the entry
   *   that names them, and votes for nobody who lacks it.
   * Place: the snapshot's end, if they are of a later one. At the first entry that it is sent, Ratis forgets members of that
   *   place and beyond, and an older configuration would be in force again until theirs comes. An entry between the two that names others
   *   counts more: what the log says last is always safe. Earlier ones of a place beyond theirs go: no entry stands for them any more.
   * How: Ratis takes the members beside an offer of a snapshot in, whatever it answers. This one is of term 0, in which nobody
   *   leads, so that Ratis does nothing else with it, and waits for nobody. It tells the machine of them as of an applied entry, by that term.
   * Threads: the caller holds the division's lock, as whoever appends entries does.
   */

  /// Of no entry.
  static final long TERM = 0;

  private FetchedMembers() {}

  /// Puts them in force.
  ///
  /// @param members their entry, as it is kept
  /// @param end of the snapshot
  static void putInForce(
      RaftServer server, RaftServer.Division division, LogEntryProto members, TermIndex end)
      throws IOException {
    RaftRpcRequestProto self =
        RaftRpcRequestProto.newBuilder()
            .setRequestorId(division.getId().toByteString())
            .setReplyId(division.getId().toByteString())
            .setRaftGroupId(
                RaftGroupIdProto.newBuilder()
                    .setId(division.getMemberId().getGroupId().toByteString()))
            .build();
    var _ =
        server.installSnapshot(
            InstallSnapshotRequestProto.newBuilder()
                .setServerRequest(self)
                .setLeaderTerm(TERM)
                .setNotification(
                    InstallSnapshotRequestProto.NotificationProto.newBuilder()
                        .setFirstAvailableTermIndex(end.toProto()))
                .setLastRaftConfigurationLogEntryProto(
                    LogEntryProto.newBuilder()
                        .setTerm(TERM)
                        .setIndex(Math.min(members.getIndex(), end.getIndex()))
                        .setConfigurationEntry(members.getConfigurationEntry()))
                .build());
  }
}
