package io.vxmeta.raft.api;

import io.grpc.Metadata;
import io.vxmeta.client.grpc.CallHeaders;
import java.util.Optional;

/// What a call's headers say about where it belongs.
///
/// @param shard text of x-vx-meta-shard, if sent
/// @param mapEpoch text of x-vx-meta-map-epoch, if sent
record RouteHeader(Optional<String> shard, Optional<String> mapEpoch, Names names) {
  /// What the shard header is about.
  enum Names {
    /// The first key of this message.
    THIS_MESSAGE,
    /// The first key of the stream's first message; this one only has to lie in the same group.
    FIRST_MESSAGE
  }

  static RouteHeader of(Metadata headers) {
    return new RouteHeader(
        Optional.ofNullable(headers.get(CallHeaders.SHARD)),
        Optional.ofNullable(headers.get(CallHeaders.MAP_EPOCH)),
        Names.THIS_MESSAGE);
  }

  RouteHeader forLaterMessages() {
    return new RouteHeader(shard, mapEpoch, Names.FIRST_MESSAGE);
  }

  boolean namesShard(int expected) {
    return shard.filter(text -> text.equals(Integer.toString(expected))).isPresent();
  }
}
