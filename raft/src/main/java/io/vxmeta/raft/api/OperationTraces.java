package io.vxmeta.raft.api;

import io.grpc.Metadata;
import java.util.Optional;

/// Decides which reads and writes are followed.
@FunctionalInterface
public interface OperationTraces {
  /// Follows nothing.
  OperationTraces NONE =
      new OperationTraces() {
        @Override
        public Optional<OperationTrace> begin(String method, Metadata headers) {
          return Optional.empty();
        }

        @Override
        public boolean isOn() {
          return false;
        }
      };

  /// One that has arrived; empty if it is not to be followed.
  ///
  /// @param method of the API
  /// @param headers of the call, with what its caller says about traces
  Optional<OperationTrace> begin(String method, Metadata headers);

  /// Whether anything may be followed, so that nothing need be looked up for it otherwise.
  default boolean isOn() {
    return true;
  }
}
