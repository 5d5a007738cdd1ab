package io.vxmeta.raft.ratis;

import java.util.Map;
import java.util.Optional;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.thirdparty.io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import org.apache.ratis.thirdparty.io.grpc.Metadata;
import org.apache.ratis.thirdparty.io.grpc.ServerCall;
import org.apache.ratis.thirdparty.io.grpc.ServerCallHandler;
import org.apache.ratis.thirdparty.io.grpc.ServerInterceptor;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.apache.ratis.util.ProtoUtils;

/// Lets offers of snapshots through to Ratis only from the leader that entries name, to replicas
/// that are open, and without the members that stand beside them.
///
/// @param open replicas of this node, as they come and go
record OfferedSnapshots(Map<RaftGroupId, RatisReplica> open) implements ServerInterceptor {
  /* Why not from others: Ratis reads the term when it writes an offer, so a leader that was replaced a moment before names the next
   *   one's. A replica that knows no leader yet would follow it, drop its own entries for it, though they may be acknowledged in the
   *   later term, and refuse that term's leader. Entries and heartbeats carry the term in which their sender leads; a heartbeat goes
   *   behind each offer, so a leader's next one is let through. A term that rises behind the look makes Ratis refuse the offer.
   * Why not before a replica is open: Ratis then fails half way and takes every later offer for a repetition.
   * Why without members: a leader names those that it knows last, and Ratis' follower makes them its own whatever it answers, and
   *   before it has the snapshot. They may be older than its own, or never have been committed; then it votes, and is elected, in a
   *   group that does not exist. It takes members from the log, and committed ones that came with a fetched snapshot (FetchedMembers).
   * Threads: gRPC's; the messages of one stream come one after the other.
   */
  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    return new SimpleForwardingServerCallListener<>(next.startCall(call, headers)) {
      private boolean refused;

      @Override
      @SuppressWarnings("unchecked") // It stays the message that it was.
      public void onMessage(Q message) {
        if (refused) {
          return;
        }
        if (message instanceof InstallSnapshotRequestProto offer) {
          Optional<Status> refusal = refusal(offer);
          refused = refusal.isPresent();
          if (refused) {
            call.close(refusal.get(), new Metadata());
            return;
          }
          super.onMessage((Q) offer.toBuilder().clearLastRaftConfigurationLogEntryProto().build());
        } else {
          super.onMessage(message);
        }
      }

      @Override
      public void onHalfClose() {
        if (!refused) {
          super.onHalfClose();
        }
      }
    };
  }

  private Optional<Status> refusal(InstallSnapshotRequestProto offer) {
    RatisReplica replica =
        open.get(ProtoUtils.toRaftGroupId(offer.getServerRequest().getRaftGroupId()));
    if (replica == null) {
      return Optional.of(Status.UNAVAILABLE.withDescription("expected an open replica"));
    }
    RaftPeerId from = RaftPeerId.valueOf(offer.getServerRequest().getRequestorId());
    return replica.follows(from, offer.getLeaderTerm())
        ? Optional.empty()
        : Optional.of(
            Status.FAILED_PRECONDITION.withDescription(
                "expected the leader that this term's entries name: from=" + from));
  }
}
