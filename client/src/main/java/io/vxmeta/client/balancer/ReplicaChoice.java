package io.vxmeta.client.balancer;

import io.grpc.CallOptions;

/// Which replica of its shard's group a call of a plain gRPC stub goes to:
/// `stub.withOption(ReplicaChoice.OPTION, ReplicaChoice.NEAREST)`.
///
/// What the read asks for stands in its request, which a load balancer does not see. Any replica
/// may be asked for any consistency, and none weakens it; the choice only says who is asked.
public enum ReplicaChoice {
  /// The leader: for writes, and for linearizable reads, which it answers without asking anybody
  /// first.
  LEADER,
  /// Any replica, one in the channel's zone if there is one: for `AT_LEAST`, `BOUNDED` and `LOCAL`.
  NEAREST;

  /// [#LEADER] for calls without it.
  public static final CallOptions.Key<ReplicaChoice> OPTION =
      CallOptions.Key.createWithDefault("vxmeta-replica-choice", LEADER);
}
