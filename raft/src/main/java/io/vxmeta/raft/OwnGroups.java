package io.vxmeta.raft;

import io.vxmeta.raft.move.ReplicaKeeper;
import io.vxmeta.raft.move.Voters;
import io.vxmeta.raft.place.ClusterView.Plan;
import io.vxmeta.raft.ratis.RaftHost;
import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.shardmap.ShardGroupId;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Opens and closes this node's groups while it runs, each with all that belongs to it.
final class OwnGroups implements ReplicaKeeper.Groups, AutoCloseable {
  /* Threads: the node's main thread while it starts, then that of the keeper; `close` waits for what is under way, and nothing
   *   comes or goes AFTER it.
   * What belongs to a group is made by its watches, in their order, AFTER its replica runs, and ends in the opposite order BEFORE it
   *   does. A call that comes in between is refused by whichever part is missing.
   */
  private static final Logger LOG = LoggerFactory.getLogger(OwnGroups.class);

  private final HeldGroups held;
  private final RaftHost host;
  private final Function<ShardGroupId, RaftHost.Group> described;
  private final Follower follower;
  private final Leaving left;
  private final List<GroupWatch> watches = new CopyOnWriteArrayList<>();
  private boolean closed;

  /// What is to happen when the node has left the cluster.
  @FunctionalInterface
  interface Leaving {
    void leave() throws IOException;
  }

  /// Told of each plan before it is followed.
  @FunctionalInterface
  interface Follower {
    void follow(Plan plan) throws IOException;
  }

  /// @param described what a group needs to run
  OwnGroups(
      HeldGroups held,
      RaftHost host,
      Function<ShardGroupId, RaftHost.Group> described,
      Follower follower,
      Leaving left) {
    this.held = held;
    this.host = host;
    this.described = described;
    this.follower = follower;
    this.left = left;
  }

  /// Those that are open, at any time.
  Map<ShardGroupId, ? extends Replica> replicas() {
    return host.replicas();
  }

  /// Tells it of all groups that are open now, and of all changes from now on.
  void watch(GroupWatch watch) {
    replicas().values().forEach(watch::onOpened);
    watches.add(watch);
  }

  @Override
  public Set<ShardGroupId> held() {
    return held.ids();
  }

  @Override
  public boolean isOpen(ShardGroupId group) {
    return replicas().containsKey(group);
  }

  @Override
  public boolean isAlive(ShardGroupId group) {
    Replica replica = replicas().get(group);
    return replica != null && replica.alive();
  }

  @Override
  public boolean hasLeader(ShardGroupId group) {
    Replica replica = replicas().get(group);
    return replica != null && replica.leader().isPresent();
  }

  @Override
  public void leave() throws IOException {
    left.leave();
  }

  @Override
  public synchronized void open(ShardGroupId group) throws IOException {
    requireRunning();
    held.begin(group);
    Replica replica = host.open(described.apply(group));
    try {
      held.begun(group);
      watches.forEach(watch -> watch.onOpened(replica));
    } catch (IOException | RuntimeException e) {
      // Without all that belongs to it, it could still vote and lead.
      closeNow(group, e);
      throw e;
    }
    LOG.info("opened group={}", group.value());
  }

  private void closeNow(ShardGroupId group, Exception cause) {
    try {
      end(group);
    } catch (IOException | RuntimeException e) {
      cause.addSuppressed(e);
    }
  }

  private void requireRunning() throws IOException {
    if (closed) {
      throw new IOException("the node is stopping");
    }
  }

  @Override
  public synchronized void close(ShardGroupId group) throws IOException {
    requireRunning();
    end(group);
    LOG.info("closed group={}", group.value());
  }

  private void end(ShardGroupId group) throws IOException {
    List.copyOf(watches).reversed().forEach(watch -> watch.onClosing(group));
    host.close(group);
  }

  @Override
  public synchronized void follow(Plan plan) throws IOException {
    requireRunning();
    follower.follow(plan);
    held.follow(plan);
  }

  @Override
  public synchronized void delete(ShardGroupId group, Voters left) throws IOException {
    requireRunning();
    held.delete(group, left);
  }

  /// BEFORE Raft and the directory are closed.
  @Override
  public synchronized void close() {
    closed = true;
  }
}
