package io.vxmeta.raft.api;

import java.util.List;

/// Hears how the calls of one method end.
@FunctionalInterface
public interface RpcMeter {
  /// A method to be counted.
  ///
  /// @param name service and method, `MetadataStore/Read`
  /// @param codes the names of what a call can end with, by number
  record Method(String name, Shape shape, List<String> codes) {
    public Method {
      codes = List.copyOf(codes);
    }
  }

  /// What a method's calls are made of.
  enum Shape {
    /// One question, one answer: how long it takes says how fast the node is.
    UNARY,
    /// One that lasts as long as the two sides like.
    STREAM
  }

  /// A call has ended.
  ///
  /// @param code of gRPC, the place in [Method#codes]
  /// @param nanos from the arrival of the call's headers to its end
  void onEnd(int code, long nanos);
}
