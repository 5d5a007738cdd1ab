package io.vxmeta.raft.api;

import io.vxmeta.client.v1.Freshness;
import io.vxmeta.client.v1.Role;
import io.vxmeta.client.v1.Token;
import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.raft.ratis.Replica.RaftRole;
import io.vxmeta.shardmap.Epoch;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/// Says on every answer who gave it and how fresh it is.
final class AnswerStamp {
  private final String clusterId;
  private final byte[] cluster;

  AnswerStamp(String clusterId) {
    this.clusterId = clusterId;
    this.cluster = WireBuffer.utf8(clusterId);
  }

  Freshness of(Replica replica, long revision, OptionalLong stalenessNanos, Epoch mapEpoch) {
    Freshness.Builder freshness =
        Freshness.newBuilder()
            .setNode(replica.node().value())
            .setRole(role(replica.role()))
            .setToken(
                Token.newBuilder()
                    .setGroup(replica.group().value())
                    .setRevision(revision)
                    .setClusterId(clusterId)
                    .setMapEpoch(mapEpoch.value()))
            .setMapEpoch(mapEpoch.value());
    stalenessNanos.ifPresent(nanos -> freshness.setStalenessMs(milliseconds(nanos)));
    return freshness.build();
  }

  /// The same as a field of a message.
  void write(WireBuffer out, int field, ReadAnswers.Origin origin) {
    byte[] node = WireBuffer.utf8(origin.replica().node().value());
    int role = role(origin.replica().role()).getNumber();
    int group = origin.replica().group().value();
    boolean proven = origin.stalenessNanos().isPresent();
    long staleness = proven ? milliseconds(origin.stalenessNanos().getAsLong()) : 0;
    int token =
        WireBuffer.sizeOfNumber(group)
            + WireBuffer.sizeOfNumber(origin.revision())
            + WireBuffer.sizeOfBytes(cluster.length)
            + WireBuffer.sizeOfNumber(origin.mapEpoch().value());
    int length =
        WireBuffer.sizeOfBytes(node.length)
            + WireBuffer.sizeOfNumber(role)
            + WireBuffer.sizeOfPart(token)
            + (proven ? 1 + WireBuffer.sizeOf(staleness) : 0)
            + WireBuffer.sizeOfNumber(origin.mapEpoch().value());
    out.ensure(WireBuffer.sizeOfPart(length));
    out.part(field, length);
    out.bytes(Freshness.NODE_FIELD_NUMBER, node);
    out.number(Freshness.ROLE_FIELD_NUMBER, role);
    out.part(Freshness.TOKEN_FIELD_NUMBER, token);
    out.number(Token.GROUP_FIELD_NUMBER, group);
    out.number(Token.REVISION_FIELD_NUMBER, origin.revision());
    out.bytes(Token.CLUSTER_ID_FIELD_NUMBER, cluster);
    out.number(Token.MAP_EPOCH_FIELD_NUMBER, origin.mapEpoch().value());
    if (proven) {
      out.presentNumber(Freshness.STALENESS_MS_FIELD_NUMBER, staleness);
    }
    out.number(Freshness.MAP_EPOCH_FIELD_NUMBER, origin.mapEpoch().value());
  }

  private static long milliseconds(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(nanos + 999_999);
  }

  String clusterId() {
    return clusterId;
  }

  static Role role(RaftRole role) {
    return switch (role) {
      case LEADER -> Role.ROLE_LEADER;
      case FOLLOWER -> Role.ROLE_FOLLOWER;
      case LISTENER -> Role.ROLE_LISTENER;
      case CANDIDATE -> Role.ROLE_CANDIDATE;
    };
  }
}
