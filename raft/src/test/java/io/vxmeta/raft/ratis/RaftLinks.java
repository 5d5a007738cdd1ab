package io.vxmeta.raft.ratis;

import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import java.io.IOException;
import java.util.function.BiPredicate;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotReplyProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotResult;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.ReadIndexRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import org.apache.ratis.thirdparty.io.grpc.Metadata;
import org.apache.ratis.thirdparty.io.grpc.ServerCall;
import org.apache.ratis.thirdparty.io.grpc.ServerCallHandler;
import org.apache.ratis.thirdparty.io.grpc.ServerInterceptor;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.apache.ratis.util.ProtoUtils;

/// Starts a Raft server whose incoming messages can be lost, by sender, as on a cut cable:
/// silently.
public final class RaftLinks {
  private RaftLinks() {}

  /// Starts it with such links.
  ///
  /// @param isCut asked for every message from one node to another
  public static RaftHost start(RaftHost.Start start, BiPredicate<NodeId, NodeId> isCut)
      throws IOException {
    return RaftHost.start(
        start, (builder, types) -> builder.intercept(new Loss(start.node(), isCut)));
  }

  /// One message by which a leader offers its snapshot; true when the answer is not "in progress".
  public static boolean offerSnapshot(
      String clusterId, ShardGroupId group, RaftHost leader, RaftHost follower) throws IOException {
    RaftGroupId id = RaftHost.groupId(clusterId, group);
    RaftServer.Division division = leader.server().getDivision(id);
    RaftLog log = division.getRaftLog();
    InstallSnapshotReplyProto reply =
        follower
            .server()
            .installSnapshot(
                InstallSnapshotRequestProto.newBuilder()
                    .setServerRequest(
                        RaftRpcRequestProto.newBuilder()
                            .setRequestorId(leader.server().getId().toByteString())
                            .setReplyId(follower.server().getId().toByteString())
                            .setRaftGroupId(ProtoUtils.toRaftGroupIdProtoBuilder(id)))
                    .setLeaderTerm(division.getInfo().getCurrentTerm())
                    .setNotification(
                        InstallSnapshotRequestProto.NotificationProto.newBuilder()
                            .setFirstAvailableTermIndex(
                                log.getTermIndex(log.getStartIndex()).toProto()))
                    .build());
    return reply.getResult() != InstallSnapshotResult.IN_PROGRESS;
  }

  private record Loss(NodeId self, BiPredicate<NodeId, NodeId> isCut) implements ServerInterceptor {
    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
      return new SimpleForwardingServerCallListener<>(next.startCall(call, headers)) {
        private boolean lost;

        @Override
        public void onMessage(Q message) {
          ByteString from = sender(message);
          if (!from.isEmpty() && isCut.test(new NodeId(from.toStringUtf8()), self)) {
            lost = true;
            call.request(1);
          } else if (lost) {
            call.close(Status.UNAVAILABLE.withDescription("connection reset"), new Metadata());
          } else {
            super.onMessage(message);
          }
        }
      };
    }

    private static ByteString sender(Object message) {
      return switch (message) {
        case AppendEntriesRequestProto append -> append.getServerRequest().getRequestorId();
        case RequestVoteRequestProto vote -> vote.getServerRequest().getRequestorId();
        case InstallSnapshotRequestProto install -> install.getServerRequest().getRequestorId();
        case ReadIndexRequestProto index -> index.getServerRequest().getRequestorId();
        case StartLeaderElectionRequestProto start -> start.getServerRequest().getRequestorId();
        default -> ByteString.EMPTY;
      };
    }
  }
}
