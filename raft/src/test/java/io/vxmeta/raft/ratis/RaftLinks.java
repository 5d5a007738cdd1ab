package io.vxmeta.raft.ratis;

import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiPredicate;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotReplyProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotResult;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftConfigurationProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.ReadIndexRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.proto.grpc.RaftServerProtocolServiceGrpc;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import org.apache.ratis.thirdparty.io.grpc.ManagedChannel;
import org.apache.ratis.thirdparty.io.grpc.Metadata;
import org.apache.ratis.thirdparty.io.grpc.ServerCall;
import org.apache.ratis.thirdparty.io.grpc.ServerCallHandler;
import org.apache.ratis.thirdparty.io.grpc.ServerInterceptor;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.apache.ratis.thirdparty.io.grpc.netty.NettyChannelBuilder;
import org.apache.ratis.thirdparty.io.grpc.stub.StreamObserver;
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

  /// Has a replica know the members that it knows as those of a later entry, as if they had come
  /// with a snapshot.
  ///
  /// @param log where its log files are
  public static void rememberMembersAt(Path log, long index) throws IOException {
    MetaFiles files = MetaFiles.in(log);
    files.rememberFetched(
        LogEntryProto.parseFrom(files.membersForOthers().orElseThrow()).toBuilder()
            .setIndex(index)
            .build()
            .toByteArray());
  }

  /// A node offers a snapshot to another one, as a leader of a term, and says beside it that the
  /// group has these two members. Returns when that is handled.
  public static void offerBesideMembers(
      String clusterId, ShardGroupId group, long term, RaftHost from, RaftHost to)
      throws IOException {
    RaftGroupId id = RaftHost.groupId(clusterId, group);
    TermIndex end = to.server().getDivision(id).getRaftLog().getLastEntryTermIndex();
    InstallSnapshotRequestProto offer =
        InstallSnapshotRequestProto.newBuilder()
            .setServerRequest(
                RaftRpcRequestProto.newBuilder()
                    .setRequestorId(from.server().getId().toByteString())
                    .setReplyId(to.server().getId().toByteString())
                    .setRaftGroupId(ProtoUtils.toRaftGroupIdProtoBuilder(id)))
            .setLeaderTerm(term)
            .setNotification(
                InstallSnapshotRequestProto.NotificationProto.newBuilder()
                    .setFirstAvailableTermIndex(end.toProto()))
            .setLastRaftConfigurationLogEntryProto(
                LogEntryProto.newBuilder()
                    .setIndex(end.getIndex())
                    .setConfigurationEntry(
                        RaftConfigurationProto.newBuilder()
                            .addPeers(from.server().getPeer().getRaftPeerProto())
                            .addPeers(to.server().getPeer().getRaftPeerProto())))
            .build();
    send(offer, to.server().getServerRpc().getInetSocketAddress().getPort());
  }

  /// Whatever the answer is.
  private static void send(InstallSnapshotRequestProto offer, int port) {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
    CompletableFuture<Status> answered = new CompletableFuture<>();
    StreamObserver<InstallSnapshotRequestProto> offers =
        RaftServerProtocolServiceGrpc.newStub(channel)
            .installSnapshot(
                new StreamObserver<InstallSnapshotReplyProto>() {
                  @Override
                  public void onNext(InstallSnapshotReplyProto reply) {
                    answered.complete(Status.OK);
                  }

                  @Override
                  public void onError(Throwable refusal) {
                    answered.complete(Status.fromThrowable(refusal));
                  }

                  @Override
                  public void onCompleted() {
                    answered.complete(Status.CANCELLED);
                  }
                });
    offers.onNext(offer);
    Status answer = answered.join();
    ManagedChannel _ = channel.shutdownNow();
    if (answer.getCode() == Status.Code.UNAVAILABLE) {
      throw new AssertionError("expected the offer to arrive: port=" + port + " answer=" + answer);
    }
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
