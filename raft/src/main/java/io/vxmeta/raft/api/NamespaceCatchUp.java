package io.vxmeta.raft.api;

import io.vxmeta.client.grpc.ErrorReason;
import io.vxmeta.raft.read.ReadContract;
import io.vxmeta.raft.read.ReadGate;
import io.vxmeta.shardmap.ShardGroupId;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/// Makes sure that a namespace is unknown to the cluster, not only to this node, before a call is
/// refused for it.
final class NamespaceCatchUp {
  private final ReadGate gate;

  NamespaceCatchUp(ReadGate gate) {
    this.gate = gate;
  }

  /// Runs a check; if it misses a namespace, waits until this node knows every namespace created so
  /// far, and checks again.
  <T> CompletableFuture<T> retrying(Supplier<T> check, long deadlineNanos) {
    try {
      return CompletableFuture.completedFuture(check.get());
    } catch (CallCheck.UnknownNamespace unknown) {
      return gate.open(ShardGroupId.ROOT, new ReadContract.Linearizable(), deadlineNanos)
          .handle((opened, problem) -> {
            if (problem != null) {
              throw Refusal.of(
                  ErrorReason.NOT_READY,
                  "cannot tell whether the namespace exists: " + unknown.getMessage() + "; retry",
                  "group",
                  0,
                  "reason",
                  "root group does not answer");
            }
            return check.get();
          });
    } catch (RuntimeException refused) {
      return CompletableFuture.failedFuture(refused);
    }
  }
}
