package io.vxmeta.raft.ratis;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.thirdparty.io.grpc.Metadata;
import org.apache.ratis.thirdparty.io.grpc.MethodDescriptor;
import org.apache.ratis.thirdparty.io.grpc.ServerCall;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.apache.ratis.util.ProtoUtils;
import org.junit.jupiter.api.Test;

/// An offer for a replica that is not open ends its call, and Ratis hears nothing of it.
final class OfferedSnapshotsTest {
  private final List<String> told = new ArrayList<>();

  private final class Call extends ServerCall<Object, Object> {
    @Override
    public void close(Status status, Metadata trailers) {
      told.add("closed " + status.getCode());
    }

    @Override
    public void request(int messages) {}

    @Override
    public void sendHeaders(Metadata headers) {}

    @Override
    public void sendMessage(Object message) {}

    @Override
    public boolean isCancelled() {
      return false;
    }

    @Override
    public MethodDescriptor<Object, Object> getMethodDescriptor() {
      throw new UnsupportedOperationException("nobody asks");
    }
  }

  private final class Ratis extends ServerCall.Listener<Object> {
    @Override
    public void onMessage(Object message) {
      told.add("message");
    }

    @Override
    public void onHalfClose() {
      told.add("end");
    }
  }

  private List<String> told(Object message) {
    ServerCall.Listener<Object> listener =
        new OfferedSnapshots(Map.of())
            .interceptCall(new Call(), new Metadata(), (_, _) -> new Ratis());
    listener.onMessage(message);
    listener.onHalfClose();
    return told;
  }

  @Test
  void anOfferForAReplicaThatIsNotOpenIsRefused() {
    InstallSnapshotRequestProto offer =
        InstallSnapshotRequestProto.newBuilder()
            .setServerRequest(
                RaftRpcRequestProto.newBuilder()
                    .setRequestorId(RaftPeerId.valueOf("a").toByteString())
                    .setRaftGroupId(ProtoUtils.toRaftGroupIdProtoBuilder(RaftGroupId.randomId())))
            .build();
    assertEquals(List.of("closed UNAVAILABLE"), told(offer));
  }

  @Test
  void whatIsNoOfferGoesThrough() {
    assertEquals(List.of("message", "end"), told(AppendEntriesRequestProto.getDefaultInstance()));
  }
}
