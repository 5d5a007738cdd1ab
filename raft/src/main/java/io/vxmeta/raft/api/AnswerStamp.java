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

  AnswerStamp(String clusterId) {
    this.clusterId = clusterId;
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
                    .setClusterId(clusterId))
            .setMapEpoch(mapEpoch.value());
    stalenessNanos.ifPresent(
        nanos -> freshness.setStalenessMs(TimeUnit.NANOSECONDS.toMillis(nanos + 999_999)));
    return freshness.build();
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
