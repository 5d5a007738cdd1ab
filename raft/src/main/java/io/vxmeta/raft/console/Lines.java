package io.vxmeta.raft.console;

import io.vxmeta.raft.peer.PeerLinks.Connection;
import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.raft.ratis.Replication;
import io.vxmeta.raft.ratis.Replication.Follower;
import io.vxmeta.shardmap.NodeId;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;

/// How one node sees the others: by its connections, and by what Raft hears from the followers of
/// the groups it leads.
final class Lines {
  /// Raft's heartbeats come several times a second.
  static final long SILENT_AFTER_MS = 3_000;

  private static final Line NOTHING_HEARD =
      new Line(State.UNKNOWN, OptionalLong.empty(), OptionalLong.empty());

  private final Known known;
  private final Map<NodeId, Line> heard = new HashMap<>();

  /// What a line looks like from here.
  enum State {
    SELF,
    UP,
    /// Connected, and yet it does not answer Raft.
    SILENT,
    DOWN,
    UNKNOWN
  }

  /// The line to one node.
  ///
  /// @param silentMs since it last answered Raft; known of followers alone
  /// @param behind log entries it lacks in the group in which it lacks most; known of followers
  ///   alone
  record Line(State state, OptionalLong silentMs, OptionalLong behind) {}

  Lines(Known known) {
    this.known = known;
    known.replicas().values().stream()
        .map(Replica::copies)
        .flatMap(copies -> copies.stream())
        .forEach(this::hear);
  }

  private void hear(Replication copies) {
    for (Follower follower : copies.followers()) {
      long behind = Math.max(0, copies.last() - follower.matched());
      heard.merge(
          follower.node(),
          new Line(State.UNKNOWN, OptionalLong.of(follower.silentMs()), OptionalLong.of(behind)),
          (one, other) ->
              new Line(
                  State.UNKNOWN,
                  OptionalLong.of(
                      Math.min(one.silentMs().orElseThrow(), other.silentMs().orElseThrow())),
                  OptionalLong.of(
                      Math.max(one.behind().orElseThrow(), other.behind().orElseThrow()))));
    }
  }

  Line to(NodeId node) {
    Line line = heard.getOrDefault(node, NOTHING_HEARD);
    return new Line(stateOf(node, line), line.silentMs(), line.behind());
  }

  private State stateOf(NodeId node, Line line) {
    if (node.equals(known.self())) {
      return State.SELF;
    }
    Connection connection = known.connection().apply(node);
    if (connection == Connection.BROKEN) {
      return State.DOWN;
    }
    if (line.silentMs().isPresent()) {
      return line.silentMs().getAsLong() < SILENT_AFTER_MS ? State.UP : State.SILENT;
    }
    return connection == Connection.OPEN ? State.UP : State.UNKNOWN;
  }
}
