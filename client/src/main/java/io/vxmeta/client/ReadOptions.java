package io.vxmeta.client;

import io.vxmeta.shardmap.NodeId;
import java.time.Duration;
import java.util.Optional;

/// How to read: how current, how long to try, from which node, and whether values are wanted.
///
/// An empty `deadline` is the client's own. A read pinned to a node goes nowhere else.
public record ReadOptions(
    Consistency consistency,
    Optional<Duration> deadline,
    Optional<NodeId> node,
    Projection projection) {

  /// What to return of each record.
  public enum Projection {
    WHOLE_RECORDS,
    /// Versions, flags and expiry, without the values.
    KEYS_ONLY
  }

  public static ReadOptions of(Consistency consistency) {
    return new ReadOptions(
        consistency, Optional.empty(), Optional.empty(), Projection.WHOLE_RECORDS);
  }

  /// Sees every write acknowledged before the read began: the default.
  public static ReadOptions linearizable() {
    return of(new Consistency.Linearizable());
  }

  /// Whatever the asked replica has.
  public static ReadOptions local() {
    return of(new Consistency.Local());
  }

  public static ReadOptions atLeast(Tokens tokens) {
    return of(new Consistency.AtLeast(tokens));
  }

  public static ReadOptions bounded(Duration maxStaleness) {
    return of(new Consistency.Bounded(maxStaleness));
  }

  public ReadOptions within(Duration newDeadline) {
    return new ReadOptions(consistency, Optional.of(newDeadline), node, projection);
  }

  /// Ask this node and no other.
  public ReadOptions at(NodeId newNode) {
    return new ReadOptions(consistency, deadline, Optional.of(newNode), projection);
  }

  public ReadOptions keysOnly() {
    return new ReadOptions(consistency, deadline, node, Projection.KEYS_ONLY);
  }
}
