package io.vxmeta.client;

import io.vxmeta.shardmap.NodeId;
import java.time.Duration;
import java.util.Optional;

/// How to read: how current, how long to try, from which node, and whether values are wanted.
///
/// @param deadline empty: the client's own
/// @param node a read pinned to a node goes nowhere else
/// @param hedgeAfter when a replica has not answered within this time, a second one is asked as
///   well, and the first answer counts; empty: only one is asked at a time
public record ReadOptions(
    Consistency consistency,
    Optional<Duration> deadline,
    Optional<NodeId> node,
    Projection projection,
    Optional<Duration> hedgeAfter) {

  /// What to return of each record.
  public enum Projection {
    WHOLE_RECORDS,
    /// Versions, flags and expiry, without the values.
    KEYS_ONLY
  }

  public ReadOptions {
    hedgeAfter.ifPresent(after -> {
      if (after.isNegative() || after.isZero()) {
        throw new IllegalArgumentException(
            "expected some time in which the first replica may answer: hedge-after=" + after);
      }
    });
    if (hedgeAfter.isPresent() && node.isPresent()) {
      throw new IllegalArgumentException(
          "a read pinned to a node can ask nobody else: node="
              + node.get()
              + " hedge-after="
              + hedgeAfter.get()
              + "; drop one of the two");
    }
  }

  public static ReadOptions of(Consistency consistency) {
    return new ReadOptions(
        consistency,
        Optional.empty(),
        Optional.empty(),
        Projection.WHOLE_RECORDS,
        Optional.empty());
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
    return new ReadOptions(consistency, Optional.of(newDeadline), node, projection, hedgeAfter);
  }

  /// Ask this node and no other.
  public ReadOptions at(NodeId newNode) {
    return new ReadOptions(consistency, deadline, Optional.of(newNode), projection, hedgeAfter);
  }

  public ReadOptions keysOnly() {
    return new ReadOptions(consistency, deadline, node, Projection.KEYS_ONLY, hedgeAfter);
  }

  /// Cuts off the slowest answers: choose about the 95th percentile of what reads usually take.
  /// However slow the nodes are, a client asks twice for at most a tenth of its questions (a read
  /// is one for each shard group it touches), and a hundred more.
  public ReadOptions hedgedAfter(Duration newHedgeAfter) {
    return new ReadOptions(consistency, deadline, node, projection, Optional.of(newHedgeAfter));
  }
}
