package io.vxmeta.client;

import io.vxmeta.shardmap.Epoch;
import io.vxmeta.shardmap.NumaDomain;
import io.vxmeta.shardmap.Token;
import java.util.OptionalLong;

/// Who answered and how fresh the answer is. `stalenessMs` is an upper bound of the answer's age,
/// counted back from when the read began; empty when nothing is proven. `node` is the name the
/// server gave; of an answer from memory, that of the server which gave it first.
public record Freshness(
    String node,
    ReplicaRole role,
    Token token,
    OptionalLong stalenessMs,
    Epoch mapEpoch,
    NumaDomain numaDomain,
    Source source) {

  /// Where an answer was at hand.
  public enum Source {
    SERVER,
    /// The client's own memory: [ClientConfig#nearCache].
    NEAR_CACHE
  }
}
